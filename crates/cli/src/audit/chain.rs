//! The chain of the audit trail, recomputed.
//!
//! The hash of an entry is the SHA-256 of the hash before it and its content, so whoever alters,
//! removes or puts in an entry would have to rewrite all that follow, and could not rewrite a head
//! that somebody noted.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use takar_proto::v1::AuditEntry;

use crate::error::Error;

/// What is wrong with a chain, and at which place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Where this entry should be there is another one.
    Missing { sequence: i64, found: i64 },
    /// The entry's hash is not that of its content.
    Altered { sequence: i64 },
    /// The head of the server is not the chain's entry of that place.
    Head { sequence: i64 },
    /// Entries are missing from this one on: the head lies beyond the last.
    CutOff { sequence: i64 },
    /// The head that was noted earlier is not the chain's entry of that place.
    Noted { sequence: i64 },
}

/// A chain as far as it was read.
#[derive(Debug)]
pub(super) struct Chain {
    sequence: i64,
    hash: [u8; 32],
    /// The head of the newest page, and whether the chain has it.
    head: (i64, String),
    has_head: bool,
    /// A head that was noted earlier, until it is found.
    noted: Option<(i64, String)>,
}

impl Chain {
    /// A chain of nothing yet, in which an earlier head must come up.
    pub(super) const fn new(noted: Option<(i64, String)>) -> Self {
        Self { sequence: 0, hash: [0; 32], head: (0, String::new()), has_head: false, noted }
    }

    /// The place and the hash of the last entry.
    pub(super) fn last(&self) -> (i64, String) {
        (self.sequence, hex(&self.hash))
    }

    /// Adds a page of entries, which came with the head.
    ///
    /// # Errors
    /// [`Error::Chain`] at the first entry that is not as it must be.
    pub(super) fn page(
        &mut self,
        entries: &[AuditEntry],
        (head_sequence, head_hash): (i64, &str),
    ) -> Result<(), Error> {
        self.head = (head_sequence, head_hash.to_owned());
        self.has_head = false;
        // An entry that was written while the page was read comes after its head.
        self.check_head()?;
        self.check_noted()?;
        for entry in entries {
            let sequence = self.sequence + 1;
            if entry.sequence != sequence {
                return Err(Broken::Missing { sequence, found: entry.sequence }.into());
            }
            let hash = Sha256::new().chain_update(self.hash).chain_update(&entry.content);
            self.hash = hash.finalize().into();
            self.sequence = sequence;
            if hex(&self.hash) != entry.hash {
                return Err(Broken::Altered { sequence }.into());
            }
            self.check_head()?;
            self.check_noted()?;
        }
        Ok(())
    }

    /// Ends the chain.
    ///
    /// # Errors
    /// [`Error::Chain`] where the head, or the head noted earlier, is not in it.
    pub(super) fn end(&self) -> Result<(), Error> {
        let head = self.head.0;
        if let Some((sequence, _)) = self.noted {
            return Err(Broken::Noted { sequence }.into());
        }
        if self.has_head {
            Ok(())
        } else if head > self.sequence {
            Err(Broken::CutOff { sequence: self.sequence + 1 }.into())
        } else {
            Err(Broken::Head { sequence: head }.into())
        }
    }

    fn check_head(&mut self) -> Result<(), Error> {
        let (sequence, hash) = &self.head;
        if *sequence == self.sequence {
            if *hash != hex(&self.hash) {
                return Err(Broken::Head { sequence: *sequence }.into());
            }
            self.has_head = true;
        }
        Ok(())
    }

    fn check_noted(&mut self) -> Result<(), Error> {
        if let Some((sequence, hash)) = self.noted.take_if(|noted| noted.0 == self.sequence)
            && hash != hex(&self.hash)
        {
            return Err(Broken::Noted { sequence }.into());
        }
        Ok(())
    }
}

fn hex(hash: &[u8; 32]) -> String {
    let mut text = String::with_capacity(2 * hash.len());
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first entries of a trail, and its head.
    fn trail(count: i64) -> (Vec<AuditEntry>, (i64, String)) {
        let mut before = [0; 32];
        let mut entries = Vec::new();
        for sequence in 1..=count {
            let content = format!("{{\"number\":{sequence}}}");
            before = Sha256::new().chain_update(before).chain_update(&content).finalize().into();
            entries.push(AuditEntry { sequence, content, hash: hex(&before) });
        }
        (entries, (count, hex(&before)))
    }

    fn verified(
        entries: &[AuditEntry],
        head: &(i64, String),
        noted: Option<(i64, String)>,
    ) -> Result<(i64, String), Broken> {
        let mut chain = Chain::new(noted);
        // Even a trail of nothing comes as a page.
        let pages = entries.chunks(3).chain(entries.is_empty().then_some(&[][..]));
        let mut pages = pages.map(|page| (page, (head.0, head.1.as_str())));
        let checked =
            pages.try_for_each(|(page, head)| chain.page(page, head)).and_then(|()| chain.end());
        match checked {
            Ok(()) => Ok(chain.last()),
            Err(Error::Chain(broken)) => Err(broken),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_chain_as_it_was_written_holds_and_has_every_head_it_had() {
        for count in [0, 1, 3, 7] {
            let (entries, head) = trail(count);
            assert_eq!(verified(&entries, &head, None), Ok(head.clone()));
            for earlier in 1..=count {
                let noted = trail(earlier).1;
                assert_eq!(verified(&entries, &head, Some(noted)), Ok(head.clone()));
            }
        }
    }

    #[test]
    fn entries_written_while_a_page_was_read_come_after_its_head() {
        let (entries, last) = trail(4);
        assert_eq!(verified(&entries[..3], &trail(2).1, None).map(|last| last.0), Ok(3));
        let mut chain = Chain::new(None);
        let (sequence, hash) = trail(3).1;
        chain.page(&entries[..3], (sequence, &hash)).expect("it holds");
        chain.page(&entries[3..], (sequence, &hash)).expect("it holds");
        chain.end().expect("the head is the entry before the page");
        assert_eq!(chain.last(), last);
    }

    #[test]
    fn the_first_bad_place_is_named() {
        let (entries, head) = trail(7);
        let mut altered = entries.clone();
        altered[3].content = "{}".to_owned();
        assert_eq!(verified(&altered, &head, None), Err(Broken::Altered { sequence: 4 }));
        let mut removed = entries.clone();
        removed.remove(1);
        let missing = Broken::Missing { sequence: 2, found: 3 };
        assert_eq!(verified(&removed, &head, None), Err(missing));
        let mut doubled = entries.clone();
        doubled.insert(5, entries[4].clone());
        let found = Broken::Missing { sequence: 6, found: 5 };
        assert_eq!(verified(&doubled, &head, None), Err(found));
        assert_eq!(verified(&entries[..5], &head, None), Err(Broken::CutOff { sequence: 6 }));
        let wrong_head = (7, "00".repeat(32));
        assert_eq!(verified(&entries, &wrong_head, None), Err(Broken::Head { sequence: 7 }));
    }

    #[test]
    fn a_chain_that_was_rewritten_whole_lacks_the_head_that_was_noted() {
        let (entries, head) = trail(5);
        let other = (3, "ab".repeat(32));
        assert_eq!(verified(&entries, &head, Some(other)), Err(Broken::Noted { sequence: 3 }));
        let beyond = (9, head.1.clone());
        assert_eq!(verified(&entries, &head, Some(beyond)), Err(Broken::Noted { sequence: 9 }));
    }
}
