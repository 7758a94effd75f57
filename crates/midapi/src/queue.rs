//! Ids under watch, by when each is due: a heap of times over a slab of entries, and a table from id to entry.
//!
//! An id is in one of three states: waiting (in the heap), under way (in neither heap nor source), or gone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use slab::Slab;

use crate::task_id::TaskId;
use crate::watch::{Nanos, Watch};

/// The number of an entry, for as long as its id is under watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    due: BinaryHeap<Reverse<(Nanos, Slot)>>,
    entries: Slab<Entry>,
    by_id: HashTable<Slot>,
    hasher: RandomState,
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
        self.due.push(Reverse((at, slot)));
    }

    /// When the next id is due.
    pub(crate) fn next_due(&self) -> Option<Nanos> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes out the id that has been due for longest.
    pub(crate) fn pop_due(&mut self, now: Nanos) -> Option<Slot> {
        self.next_due().filter(|at| *at <= now)?;
        self.due.pop().map(|Reverse((_, slot))| slot)
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
