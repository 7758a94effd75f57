//! Ids under watch, by when each is due: times in order over a slab of entries, and a table from id to entry.
//!
//! An id is in one of three states: waiting (in the order), under way (in neither order nor source), or gone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use slab::Slab;

use crate::poll::state::{Nanos, Watch};
use crate::task::id::TaskId;

/// The number of an entry, for as long as its id is under watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

#[derive(Debug)]
struct Entry {
    id: TaskId,
    watch: Watch,
    /// How often the id was asked for besides the first time.
    more: u32,
}

/// Ids under watch. The one that has been due for longest comes first.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    due: Due,
    entries: Slab<Entry>,
    by_id: HashTable<Slot>,
    hasher: RandomState,
}

/// Due times in order. Only the next second's are a heap, which stays small enough for a processor's cache; the later ones
/// are kept by the second, unsorted, until it is their turn. One heap of a million took half of all time.
#[derive(Debug, Default)]
struct Due {
    /// What is due up to and with `second`. Empty only if nothing is due at all.
    soon: BinaryHeap<Reverse<(Nanos, Slot)>>,
    second: u64,
    later: BTreeMap<u64, Vec<Reverse<(Nanos, Slot)>>>,
}

impl Due {
    fn push(&mut self, at: Nanos, slot: Slot) {
        if second(at) <= self.second {
            self.soon.push(Reverse((at, slot)));
        } else {
            self.later.entry(second(at)).or_default().push(Reverse((at, slot)));
            self.turn();
        }
    }

    fn first(&self) -> Option<(Nanos, Slot)> {
        self.soon.peek().map(|Reverse(first)| *first)
    }

    fn pop(&mut self) -> Option<Slot> {
        let Reverse((_, slot)) = self.soon.pop()?;
        self.turn();
        Some(slot)
    }

    /// Goes on to the next second in which something is due, if nothing is left of this one.
    fn turn(&mut self) {
        if self.soon.is_empty()
            && let Some((second, due)) = self.later.pop_first()
        {
            self.second = second;
            self.soon = due.into();
        }
    }
}

/// The second of a time, near enough: 2³⁰ nanoseconds.
const fn second(at: Nanos) -> u64 {
    at.0 >> 30
}

impl Queue {
    /// Ids that are under watch, under way included.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Puts an id under watch, without a due time yet. None if it is under watch already: then it is answered once more.
    pub(crate) fn join(&mut self, id: TaskId, watch: Watch) -> Option<Slot> {
        let hash = self.hasher.hash_one(id.as_str());
        let entries = &mut self.entries;
        if let Some(slot) = self.by_id.find(hash, |slot| entries[slot.index()].id == id) {
            entries[slot.index()].more += 1;
            return None;
        }
        // Four thousand million ids would not fit the memory either.
        let slot = Slot(u32::try_from(entries.insert(Entry { id, watch, more: 0 })).unwrap_or(u32::MAX));
        let hasher = &self.hasher;
        self.by_id.insert_unique(hash, slot, |slot| hasher.hash_one(entries[slot.index()].id.as_str()));
        Some(slot)
    }

    /// Sets when an id is due.
    pub(crate) fn arm(&mut self, slot: Slot, at: Nanos) {
        self.due.push(at, slot);
    }

    /// When the next id is due.
    pub(crate) fn next_due(&self) -> Option<Nanos> {
        self.due.first().map(|(at, _)| at)
    }

    /// The id that is due next.
    pub(crate) fn first(&self) -> Option<Slot> {
        self.due.first().map(|(_, slot)| slot)
    }

    /// Takes out the id that has been due for longest.
    pub(crate) fn pop_due(&mut self, now: Nanos) -> Option<Slot> {
        self.next_due().filter(|at| *at <= now)?;
        self.due.pop()
    }

    pub(crate) fn watch(&mut self, slot: Slot) -> &mut Watch {
        &mut self.entries[slot.index()].watch
    }

    pub(crate) fn id(&self, slot: Slot) -> &TaskId {
        &self.entries[slot.index()].id
    }

    /// Lets an id go. Returns it with the number of answers that it is owed.
    pub(crate) fn leave(&mut self, slot: Slot) -> (TaskId, u32) {
        let Entry { id, more, .. } = self.entries.remove(slot.index());
        if let Ok(found) = self.by_id.find_entry(self.hasher.hash_one(id.as_str()), |other| *other == slot) {
            found.remove();
        }
        (id, more.saturating_add(1))
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
    fn due_times_come_in_order_whenever_they_were_set() {
        const SECOND: u64 = 1_000_000_000;
        let mut random = fastrand::Rng::with_seed(3);
        let (mut due, mut sorted) = (Due::default(), BTreeSet::new());
        for number in 0..20_000 {
            if random.u8(..3) < 2 {
                let far = [0, 3, SECOND, 90 * SECOND, u64::MAX][random.usize(..5)];
                let at = Nanos(random.u64(..=far));
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
