//! The kept answers, within a limit of memory.

use std::{hash::RandomState, sync::Arc};

use moka::sync::Cache;

use super::{entry::Entry, question::Question};
use crate::transcode::cache_policy::Languages;

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
    /// The answers are kept by the hash with one of these languages.
    ByLanguage(Languages),
}

impl Store {
    /// A store that takes about so many bytes at most.
    pub(super) fn new(max_bytes: usize) -> Self {
        let slots = Cache::builder()
            .max_capacity(max_bytes as u64)
            .weigher(|_, slot: &Slot| match slot {
                Slot::Kept(entry) => entry.bytes().try_into().unwrap_or(u32::MAX),
                Slot::ByLanguage(_) => NOTE_BYTES,
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
    pub(super) fn find(&self, mut question: Question<'_>) -> Option<Arc<Entry>> {
        let mut slot = self.slots.get(&question.hash(&self.hashes))?;
        if let Slot::ByLanguage(languages) = slot {
            question = question.in_one_of(&languages);
            slot = self.slots.get(&question.hash_with_language(&self.hashes))?;
        }
        match slot {
            Slot::Kept(entry) if question.is_answered_by(&entry.asked) => Some(entry),
            Slot::Kept(_) | Slot::ByLanguage(_) => None,
        }
    }

    /// Keeps an answer, in place of an older one.
    pub(super) fn put(&self, places: Places, entry: Arc<Entry>) {
        let Places { of_any_language, of_language } = places;
        let languages = &entry.keep.languages;
        if languages.is_empty() {
            self.slots.insert(of_any_language, Slot::Kept(entry));
        } else {
            self.slots.insert(of_any_language, Slot::ByLanguage(languages.clone()));
            self.slots.insert(of_language, Slot::Kept(entry));
        }
        // What is too much is dropped now: left to later inserts, it would be many times the limit.
        self.slots.run_pending_tasks();
    }

    /// Drops all that is kept now, as none of it will be shown.
    pub(super) fn clear(&self) {
        self.slots.invalidate_all();
    }
}
