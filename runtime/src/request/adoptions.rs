//! How many requests of a service go on without their clients.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::limit::address_bytes;

/// For one service, at a time.
const MOST: usize = 1_024;

/// For one address, at a time: a client that sends many requests and disconnects leaves capacity
/// for others.
const MOST_OF_ADDRESS: u32 = 64;

/// The requests of a service that run without their clients.
#[derive(Debug, Default)]
pub(crate) struct Adoptions(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<[u8; 8], u32>,
}

impl Adoptions {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current number of them.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.counts().all
    }
}

/// The permit of one of them, which is returned when this is dropped.
#[derive(Debug)]
pub(crate) struct Adopted {
    adoptions: Arc<Adoptions>,
    address: [u8; 8],
}

impl Adopted {
    /// `None` if the limit is reached.
    pub(crate) fn enter(adoptions: &Arc<Adoptions>, address: IpAddr) -> Option<Self> {
        let address = address_bytes(address);
        let mut counts = adoptions.counts();
        let own = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= MOST || own >= MOST_OF_ADDRESS {
            return None;
        }
        counts.all = counts.all.saturating_add(1);
        counts.by_address.insert(address, own.saturating_add(1));
        drop(counts);
        Some(Self { adoptions: Arc::clone(adoptions), address })
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        let mut counts = self.adoptions.counts();
        counts.all = counts.all.saturating_sub(1);
        match counts.by_address.get_mut(&self.address) {
            Some(own) if *own > 1 => *own = own.saturating_sub(1),
            // An entry without requests is removed, so that the map does not grow.
            Some(_) | None => {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Adopted, Adoptions, MOST, MOST_OF_ADDRESS};
    use std::{net::IpAddr, sync::Arc};

    fn address(last: u32) -> IpAddr {
        IpAddr::from(last.to_be_bytes())
    }

    #[test]
    fn one_address_takes_its_places_and_no_more() {
        let adoptions = Arc::new(Adoptions::default());
        let mut held: Vec<_> =
            (0..MOST_OF_ADDRESS).map(|_| Adopted::enter(&adoptions, address(7))).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(Adopted::enter(&adoptions, address(7)).is_none());
        let other = Adopted::enter(&adoptions, address(8));
        assert!(other.is_some());
        held.pop();
        assert!(Adopted::enter(&adoptions, address(7)).is_some());
        drop((held, other));
        assert_eq!(adoptions.count(), 0);
        assert!(adoptions.counts().by_address.is_empty());
    }

    #[test]
    fn a_service_has_so_many_places() {
        let adoptions = Arc::new(Adoptions::default());
        let most = u32::try_from(MOST).unwrap();
        let held: Vec<_> = (0..most + 5).map(|i| Adopted::enter(&adoptions, address(i))).collect();
        assert_eq!(held.iter().flatten().count(), MOST);
        drop(held);
        assert_eq!(adoptions.count(), 0);
    }
}
