//! Texts to compare with, which may be open at their ends.

use super::syntax::Literal;

/// A text with `*` at neither, one or both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    is_open_before: bool,
    is_open_after: bool,
    is_any_case: bool,
}

impl Pattern {
    /// A whole text, in its case, for `=`; `None` where a `*` stands within.
    pub(super) fn whole(literal: &Literal) -> Option<Self> {
        let (text, stars) = (literal.text(), literal.stars());
        let is_open_before = stars.first() == Some(&0);
        let is_open_after = stars.last().is_some_and(|star| star + 1 == text.len());
        let inner = usize::from(is_open_before)..text.len() - usize::from(is_open_after);
        if stars.iter().any(|star| inner.contains(star)) {
            return None;
        }
        // Of a lone `*` both ends are the one star.
        let text = text.get(inner).unwrap_or_default().to_owned();
        Some(Self { text, is_open_before, is_open_after, is_any_case: false })
    }

    /// A part of a text, in any case, for `:` and bare words; `None` where a `*` stands within.
    ///
    /// A `*` at one end says that the other end is an end of the text: `kab*` begins it.
    pub(super) fn part(literal: &Literal) -> Option<Self> {
        let whole = Self::whole(literal)?;
        let is_closed = literal.stars().is_empty();
        Some(Self {
            text: fold(&whole.text),
            is_open_before: whole.is_open_before || is_closed,
            is_open_after: whole.is_open_after || is_closed,
            is_any_case: true,
        })
    }

    /// Whether `text` is like this.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.is_any_case { self.fits(&fold(text)) } else { self.fits(text) }
    }

    /// Whether this is the empty text, which a missing one equals.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.is_open_before && !self.is_open_after
    }

    fn fits(&self, text: &str) -> bool {
        match (self.is_open_before, self.is_open_after) {
            (false, false) => text == self.text,
            (false, true) => text.starts_with(&self.text),
            (true, false) => text.ends_with(&self.text),
            (true, true) => text.contains(&self.text),
        }
    }
}

/// Lower case by character: as a whole, a text's last sigma would differ from the same one within.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
