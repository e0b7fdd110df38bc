//! Bounded memory for the logins and sessions of subjects.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, VecDeque},
    hash::Hash,
    num::NonZeroUsize,
    sync::Arc,
};

use foldhash::{HashMap, HashMapExt as _};

/// Entries by name; each has a subject and an end. Every operation is O(log n).
///
/// A subject has at most [`per_subject`](Self::new) entries; the next one evicts its oldest. A full
/// map never refuses: accounts are often free, so an attacker could fill a map that refuses with
/// entries of other subjects, and lock out every user. Room is made by the first of these that
/// exists:
///
/// 1. what has ended;
/// 2. the oldest entry of the same subject;
/// 3. the oldest entry of the subject that holds the most. Of several that hold as many, the one
///    whose oldest entry is the oldest.
#[derive(Debug)]
pub(crate) struct Holdings<K, V> {
    capacity: NonZeroUsize,
    per_subject: NonZeroUsize,
    /// The number of the next entry: the order of age.
    next: u64,
    names: HashMap<K, u64>,
    slots: HashMap<u64, Slot<K, V>>,
    /// The entries of each subject, oldest first.
    subjects: HashMap<Arc<str>, VecDeque<u64>>,
    /// The subjects by their number of entries; the last one loses an entry when the map is full.
    largest: BTreeSet<(usize, Reverse<u64>, Arc<str>)>,
    /// The entries by their ends.
    ends: BTreeSet<(u64, u64)>,
}

#[derive(Debug)]
struct Slot<K, V> {
    name: K,
    subject: Arc<str>,
    ends_at: u64,
    value: V,
}

impl<K: Clone + Eq + Hash, V> Holdings<K, V> {
    pub(crate) fn new(capacity: NonZeroUsize, per_subject: NonZeroUsize) -> Self {
        Self {
            capacity,
            per_subject,
            next: 0,
            names: HashMap::new(),
            slots: HashMap::new(),
            subjects: HashMap::new(),
            largest: BTreeSet::new(),
            ends: BTreeSet::new(),
        }
    }

    pub(crate) fn capacity(&self) -> NonZeroUsize {
        self.capacity
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn get(&self, name: &K) -> Option<&V> {
        Some(&self.slots.get(self.names.get(name)?)?.value)
    }

    /// Changes an existing entry, and its end; `None` if there is none, or if `change` returns
    /// that.
    pub(crate) fn change<T>(
        &mut self,
        name: &K,
        change: impl FnOnce(&mut V) -> Option<(T, u64)>,
    ) -> Option<T> {
        let number = *self.names.get(name)?;
        let slot = self.slots.get_mut(&number)?;
        let (answer, ends_at) = change(&mut slot.value)?;
        self.ends.remove(&(slot.ends_at, number));
        slot.ends_at = ends_at;
        self.ends.insert((ends_at, number));
        Some(answer)
    }

    /// Adds an entry; `ends_at` and `now` are in seconds since 1970-01-01 UTC.
    pub(crate) fn insert(&mut self, name: K, subject: &str, value: V, ends_at: u64, now: u64) {
        self.remove(&name);
        self.forget_ended(now);
        let own = self.subjects.get(subject);
        let is_full = self.len() >= self.capacity.get();
        if own.is_some_and(|own| own.len() >= self.per_subject.get() || is_full) {
            let oldest = own.and_then(|own| own.front().copied());
            oldest.map(|oldest| self.take(oldest));
        } else if is_full {
            let oldest = self.largest.last().map(|(_, Reverse(oldest), _)| *oldest);
            oldest.map(|oldest| self.take(oldest));
        }
        let number = self.next;
        self.next = number.saturating_add(1);
        let subject: Arc<str> = match self.subjects.get_key_value(subject) {
            Some((subject, _)) => Arc::clone(subject),
            None => Arc::from(subject),
        };
        self.hold(&subject, |held| held.push_back(number));
        self.ends.insert((ends_at, number));
        self.names.insert(name.clone(), number);
        self.slots.insert(number, Slot { name, subject, ends_at, value });
    }

    pub(crate) fn remove(&mut self, name: &K) -> Option<V> {
        let number = *self.names.get(name)?;
        self.take(number)
    }

    pub(crate) fn remove_subject(&mut self, subject: &str) {
        let held = self.subjects.get(subject).cloned().unwrap_or_default();
        for number in held {
            self.take(number);
        }
    }

    fn forget_ended(&mut self, now: u64) {
        while let Some(&(ends_at, number)) = self.ends.first()
            && ends_at <= now
        {
            self.ends.pop_first();
            self.take(number);
        }
    }

    fn take(&mut self, number: u64) -> Option<V> {
        let slot = self.slots.remove(&number)?;
        self.names.remove(&slot.name);
        self.ends.remove(&(slot.ends_at, number));
        self.hold(&slot.subject, |held| held.retain(|own| *own != number));
        Some(slot.value)
    }

    /// Changes the entries of a subject, and its position among the others.
    fn hold(&mut self, subject: &Arc<str>, change: impl FnOnce(&mut VecDeque<u64>)) {
        let mut held = self.subjects.remove(subject).unwrap_or_default();
        if let Some(oldest) = held.front() {
            self.largest.remove(&(held.len(), Reverse(*oldest), Arc::clone(subject)));
        }
        change(&mut held);
        if let Some(oldest) = held.front() {
            self.largest.insert((held.len(), Reverse(*oldest), Arc::clone(subject)));
            self.subjects.insert(Arc::clone(subject), held);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, num::NonZeroUsize, time::Instant};

    use proptest::prelude::*;

    use super::Holdings;

    fn holdings(capacity: usize, per_subject: usize) -> Holdings<u64, ()> {
        let bound = |number| NonZeroUsize::new(number).unwrap();
        Holdings::new(bound(capacity), bound(per_subject))
    }

    #[test]
    fn a_map_that_an_attacker_filled_takes_in_new_subjects_and_keeps_the_small_ones() {
        let mut map = holdings(100_000, 16);
        for user in 0..500 {
            map.insert(user, &format!("user {user}"), (), u64::MAX, 0);
        }
        // 6,250 accounts with 16 logins each would fill the store.
        for number in 0..100_000 {
            map.insert(1_000 + number, &format!("attacker {}", number / 16), (), u64::MAX, 0);
        }
        assert_eq!(map.len(), 100_000);
        for newcomer in 0..500 {
            map.insert(1_000_000 + newcomer, &format!("new {newcomer}"), (), u64::MAX, 0);
        }
        assert_eq!(map.len(), 100_000);
        for user in (0..500).chain(1_000_000..1_000_500) {
            assert!(map.get(&user).is_some(), "the only login of {user}");
        }
    }

    #[test]
    fn a_full_map_costs_no_scan() {
        // Each of them evicts an entry. With a scan of 100,000 entries for each this would take
        // minutes.
        let mut full = holdings(100_000, 16);
        for number in 0..100_000 {
            full.insert(number, &number.to_string(), (), u64::MAX, 0);
        }
        let timed = |map: &mut Holdings<u64, ()>, from: u64| {
            let began = Instant::now();
            for number in from..from + 50_000 {
                map.insert(number, &number.to_string(), (), u64::MAX, 0);
            }
            began.elapsed()
        };
        let with_room = timed(&mut holdings(100_000, 16), 0);
        let evicting = timed(&mut full, 1_000_000);
        assert!(evicting < with_room * 40, "{evicting:?} against {with_room:?}");
    }

    #[test]
    fn what_has_ended_makes_room_first_and_then_the_subjects_own() {
        let mut map = holdings(3, 16);
        map.insert(1, "a", (), 10, 0);
        map.insert(2, "b", (), 99, 0);
        map.insert(3, "b", (), 99, 0);
        map.insert(4, "c", (), 99, 10);
        assert!(map.get(&1).is_none() && map.get(&2).is_some() && map.get(&3).is_some());
        map.insert(5, "c", (), 99, 10);
        assert!(map.get(&4).is_none(), "its own, though another subject holds more");
        map.insert(6, "d", (), 99, 10);
        assert!(map.get(&2).is_none() && map.get(&3).is_some() && map.get(&5).is_some());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u64, u8, u64),
        Move(u64, u64),
        Remove(u64),
        RemoveSubject(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0..20_u64, 0..5_u8, 0..30_u64).prop_map(|(n, s, e)| Step::Insert(n, s, e)),
            2 => (0..20_u64, 0..30_u64).prop_map(|(n, e)| Step::Move(n, e)),
            2 => (0..20_u64).prop_map(Step::Remove),
            1 => (0..5_u8).prop_map(Step::RemoveSubject),
        ];
        prop::collection::vec(step, 0..80)
    }

