//! The present keys: a snapshot that is read without a lock and renewed in the background.

use std::{
    fmt,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::sync::oneshot;

use super::{Demand, Word};
use crate::{
    auth::{Key, KeySet},
    clock::Moment,
    secrets::Following,
};

/// How many headers are cached: those of the current key, the one before, and some more.
const KNOWN_HEADERS: usize = 4;

/// A value of `usable_until` that is never reached.
const FOREVER: u64 = u64::MAX;

/// The keys of one verifier; dropping it ends its refresher.
pub(in crate::auth) struct KeyRing {
    shared: Arc<Shared>,
    /// Closed by being dropped.
    _life: Option<oneshot::Sender<()>>,
    /// Ends with the ring, too.
    _following: Option<Arc<Following>>,
}

/// Read by requests, and written by the refresher.
pub(super) struct Shared {
    held: ArcSwapOption<Held>,
    /// Absent if keys never change.
    demand: Option<Demand>,
}

/// Replaces the keys of a ring, for as long as it exists.
#[derive(Debug)]
pub(crate) struct KeyFeed(Weak<Shared>);

impl KeyFeed {
    /// Whether the ring still exists.
    pub(crate) fn give(&self, keys: KeySet) -> bool {
        let Some(shared) = self.0.upgrade() else { return false };
        let fresh_for = Duration::MAX;
        shared.renew(Renewal { keys: Some(keys), fresh_for, usable_for: None });
        true
    }
}

/// One set of keys, for as long as it is the present one.
pub(in crate::auth) struct Held {
    keys: KeySet,
    generation: u64,
    /// Nanoseconds of a [`Moment`]; extended each time the provider confirms the same keys.
    usable_until: AtomicU64,
    known: [OnceLock<KnownHeader>; KNOWN_HEADERS],
}

/// The header of a token with a valid signature, and the key that it selected. Tokens of one issuer
/// and key all have the same header, and the keys of a snapshot never change, so it is parsed once.
/// Only headers of verified tokens are cached: a forger cannot fill the cache.
#[derive(Debug)]
struct KnownHeader {
    encoded: Box<str>,
    key_number: u64,
}

/// A set of keys as a source gave it.
#[derive(Debug)]
pub(super) struct Renewal {
    /// `None` if the source works and has no usable key.
    pub(super) keys: Option<KeySet>,
    /// After which to ask again.
    pub(super) fresh_for: Duration,
    /// After which not to use them any more; `None` is never.
    pub(super) usable_for: Option<Duration>,
}

impl KeyRing {
    /// Keys that never change.
    pub(super) fn fixed(keys: KeySet) -> Self {
        let shared = Shared { held: ArcSwapOption::empty(), demand: None };
        shared.hold(keys, FOREVER);
        Self { shared: Arc::new(shared), _life: None, _following: None }
    }

    /// Keys that change, with or without a first set. The second value goes to the refresher, which
    /// ends when the receiver reports that the ring is gone.
    pub(super) fn renewable(
        first: Option<KeySet>,
        demand: Demand,
    ) -> (Self, Arc<Shared>, oneshot::Receiver<()>) {
        let shared = Arc::new(Shared { held: ArcSwapOption::empty(), demand: Some(demand) });
        if let Some(keys) = first {
            shared.hold(keys, FOREVER);
        }
        let (life, end) = oneshot::channel();
        let ring = Self { shared: Arc::clone(&shared), _life: Some(life), _following: None };
        (ring, shared, end)
    }

    /// Keys that are replaced by those of the feed.
    pub(super) fn fed(keys: KeySet) -> (Self, KeyFeed) {
        let ring = Self::fixed(keys);
        let feed = KeyFeed(Arc::downgrade(&ring.shared));
        (ring, feed)
    }

    /// Keeps this for as long as the ring.
    pub(super) fn keeping(mut self, following: Following) -> Self {
        self._following = Some(Arc::new(following));
        self
    }

    /// The keys to verify with now; `None` if there are none, or none that may still be used.
    pub(in crate::auth) fn held(&self) -> Option<arc_swap::Guard<Option<Arc<Held>>>> {
        self.shared.held()
    }

    /// Changes whenever the keys do; 0 while there are none that may be used.
    pub(in crate::auth) fn generation(&self) -> u64 {
        self.held().and_then(|held| held.as_ref().map(|held| held.generation)).unwrap_or(0)
    }

    /// The watch of the keys, if they change.
    pub(in crate::auth) fn watch(&self) -> Option<KeyWatch> {
        self.shared.demand.is_some().then(|| KeyWatch(Arc::clone(&self.shared)))
    }

    /// The demand for newer keys; `None` if keys never change.
    pub(in crate::auth) fn demand(&self) -> Option<&Demand> {
        self.shared.demand.as_ref()
    }
}

/// Reports on keys that change, and lets them be read again.
#[derive(Clone)]
pub(crate) struct KeyWatch(Arc<Shared>);

impl KeyWatch {
    /// Whether there are keys that may be used.
    pub(crate) fn are_usable(&self) -> bool {
        self.0.held().is_some()
    }

    /// Makes the source fetch its keys now.
    ///
    /// # Errors
    ///
    /// It does not answer, and the log has the reason; the keys stay.
    pub(crate) async fn renew(&self) -> Result<(), String> {
        let Some(demand) = self.0.demand() else { return Ok(()) };
        let Some(mut waiting) = demand.ask() else {
            return Err("too many requests wait for keys".to_owned());
        };
        let asked = tokio::time::timeout(demand.patience(), async {
            loop {
                match waiting.next().await {
                    Word::Final => return Ok(()),
                    Word::Failed => return Err("the source of the keys failed".to_owned()),
                    Word::Wait => {}
                }
            }
        });
        let late = || Err("the source of the keys does not answer".to_owned());
        asked.await.unwrap_or_else(|_| late())
    }
}

impl Shared {
    fn held(&self) -> Option<arc_swap::Guard<Option<Arc<Held>>>> {
        let held = self.held.load();
        held.as_ref().is_some_and(|held| held.is_usable()).then_some(held)
    }

    pub(super) fn demand(&self) -> Option<&Demand> {
        self.demand.as_ref()
    }

    /// Takes the keys of a source. If they are unchanged, only their lifetime is extended; else
    /// there is a new snapshot, in which unchanged keys keep their number, under which they are
    /// prepared already.
    pub(super) fn renew(&self, renewal: Renewal) {
        let until = match renewal.usable_for {
            Some(span) => Moment::now().after(span).as_nanos(),
            None => FOREVER,
        };
        match (self.held.load_full(), renewal.keys) {
            (None, None) => {}
            (Some(_), None) => {
                tracing::error!("no key is left to check tokens with");
                self.held.store(None);
            }
            (None, Some(keys)) => {
                tracing::info!("keys to check tokens with: {}", names(&keys));
                self.hold(keys, until);
            }
            (Some(held), Some(keys)) if held.keys.is_same(&keys) => {
                held.usable_until.store(until, Ordering::Release);
            }
            (Some(held), Some(keys)) => {
                let keys = keys.keeping(&held.keys);
                tracing::info!("the keys changed from {} to {}", names(&held.keys), names(&keys));
                self.hold(keys, until);
            }
        }
    }

    fn hold(&self, keys: KeySet, until: u64) {
        // Unique in the process, and never 0: two verifiers never mistake each other's.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        self.held.store(Some(Arc::new(Held {
            keys,
            generation: NEXT.fetch_add(1, Ordering::Relaxed),
            usable_until: AtomicU64::new(until),
            known: Default::default(),
        })));
    }
}

