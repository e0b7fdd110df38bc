//! How the parameters of a path are taken.

/// How an argument reads the parameters of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathShape {
    /// One value.
    One,
    /// This many values, in order.
    Tuple(usize),
    /// Values by these names.
    Fields(&'static [&'static str]),
}