    proptest! {
        /// Compared with a list that is searched from its start to its end each time.
        #[test]
        fn it_holds_what_a_plain_list_holds(steps in steps()) {
            let (capacity, per_subject) = (6, 3);
            let mut map = holdings(capacity, per_subject);
            let mut list: Vec<(u64, u8, u64)> = Vec::new();
            for (now, step) in (0_u64..).zip(steps) {
                match step {
                    Step::Insert(name, subject, ends_at) => {
                        map.insert(name, &subject.to_string(), (), ends_at, now);
                        list.retain(|(own, _, end)| *own != name && *end > now);
                        let own = list.iter().filter(|(_, own, _)| *own == subject).count();
                        if own >= per_subject || (list.len() >= capacity && own > 0) {
                            let at = list.iter().position(|(_, own, _)| *own == subject).unwrap();
                            list.remove(at);
                        } else if list.len() >= capacity {
                            let mut counts = BTreeMap::<u8, usize>::new();
                            for (_, own, _) in &list {
                                *counts.entry(*own).or_default() += 1;
                            }
                            let most = *counts.values().max().unwrap();
                            let at = list.iter().position(|(_, own, _)| counts[own] == most);
                            list.remove(at.unwrap());
                        }
                        list.push((name, subject, ends_at));
                    }
                    Step::Move(name, ends_at) => {
                        map.change(&name, |()| Some(((), ends_at)));
                        for entry in list.iter_mut().filter(|(own, ..)| *own == name) {
                            entry.2 = ends_at;
                        }
                    }
                    Step::Remove(name) => {
                        map.remove(&name);
                        list.retain(|(own, ..)| *own != name);
                    }
                    Step::RemoveSubject(subject) => {
                        map.remove_subject(&subject.to_string());
                        list.retain(|(_, own, _)| *own != subject);
                    }
                }
                prop_assert_eq!(map.len(), list.len());
                for (name, ..) in &list {
                    prop_assert!(map.get(name).is_some());
                }
                prop_assert_eq!(map.ends.len(), list.len());
                prop_assert_eq!(map.names.len(), list.len());
                prop_assert_eq!(map.largest.len(), map.subjects.len());
            }
        }
    }
}
