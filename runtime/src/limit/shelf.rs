//! The tables of one limit.

use std::{
    num::NonZeroUsize,
    sync::{Arc, OnceLock},
};

use super::table::{Table, Title};
use crate::policy::RateLimit;

/// The keys of one limit, in tables of its own: no other limit's keys can evict them, however many
/// there are and however large their backlogs are.
///
/// The tables are made when the limit is prepared, at start-up; that of blocked keys of a limit
/// without a ban when the service blocks the first.
#[derive(Debug)]
pub(super) struct Shelf {
    endpoint: Box<str>,
    policy: &'static str,
    slots: NonZeroUsize,
    spent: OnceLock<Arc<Table>>,
    /// The counts of a key's refusals, for a limit with a ban.
    refusals: OnceLock<Table>,
    /// Keys that are refused whatever they have left. They have a table of their own: a ban
    /// outlasts most backlogs, and would take their room.
    blocks: OnceLock<Table>,
}

impl Shelf {
    pub(super) const fn new(endpoint: Box<str>, policy: &'static str, slots: NonZeroUsize) -> Self {
        Self {
            endpoint,
            policy,
            slots,
            spent: OnceLock::new(),
            refusals: OnceLock::new(),
            blocks: OnceLock::new(),
        }
    }

    /// Makes the tables that this limit needs besides [`Self::spent`], so that no request waits for
    /// the memory.
    pub(super) fn furnish(&self, rate: &RateLimit) {
        if rate.ban.is_some() {
            self.refusals();
            self.blocks();
        }
    }

    /// What keys have spent.
    pub(super) fn spent(&self) -> &Arc<Table> {
        self.spent.get_or_init(|| Arc::new(self.table("spent")))
    }

    pub(super) fn refusals(&self) -> &Table {
        self.refusals.get_or_init(|| self.table("refusals"))
    }

    pub(super) fn blocks(&self) -> &Table {
        self.blocks.get_or_init(|| self.table("blocks"))
    }

    /// [`Self::blocks`], if a key was ever blocked or may be banned.
    pub(super) fn known_blocks(&self) -> Option<&Table> {
        self.blocks.get()
    }

    /// The tables that were made.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        let spent = self.spent.get().map(Arc::as_ref);
        [spent, self.refusals.get(), self.blocks.get()].into_iter().flatten()
    }

    fn table(&self, holds: &'static str) -> Table {
        let title = Title { holds, endpoint: self.endpoint.clone(), policy: self.policy };
        Table::new(title, self.slots)
    }
}