impl Held {
    pub(in crate::auth) fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The key that this encoded header has selected before.
    pub(in crate::auth) fn known(&self, encoded: &str) -> Option<&Key> {
        let mut known = self.known.iter().map_while(OnceLock::get);
        let known = known.find(|known| *known.encoded == *encoded)?;
        self.keys.numbered(known.key_number)
    }

    /// Caches a header whose signature was valid.
    pub(in crate::auth) fn know(&self, encoded: &str, key: &Key) {
        for slot in &self.known {
            let known = KnownHeader { encoded: Box::from(encoded), key_number: key.number() };
            if slot.set(known).is_ok() {
                break;
            }
        }
    }

    fn is_usable(&self) -> bool {
        let until = self.usable_until.load(Ordering::Acquire);
        // Keys without an end spare the clock.
        until == FOREVER || Moment::now().as_nanos() < until
    }
}

/// The names of keys, for the log: public, and checked to have no control characters.
fn names(keys: &KeySet) -> String {
    let names: Vec<_> = keys
        .keys()
        .map(|key| format!("{} ({})", key.id().unwrap_or("without a name"), key.algorithm()))
        .collect();
    names.join(", ")
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.shared.held.load();
        f.debug_struct("KeyRing")
            .field("keys", &held.as_ref().map(|held| &held.keys))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("keys", &self.keys).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretSlice;

    use super::{KeyRing, Renewal};
    use crate::auth::{Key, KeySet, key_source::Demand};

    fn key(id: &str, seed: u8) -> Key {
        let secret: SecretSlice<u8> = (seed..seed + 32).collect::<Vec<u8>>().into();
        Key::hs256(id, &secret).unwrap()
    }

    fn set(keys: &[(&str, u8)]) -> KeySet {
        KeySet::new(keys.iter().map(|(id, seed)| key(id, *seed))).unwrap()
    }

    fn renewal(keys: KeySet, usable_for: Option<Duration>) -> Renewal {
        Renewal { keys: Some(keys), fresh_for: Duration::from_secs(1), usable_for }
    }

    #[test]
    fn the_same_keys_again_are_the_same_generation() {
        let demand = Demand::new(Duration::from_secs(1));
        let (ring, shared, _end) = KeyRing::renewable(None, demand);
        assert_eq!(ring.generation(), 0);
        assert!(ring.held().is_none());

        shared.renew(renewal(set(&[("a", 0), ("b", 1)]), None));
        let first = ring.generation();
        let number = |id: &str| {
            let held = ring.held().unwrap();
            let keys = held.as_ref().unwrap().keys();
            keys.keys().find(|key| key.id() == Some(id)).unwrap().number()
        };
        let (a, b) = (number("a"), number("b"));
        assert_ne!(first, 0);
        shared.renew(renewal(set(&[("a", 0), ("b", 1)]), None));
        assert_eq!((ring.generation(), number("a"), number("b")), (first, a, b));

        // `b` stays and keeps its number; `a` has the name of an old key and other bytes.
        shared.renew(renewal(set(&[("b", 1), ("a", 2)]), None));
        assert_ne!(ring.generation(), first);
        assert_eq!(number("b"), b);
        assert_ne!(number("a"), a);

        let second = ring.generation();
        shared.renew(renewal(set(&[("b", 1)]), None));
        assert_ne!(ring.generation(), second, "a key that is gone is a change");
    }

    #[test]
    fn keys_that_are_too_old_are_not_used_until_they_are_confirmed() {
        let demand = Demand::new(Duration::from_secs(1));
        let (ring, shared, _end) = KeyRing::renewable(None, demand);
        shared.renew(renewal(set(&[("a", 0)]), Some(Duration::ZERO)));
        assert!(ring.held().is_none());
        assert_eq!(ring.generation(), 0);
        shared.renew(renewal(set(&[("a", 0)]), Some(Duration::from_secs(60))));
        assert!(ring.held().is_some());
        assert_ne!(ring.generation(), 0);
    }

    #[test]
    fn a_source_that_takes_every_key_away_leaves_none() {
        let demand = Demand::new(Duration::from_secs(1));
        let (ring, shared, _end) = KeyRing::renewable(Some(set(&[("a", 0)])), demand);
        let first = ring.generation();
        let nothing = Renewal { keys: None, fresh_for: Duration::from_secs(1), usable_for: None };
        shared.renew(nothing);
        assert!(ring.held().is_none());
        assert_eq!(ring.generation(), 0);
        shared.renew(renewal(set(&[("a", 0)]), None));
        assert_ne!(ring.generation(), first, "what was proved before the end is proved again");
    }

    #[test]
    fn two_rings_never_share_a_generation() {
        let rings = [KeyRing::fixed(set(&[("a", 0)])), KeyRing::fixed(set(&[("a", 0)]))];
        assert_ne!(rings[0].generation(), rings[1].generation());
    }
}
