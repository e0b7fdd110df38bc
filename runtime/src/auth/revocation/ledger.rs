//! The entries of one instance, in bounded memory.
//!
//! A full list neither refuses a new entry nor forgets an old one. It merges several into one:
//!
//! 1. Expired entries are removed.
//! 2. The entries of a subject with more than [`SHARE`] become one: all tokens that the subject was
//!    issued until the last of them. The subject's other logins end too, and those of no other
//!    subject.
//! 3. The oldest entries of the issuer with the most become one: all tokens that the issuer issued
//!    until the last of them (its floor). Clients with tokens as old as that get new ones.

use foldhash::HashMap;

use super::{
    MAX_LEEWAY,
    entry::{Entry, Kind, NameDigest},
};
use crate::auth::principal::Principal;

/// Entries of one subject, once the list is full.
const SHARE: usize = 64;

/// The most issuers with a floor of their own. Those beyond share one floor.
const ISSUERS: usize = 1_000;

/// The issuers without a floor of their own.
const REST: u16 = 0;

/// How much of a full list is freed at a time, so that it is not searched for each entry.
const FREED: usize = 16;

/// Seconds between two searches for expired entries.
const SWEEP: u64 = 60;

/// What is revoked.
#[derive(Debug)]
pub(super) struct Ledger {
    entries: HashMap<NameDigest, Slot>,
    issuers: HashMap<Box<str>, u16>,
    /// By the number of the issuer: the second until which all its tokens are revoked.
    floors: Vec<u32>,
    /// How many entries there are of each kind: names of a kind without entries are not looked up.
    kinds: [usize; 3],
    capacity: usize,
    swept_at: u64,
}

/// An entry. Seconds since 1970 fit 32 bits until 2106.
#[derive(Clone, Copy, Debug)]
struct Slot {
    owner: NameDigest,
    issued_until: u32,
    until: u32,
    issuer: u16,
    kind: Kind,
}

