//! The entries, by what they name.

use std::{cmp::Reverse, collections::BinaryHeap};

use foldhash::HashMap;

use crate::auth::principal::Principal;

/// Something that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::auth) struct Entry {
    pub(super) name: Name,
    /// The last second of tokens that are meant; of no meaning for a single one.
    pub(super) issued_until: u64,
    /// When the entry may be forgotten, in seconds since 1970.
    pub(super) until: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Name {
    Token(Box<str>),
    Subject(Box<str>),
    /// All tokens of one login, whenever they were issued.
    Login(Box<str>),
}

impl Name {
    fn token(issuer: &str, id: &str) -> Self {
        Self::Token(joined(issuer, id))
    }

    fn subject(issuer: &str, subject: &str) -> Self {
        Self::Subject(joined(issuer, subject))
    }

    fn login(issuer: &str, login: &str) -> Self {
        Self::Login(joined(issuer, login))
    }
}

/// One text of two: the length keeps the border between them.
fn joined(issuer: &str, name: &str) -> Box<str> {
    format!("{}:{issuer}{name}", issuer.len()).into()
}

impl Entry {
    pub(super) fn token(issuer: &str, id: &str, until: u64) -> Self {
        Self { name: Name::token(issuer, id), issued_until: 0, until }
    }

    pub(super) fn login(issuer: &str, login: &str, until: u64) -> Self {
        Self { name: Name::login(issuer, login), issued_until: 0, until }
    }

    pub(super) fn subject(issuer: &str, subject: &str, issued_until: u64, until: u64) -> Self {
        Self { name: Name::subject(issuer, subject), issued_until, until }
    }
}

/// What is revoked. Bounded; entries leave when they have no more to say.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The last second that is meant, and when the entry may be forgotten.
    entries: HashMap<Name, (u64, u64)>,
    /// When to look at which entry next: at most one for each that came in.
    ends: BinaryHeap<Reverse<(u64, Name)>>,
    /// How many of them are logins: without any, no token is asked which one it is of.
    logins: usize,
    capacity: usize,
}

impl Ledger {
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::default(), ends: BinaryHeap::new(), logins: 0, capacity }
    }

    /// Notes an entry; false where there is no room for it.
    pub(super) fn record(&mut self, entry: Entry, now: u64) -> bool {
        self.forget_ended(now);
        if entry.until <= now {
            return true;
        }
        if let Some((issued_until, until)) = self.entries.get_mut(&entry.name) {
            // Two instances may revoke at once: the later date covers both.
            *issued_until = entry.issued_until.max(*issued_until);
            *until = entry.until.max(*until);
            return true;
        }
        if self.entries.len() >= self.capacity {
            return false;
        }
        if matches!(entry.name, Name::Login(_)) {
            self.logins = self.logins.saturating_add(1);
        }
        self.ends.push(Reverse((entry.until, entry.name.clone())));
        self.entries.insert(entry.name, (entry.issued_until, entry.until));
        true
    }

    pub(super) fn names(&self, who: &Principal) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        let names = |name: &Name| self.entries.get(name).map(|(issued_until, _)| *issued_until);
        if who.token_id().is_some_and(|id| names(&Name::token(who.issuer(), id)).is_some()) {
            return true;
        }
        if self.logins > 0
            && who.login().is_some_and(|id| names(&Name::login(who.issuer(), &id)).is_some())
        {
            return true;
        }
        names(&Name::subject(who.issuer(), who.subject())).is_some_and(|issued_until| {
            // Without a date, nothing says that it is newer than the revocation.
            who.issued_at().is_none_or(|issued| issued <= issued_until)
        })
    }

    fn forget_ended(&mut self, now: u64) {
        while let Some(Reverse((end, _))) = self.ends.peek()
            && *end <= now
            && let Some(Reverse((_, name))) = self.ends.pop()
        {
            match self.entries.get(&name) {
                // It was revoked again meanwhile, and is kept for longer.
                Some((_, until)) if *until > now => self.ends.push(Reverse((*until, name))),
                Some(_) | None => {
                    if self.entries.remove(&name).is_some() && matches!(name, Name::Login(_)) {
                        self.logins = self.logins.saturating_sub(1);
                    }
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.ends.len());
        self.entries.len()
    }
}
