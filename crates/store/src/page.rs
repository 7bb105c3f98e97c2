//! Keyset pages: what comes after a key, in the order of the keys.

/// The most rows of a page: all 514 regencies and cities in one answer, with room to grow.
pub const PAGE_SIZE_MAX: u16 = 1_000;

/// A page of a list, by key and never by offset, so that rows inserted meanwhile neither repeat nor
/// hide others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<Key> {
    /// The key after which the page begins; `None` for the first page.
    pub after: Option<Key>,
    /// How many rows at most: 1 to [`PAGE_SIZE_MAX`] for a page of an answer, more for a list that is
    /// selected from.
    pub size: u16,
}

impl<Key> Page<Key> {
    /// One row more than the page, which tells whether there is a next one.
    pub(crate) fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }
}
