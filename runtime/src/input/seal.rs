//! Proofs that only palisade can create, unless a service uses `__private`.

/// The proof that a derive or palisade itself wrote an `impl` of an input trait.
#[derive(Clone, Copy, Debug)]
pub struct InputSeal(());

/// Creates the proof, for the code from `#[derive(Input)]`.
pub const fn input_seal() -> InputSeal {
    InputSeal(())
}

/// The proof that a value was checked: [`Input::check`](super::Input::check) returns it, and only
/// palisade's reader and its own types create it.
#[derive(Debug)]
pub struct Checked(());

impl Checked {
    /// The report contains the faults of the value.
    pub(crate) const fn new() -> Self {
        Self(())
    }
}
