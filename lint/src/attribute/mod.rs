//! Parses attributes: which of a handler's attributes are palisade's, and their arguments.
//!
//! Nothing here knows what a word means; that is for [`crate::endpoint`].

mod args;
mod gather;
mod word;

pub(crate) use args::refuse_local_crate;
pub use args::{Arg, Args, Call, Tuple, Value, take_crate};
pub use gather::{Attributes, Entry, Given};
pub use word::Word;
