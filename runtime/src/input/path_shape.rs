//! How the parameters of a path are taken.

/// How an argument takes the parameters of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathShape {
    /// One value.
    One,
    /// So many values, in order.
    Tuple(usize),
    /// Values by these names.
    Fields(&'static [&'static str]),
}
