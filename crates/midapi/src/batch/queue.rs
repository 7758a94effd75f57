//! The queue of a batch: ids by due time.
//!
//! An id is scheduled (in `due`), ready (in `ready`: due, but not permitted yet), in flight (in neither), or removed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use slab::Slab;

use crate::poll::state::{PollState, PollTime};
use crate::task::id::TaskId;

/// The position of an id in the queue, valid while the id is in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

#[derive(Debug)]
struct Entry<K> {
    id: TaskId,
    state: PollState,
    key: K,
    is_ready: bool,
}

/// The ids of a batch that are not finished. `K` is the type of the key that is returned with each result.
#[derive(Debug)]
pub(crate) struct Queue<K> {
    due: DueTimes,
    ready: VecDeque<Slot>,
    entries: Slab<Entry<K>>,
    by_id: HashTable<Slot>,
    /// The additional keys of ids that were added more than once.
    duplicates: HashMap<Slot, Vec<K>>,
    hasher: RandomState,
}

/// Due times, in order. The times of the current second are a heap. Later times are grouped by second and not sorted,
/// because one heap of a million entries took half of all CPU time.
#[derive(Debug, Default)]
struct DueTimes {
    /// Times up to the end of `second`. Empty only if there are no due times.
    current: BinaryHeap<Reverse<(PollTime, Slot)>>,
    second: u64,
    later: BTreeMap<u64, Vec<Reverse<(PollTime, Slot)>>>,
}

impl DueTimes {
    fn push(&mut self, at: PollTime, slot: Slot) {
        if second(at) <= self.second {
            self.current.push(Reverse((at, slot)));
        } else {
            self.later.entry(second(at)).or_default().push(Reverse((at, slot)));
            self.advance();
        }
    }

    fn first(&self) -> Option<(PollTime, Slot)> {
        self.current.peek().map(|Reverse(first)| *first)
    }

    fn pop(&mut self) -> Option<Slot> {
        let Reverse((_, slot)) = self.current.pop()?;
        self.advance();
        Some(slot)
    }

    /// If the current second has no due times left, advances to the next second that has due times.
    fn advance(&mut self) {
        if self.current.is_empty()
            && let Some((second, due)) = self.later.pop_first()
        {
            self.second = second;
            self.current = due.into();
        }
    }
}

/// The number of the second that contains a time. A second is approximated by 2^30 nanoseconds.
const fn second(at: PollTime) -> u64 {
    at.0 >> 30
}

impl<K> Queue<K> {
    pub(crate) fn new() -> Self {
        Self {
            due: DueTimes::default(),
            ready: VecDeque::new(),
            entries: Slab::new(),
            by_id: HashTable::new(),
            duplicates: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    /// Whether all ids are finished.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an id without a due time, and returns its position. None if the id is already in the queue: the result of
    /// the id is then returned once for each of its keys.
    pub(crate) fn add(&mut self, id: TaskId, state: PollState, key: K) -> Option<Slot> {
        let hash = self.hasher.hash_one(id.as_str());
        let entries = &mut self.entries;
        if let Some(slot) = self.by_id.find(hash, |slot| entries[slot.index()].id == id) {
            self.duplicates.entry(*slot).or_default().push(key);
            return None;
        }
        // More than u32::MAX ids would not fit into memory.
        let slot = Slot(u32::try_from(entries.insert(Entry { id, state, key, is_ready: false })).unwrap_or(u32::MAX));
        let hasher = &self.hasher;
        self.by_id.insert_unique(hash, slot, |slot| hasher.hash_one(entries[slot.index()].id.as_str()));
        Some(slot)
    }

    /// Sets the due time of an id.
    pub(crate) fn schedule(&mut self, slot: Slot, at: PollTime) {
        self.due.push(at, slot);
    }

    /// The next due time of the ids that are not ready.
    pub(crate) fn next_due(&self) -> Option<PollTime> {
        self.due.first().map(|(at, _)| at)
    }

    /// Whether an id is ready or due.
    pub(crate) fn has_due(&mut self, now: PollTime) -> bool {
        self.skip_removed();
        !self.ready.is_empty() || self.next_due().is_some_and(|at| at <= now)
    }

    /// Takes the id that has been due for the longest time.
    pub(crate) fn pop_due(&mut self, now: PollTime) -> Option<Slot> {
        self.skip_removed();
        if let Some(slot) = self.ready.pop_front() {
            self.entries[slot.index()].is_ready = false;
            return Some(slot);
        }
        self.next_due().filter(|at| *at <= now)?;
        self.due.pop()
    }

    /// Marks the due ids as ready, and calls `moved` for each of these ids.
    pub(crate) fn move_due_to_ready(&mut self, now: PollTime, mut moved: impl FnMut(Slot, &PollState)) {
        while self.next_due().is_some_and(|at| at <= now) {
            let Some(slot) = self.due.pop() else { return };
            let entry = &mut self.entries[slot.index()];
            entry.is_ready = true;
            moved(slot, &entry.state);
            self.ready.push_back(slot);
        }
    }

    /// Drops positions of ids that were removed while they were ready.
    fn skip_removed(&mut self) {
        while self.ready.front().is_some_and(|slot| self.ready_state(*slot).is_none()) {
            self.ready.pop_front();
        }
    }

    /// The state of a ready id. None if the id at this position is not ready or was removed.
    pub(crate) fn ready_state(&self, slot: Slot) -> Option<&PollState> {
        self.entries.get(slot.index()).filter(|entry| entry.is_ready).map(|entry| &entry.state)
    }

    pub(crate) fn state(&mut self, slot: Slot) -> &mut PollState {
        &mut self.entries[slot.index()].state
    }

    pub(crate) fn id(&self, slot: Slot) -> &TaskId {
        &self.entries[slot.index()].id
    }

    /// Removes an id. Returns it with all its keys.
    pub(crate) fn remove(&mut self, slot: Slot) -> (TaskId, K, Vec<K>) {
        let Entry { id, key, .. } = self.entries.remove(slot.index());
        if let Ok(found) = self.by_id.find_entry(self.hasher.hash_one(id.as_str()), |other| *other == slot) {
            found.remove();
        }
        (id, key, self.duplicates.remove(&slot).unwrap_or_default())
    }
}

impl Slot {
    fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn pops_due_times_in_order() {
        const SECOND: u64 = 1_000_000_000;
        let mut random = fastrand::Rng::with_seed(3);
        let (mut due, mut sorted) = (DueTimes::default(), BTreeSet::new());
        for number in 0..20_000 {
            if random.u8(..3) < 2 {
                let far = [0, 3, SECOND, 90 * SECOND, u64::MAX][random.usize(..5)];
                let at = PollTime(random.u64(..=far));
                due.push(at, Slot(number));
                sorted.insert((at, Slot(number)));
            } else {
                assert_eq!(due.first().map(|(at, _)| at), sorted.first().map(|(at, _)| *at));
                assert_eq!(due.pop(), sorted.pop_first().map(|(_, slot)| slot));
            }
        }
        while let Some(slot) = due.pop() {
            assert_eq!(Some(slot), sorted.pop_first().map(|(_, slot)| slot));
        }
        assert!(sorted.is_empty());
    }
}
