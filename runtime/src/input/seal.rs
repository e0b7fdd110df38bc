//! The proofs that nothing outside of palisade can make without naming `__private`.

/// The proof that an `impl` of an input trait was written by a derive or by palisade itself.
#[derive(Clone, Copy, Debug)]
pub struct InputSeal(());

/// Makes the proof, for what `#[derive(Input)]` writes.
pub const fn input_seal() -> InputSeal {
    InputSeal(())
}

/// The proof that a value was checked: [`Input::check`](super::Input::check) answers with it, and
/// only the reader of palisade and its own types make one.
#[derive(Debug)]
pub struct Checked(());

impl Checked {
    /// The faults of the value are in the report.
    pub(crate) const fn new() -> Self {
        Self(())
    }
}