impl Ledger {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::default(),
            issuers: HashMap::default(),
            floors: vec![0],
            kinds: [0; 3],
            capacity: capacity.max(1),
            swept_at: 0,
        }
    }

    /// Notes an entry.
    pub(super) fn record(&mut self, entry: &Entry, now: u64) {
        if entry.until <= now {
            return;
        }
        if now.saturating_sub(self.swept_at) >= SWEEP {
            self.sweep(now);
        }
        let issuer = self.number_of(&entry.issuer);
        let (issued_until, until) = (seconds(entry.issued_until), seconds(entry.until));
        if issued_until <= self.floor(issuer) {
            return;
        }
        let digest = entry.digest();
        if let Some(slot) = self.entries.get_mut(&digest) {
            // Two instances may revoke at once: the later date covers both.
            slot.issued_until = issued_until.max(slot.issued_until);
            slot.until = until.max(slot.until);
            return;
        }
        if self.entries.len() >= self.capacity {
            self.make_room(now);
            if issued_until <= self.floor(issuer) {
                return;
            }
        }
        let slot = Slot { owner: entry.owner(), issued_until, until, issuer, kind: entry.kind };
        self.insert(digest, slot);
    }

    pub(super) fn names(&self, who: &Principal) -> bool {
        let floor = self.floor(self.issuers.get(who.issuer()).copied().unwrap_or(REST));
        // Without a date, nothing says that the credentials are newer than the revocation.
        let is_within =
            |last: u32| last > 0 && who.issued_at().is_none_or(|issued| seconds(issued) <= last);
        if is_within(floor) {
            return true;
        }
        let find = |kind: Kind, name: &str| {
            if self.count(kind) == 0 {
                return None;
            }
            self.entries.get(&NameDigest::of(kind, who.issuer(), name))
        };
        if who.token_id().is_some_and(|id| find(Kind::Token, id).is_some()) {
            return true;
        }
        if self.count(Kind::Login) > 0
            && who.login().is_some_and(|id| find(Kind::Login, &id).is_some())
        {
            return true;
        }
        find(Kind::Subject, who.subject())
            .is_some_and(|slot| who.issued_at().is_none_or(|at| seconds(at) <= slot.issued_until))
    }

    fn insert(&mut self, digest: NameDigest, slot: Slot) {
        let kind = slot.kind;
        if self.entries.insert(digest, slot).is_none()
            && let Some(count) = self.kinds.get_mut(kind.index())
        {
            *count = count.saturating_add(1);
        }
    }

    fn count(&self, kind: Kind) -> usize {
        self.kinds.get(kind.index()).copied().unwrap_or_default()
    }

    fn number_of(&mut self, issuer: &str) -> u16 {
        if let Some(number) = self.issuers.get(issuer) {
            return *number;
        }
        if self.floors.len() > ISSUERS {
            return REST;
        }
        let Ok(number) = u16::try_from(self.floors.len()) else { return REST };
        self.floors.push(0);
        self.issuers.insert(issuer.into(), number);
        number
    }

    fn floor(&self, issuer: u16) -> u32 {
        self.floors.get(usize::from(issuer)).copied().unwrap_or_default()
    }

    /// Removes expired entries.
    fn sweep(&mut self, now: u64) {
        self.swept_at = now;
        let now = seconds(now);
        self.retain(|slot| slot.until > now);
    }

    fn retain(&mut self, mut is_kept: impl FnMut(&Slot) -> bool) {
        let mut kinds = [0_usize; 3];
        self.entries.retain(|_, slot| {
            let is_kept = is_kept(slot);
            if is_kept && let Some(count) = kinds.get_mut(slot.kind.index()) {
                *count = count.saturating_add(1);
            }
            is_kept
        });
        self.kinds = kinds;
        if self.entries.capacity() > self.entries.len().saturating_mul(4).saturating_add(1_024) {
            self.entries.shrink_to(self.entries.len().saturating_mul(2));
        }
    }

    /// Frees a sixteenth of the list, and one slot at least.
    fn make_room(&mut self, now: u64) {
        let target = self.capacity.saturating_sub((self.capacity / FREED).max(1));
        self.sweep(now);
        if self.entries.len() > target {
            self.gather_subjects();
        }
        while self.entries.len() > target {
            self.raise_floor(self.entries.len().saturating_sub(target), now);
        }
    }

    /// Merges the entries of each subject with many into one.
    fn gather_subjects(&mut self) {
        let owners = self.entries.values().map(|slot| slot.owner);
        let mut owners: Vec<NameDigest> =
            owners.filter(|owner| *owner != NameDigest::NONE).collect();
        owners.sort_unstable();
        let many = owners.chunk_by(|a, b| a == b).filter(|entries| entries.len() > SHARE);
        let mut gathered: HashMap<NameDigest, Option<Slot>> =
            many.filter_map(|entries| entries.first().map(|owner| (*owner, None))).collect();
        if gathered.is_empty() {
            return;
        }
        self.retain(|slot| {
            let Some(all) = gathered.get_mut(&slot.owner) else { return true };
            let one = Slot { owner: NameDigest::NONE, kind: Kind::Subject, ..*slot };
            *all = Some(all.map_or(one, |all| all.with(&one)));
            false
        });
        tracing::warn!(
            subjects = gathered.len(),
            "the list of revocations is full: of subjects with more than {SHARE} entries, \
             everything that was issued until the last of them is revoked"
        );
        for (digest, slot) in gathered {
            let Some(slot) = slot else { continue };
            let known = self.entries.get(&digest).map_or(slot, |known| known.with(&slot));
            self.insert(digest, known);
        }
    }

    /// Ends the oldest tokens of the issuer with the most entries, instead of that many of them.
    fn raise_floor(&mut self, count: usize, now: u64) {
        let mut counts = vec![0_usize; self.floors.len()];
        for slot in self.entries.values() {
            if let Some(count) = counts.get_mut(usize::from(slot.issuer)) {
                *count = count.saturating_add(1);
            }
        }
        let most = counts.iter().enumerate().max_by_key(|(_, count)| **count);
        let Some((number, own)) = most else { return };
        let of_issuer = |slot: &Slot| usize::from(slot.issuer) == number;
        let ends = self.entries.values().filter(|slot| of_issuer(slot));
        let mut ends: Vec<u32> = ends.map(|slot| slot.issued_until).collect();
        let last = count.min(*own).saturating_sub(1);
        if last >= ends.len() {
            return;
        }
        let (_, floor, _) = ends.select_nth_unstable(last);
        let floor = *floor;
        self.retain(|slot| !of_issuer(slot) || slot.issued_until > floor);
        if let Some(known) = self.floors.get_mut(number) {
            *known = floor.max(*known);
        }
        let issuer = self.issuers.iter().find(|(_, known)| usize::from(**known) == number);
        tracing::error!(
            issuer = ?issuer.map(|(name, _)| name),
            seconds_ago = now.saturating_sub(u64::from(floor)),
            "the list of revocations is full: every token that this issuer issued before that is \
             revoked, and its clients have to get new ones"
        );
    }

    #[cfg(test)]
    pub(super) fn last_end(&self) -> Option<u64> {
        self.entries.values().map(|slot| u64::from(slot.until)).max()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.kinds.iter().sum::<usize>());
        self.entries.len()
    }
}

impl Slot {
    /// Both, as one.
    fn with(&self, other: &Self) -> Self {
        Self {
            issued_until: self.issued_until.max(other.issued_until),
            until: self.until.max(other.until),
            ..*self
        }
    }
}

/// A time that is too late is the latest.
fn seconds(time: u64) -> u32 {
    u32::try_from(time).unwrap_or(u32::MAX)
}

/// The last second at which tokens that are revoked at `now` can have been issued, by a clock that
/// is ahead.
pub(super) fn issued_by(now: u64) -> u64 {
    now.saturating_add(MAX_LEEWAY)
}
