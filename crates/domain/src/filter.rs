//! Which items of a list are asked for (AIP-160 `filter`), and in which order (AIP-132 `order_by`).
//!
//! A filter is read in two steps: `syntax` knows the grammar, `condition` the fields and their
//! kinds. What can be filtered says so by [`Filterable`], so that a filter of regions is of no use
//! for programmes.
//!
//! `OR` binds tighter than `AND`, as AIP-160 has it: `a AND b OR c` is `a AND (b OR c)`. A missing
//! value compares with nothing and differs from everything; a missing text equals the empty one.

mod condition;
mod field;
mod order;
mod page;
mod pattern;
mod registry;
mod syntax;

use std::marker::PhantomData;

pub use field::{Field, Filterable, Kind, Value};
pub use order::{ORDER_BY_FIELDS_MAX, OrderBy};
pub use page::{Position, select};

use crate::fault::Fault;
use condition::Condition;

/// The longest filter, in characters: more than is written by hand, and percent-encoded it still
/// fits in a URL.
pub const FILTER_MAX_CHARACTERS: usize = 2_000;
/// How deep parentheses may be nested: no question is, and it bounds the stack.
pub const FILTER_DEPTH_MAX: usize = 20;
/// The most terms of a filter: it bounds the work for each item of a list.
pub const FILTER_TERMS_MAX: usize = 100;

/// A condition on items, read by the names and kinds of their fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter<T> {
    condition: Option<Condition>,
    subject: PhantomData<fn(&T)>,
}

impl<T: Filterable> Filter<T> {
    /// Reads a filter; an empty one keeps everything.
    ///
    /// # Errors
    /// A [`Fault`] with the first piece that is refused, the place where it stands, and what is
    /// allowed there: another syntax, one of the fields, a value of the field's kind.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let expression = syntax::parse(text)?;
        let condition =
            expression.as_ref().map(|expression| Condition::read(expression, T::FIELDS));
        Ok(Self { condition: condition.transpose()?, subject: PhantomData })
    }

    /// Whether an item is asked for.
    pub fn matches(&self, item: &T) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.matches(item))
    }

    /// Whether everything is asked for, so that nobody needs to look at the items.
    pub fn is_empty(&self) -> bool {
        self.condition.is_none()
    }
}

#[cfg(test)]
mod tests;
