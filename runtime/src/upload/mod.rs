//! Files that callers send.

mod kind;

pub use kind::FileKind;
