//! The memory for hashing.
//!
//! An allocator may keep a freed block of 19 MiB, split it and request another one from the system,
//! so that a service grows with every login although few run at a time (CWE-400). So palisade
//! manages the blocks: one for each concurrent hash, and each is reused.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use argon2::Block;

/// In blocks of 1 KiB. In glibc and musl, allocations above 32 MiB are separate mappings, which
/// return to the system when they are dropped. Only written pages use memory.
const OWN_MAPPING: usize = 33 * 1024;

/// Memory that is reused.
pub(super) struct HashMemory {
    /// The number of blocks for one hash.
    size: usize,
    free: Mutex<Vec<Vec<Block>>>,
}

impl HashMemory {
    /// For hashes of this many blocks of 1 KiB.
    pub(super) fn new(size: usize) -> Self {
        Self { size, free: Mutex::default() }
    }

    /// Whether a hash of this many blocks fits the memory that is kept.
    pub(super) fn keeps(&self, blocks: usize) -> bool {
        blocks <= self.size
    }

    /// Hashes in memory of this many blocks; `None` if out of memory.
    ///
    /// This takes long, and uses separate memory for each concurrent call: the caller limits their
    /// number.
    pub(super) fn with<T>(&self, blocks: usize, hash: impl FnOnce(&mut [Block]) -> T) -> Option<T> {
        if !self.keeps(blocks) {
            return allocate(blocks, blocks.max(OWN_MAPPING)).map(|mut own| hash(&mut own));
        }
        let kept = self.free().pop();
        let mut memory = match kept {
            Some(memory) => memory,
            None => allocate(self.size, self.size)?,
        };
        let used = memory.get_mut(..blocks)?;
        let result = hash(used);
        // The first blocks of a single pass can be computed from the password without the cost of a
        // hash. Wiped memory cannot be read through a later bug.
        used.fill(Block::new());
        self.free().push(memory);
        Some(result)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        // No code that panics runs under the lock.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for HashMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMemory").field("size", &self.size).finish_non_exhaustive()
    }
}

fn allocate(blocks: usize, capacity: usize) -> Option<Vec<Block>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(capacity).ok()?;
    memory.resize(blocks, Block::new());
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::{Block, HashMemory};

    #[test]
    fn blocks_are_used_again_and_come_back_empty() {
        let memory = HashMemory::new(64);
        let mut places = Vec::new();
        for blocks in [64, 8, 64, 1] {
            let place = memory.with(blocks, |used| {
                assert_eq!(used.len(), blocks);
                assert!(used.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
                for block in used.iter_mut() {
                    block.as_mut().fill(u64::MAX);
                }
                used.as_ptr().addr()
            });
            places.push(place.unwrap());
        }
        places.dedup();
        assert_eq!(places.len(), 1);
        assert_eq!(memory.free().len(), 1);
    }

    #[test]
    fn memory_of_another_cost_is_not_kept() {
        let memory = HashMemory::new(8);
        assert!(memory.keeps(8) && !memory.keeps(9));
        assert_eq!(memory.with(9, |used: &mut [Block]| used.len()), Some(9));
        assert_eq!(memory.free().len(), 0);
        assert_eq!(memory.with(usize::MAX, |_| ()), None, "more than there can be");
    }

    #[test]
    fn each_that_runs_at_once_has_its_own() {
        let memory = HashMemory::new(4);
        let inner = memory.with(4, |outer| {
            let outer = outer.as_ptr().addr();
            memory.with(4, |inner| inner.as_ptr().addr() != outer)
        });
        assert_eq!(inner, Some(Some(true)));
        assert_eq!(memory.free().len(), 2);
    }
}
