//! Limits that all instances of a service count together.

mod absent;

pub(super) use absent::Shared;

/// The store does not answer: what holds meanwhile is each limit's own choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfReach;
