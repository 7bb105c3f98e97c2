//! The kept answers, within a limit of memory.

use std::{hash::RandomState, sync::Arc};

use moka::sync::Cache;

use super::{entry::Entry, question::Question};

/// The largest part of the memory that one answer may take: some large ones must not drive out the
/// many small ones.
const LARGEST_SHARE: usize = 32;

/// What a note takes that says that answers differ by language.
const NOTE_BYTES: u32 = 128;

/// Kept answers by the hash of what they were given to.
///
/// The hash is keyed anew in each process, so nobody can choose requests that have the same.
#[derive(Debug)]
pub(super) struct Store {
    slots: Cache<u64, Slot>,
    hashes: RandomState,
    max_entry_bytes: usize,
}

/// Where the answer to a question is kept: here or there, which only the answer tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    of_any_language: u64,
    /// By this those who ask the same find each other, too.
    pub(super) of_language: u64,
}

#[derive(Clone, Debug)]
enum Slot {
    Kept(Arc<Entry>),
    /// The answers are kept by the hash with the language.
    ByLanguage,
}

impl Store {
    /// A store that takes about so many bytes at most.
    pub(super) fn new(max_bytes: usize) -> Self {
        let slots = Cache::builder()
            .max_capacity(max_bytes as u64)
            .weigher(|_, slot: &Slot| match slot {
                Slot::Kept(entry) => entry.bytes().try_into().unwrap_or(u32::MAX),
                Slot::ByLanguage => NOTE_BYTES,
            })
            .build();
        let max_entry_bytes = max_bytes / LARGEST_SHARE;
        Self { slots, hashes: RandomState::new(), max_entry_bytes }
    }

    /// The largest body that is kept, in bytes.
    pub(super) fn max_entry_bytes(&self) -> usize {
        self.max_entry_bytes
    }

    /// Where the answer to a question is kept.
    pub(super) fn places(&self, question: &Question<'_>) -> Places {
        Places {
            of_any_language: question.hash(&self.hashes),
            of_language: question.hash_with_language(&self.hashes),
        }
    }

    /// The answer that is kept to a question, however old.
    pub(super) fn find(&self, question: &Question<'_>) -> Option<Arc<Entry>> {
        let entry = match self.slots.get(&question.hash(&self.hashes))? {
            Slot::Kept(entry) => entry,
            Slot::ByLanguage => match self.slots.get(&question.hash_with_language(&self.hashes))? {
                Slot::Kept(entry) => entry,
                Slot::ByLanguage => return None,
            },
        };
        question.is_answered_by(&entry.asked).then_some(entry)
    }

    /// Keeps an answer, in place of an older one.
    pub(super) fn put(&self, places: Places, entry: Arc<Entry>) {
        let Places { of_any_language, of_language } = places;
        if entry.keep.by_language {
            self.slots.insert(of_any_language, Slot::ByLanguage);
            self.slots.insert(of_language, Slot::Kept(entry));
        } else {
            self.slots.insert(of_any_language, Slot::Kept(entry));
        }
        // What is too much is dropped now: left to later inserts, it would be many times the limit.
        self.slots.run_pending_tasks();
    }

    /// Drops all that is kept now, as none of it will be shown.
    pub(super) fn clear(&self) {
        self.slots.invalidate_all();
    }
}
