//! In which order items are asked for, <https://google.aip.dev/132#ordering>.

use std::{cmp::Ordering, marker::PhantomData};

use super::{
    field::{Filterable, Kind, Value, find},
    page::Position,
};
use crate::fault::Fault;

/// The most fields to order by: further ones decide nothing that anyone looks at.
pub const ORDER_BY_FIELDS_MAX: usize = 5;

/// An order of items by some of their fields. A missing value comes last, ascending or descending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy<T> {
    parts: Vec<Part>,
    subject: PhantomData<fn(&T)>,
}

/// A field by its place in [`Filterable::FIELDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    field: usize,
    is_descending: bool,
}

impl<T: Filterable> OrderBy<T> {
    /// Reads an order such as `kind, display_name desc`; an empty one leaves all to a tie-breaker.
    ///
    /// # Errors
    /// A [`Fault`] with the part that is no field, is a list, has another word than `asc` or `desc`
    /// after it, or repeats a field.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut parts: Vec<Part> = Vec::new();
        if text.trim().is_empty() {
            return Ok(Self { parts, subject: PhantomData });
        }
        for written in text.split(',') {
            if parts.len() == ORDER_BY_FIELDS_MAX {
                return Err(Fault::new(text, format!("at most {ORDER_BY_FIELDS_MAX} fields")));
            }
            let mut words = written.split_whitespace();
            let name = words.next().unwrap_or_default();
            let is_descending = match (words.next(), words.next()) {
                (None | Some("asc"), None) => false,
                (Some("desc"), None) => true,
                _ => {
                    return Err(Fault::new(written.trim(), "a field, with asc or desc after it"));
                }
            };
            let field = find(T::FIELDS, name)?;
            if let Kind::List(_) = T::FIELDS[field].kind {
                return Err(Fault::new(name, "a field that has one value"));
            }
            if parts.iter().any(|part| part.field == field) {
                return Err(Fault::new(name, "each field once"));
            }
            parts.push(Part { field, is_descending });
        }
        Ok(Self { parts, subject: PhantomData })
    }

    /// Whether the order is left to the tie-breaker.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How two items compare; those that are equal need a tie-breaker, such as their id.
    pub fn compare(&self, left: &T, right: &T) -> Ordering {
        self.compare_values(&self.values(left), &self.values(right))
    }

    /// Where `item` stands.
    pub fn position<Key>(&self, item: &T, key: Key) -> Position<Key> {
        let owned =
            |value: Value<'_>| if value.is_missing() { Value::Missing } else { value.into_owned() };
        Position { values: self.values(item).into_iter().map(owned).collect(), key }
    }

    /// Reads a position that was [`written`](Position::written) into a page token.
    ///
    /// # Errors
    /// A [`Fault`] where it is not one of this order.
    pub fn parse_position<Key>(
        &self,
        written: &[Option<String>],
        key: Key,
    ) -> Result<Position<Key>, Fault> {
        if written.len() != self.parts.len() {
            let allowed = format!("a position of {} values", self.parts.len());
            return Err(Fault::new(written.len(), allowed));
        }
        let values = self.parts.iter().zip(written).map(|(part, written)| match written {
            Some(written) => T::FIELDS[part.field].kind.parse(written),
            None => Ok(Value::Missing),
        });
        Ok(Position { values: values.collect::<Result<_, _>>()?, key })
    }

    /// The values that decide where `item` stands.
    pub(super) fn values<'a>(&self, item: &'a T) -> Vec<Value<'a>> {
        self.parts.iter().map(|part| (T::FIELDS[part.field].value)(item)).collect()
    }

    /// How the values of two items compare.
    pub(super) fn compare_values(&self, left: &[Value<'_>], right: &[Value<'_>]) -> Ordering {
        self.parts
            .iter()
            .zip(left.iter().zip(right))
            .map(|(part, (left, right))| part.compare(&T::FIELDS[part.field].kind, left, right))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl Part {
    fn compare(self, kind: &Kind, left: &Value<'_>, right: &Value<'_>) -> Ordering {
        let missing = left.is_missing().cmp(&right.is_missing());
        if missing.is_ne() || left.is_missing() {
            return missing;
        }
        let ordering = kind.compare(left, right);
        if self.is_descending { ordering.reverse() } else { ordering }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Region;

    #[test]
    fn an_order_names_each_field_once_and_a_direction() {
        let region = OrderBy::<Region>::parse;
        assert_eq!(region(" display_name  desc ,code"), region("displayName desc, code asc"));
        assert_eq!(region(" "), region(""));
        for (text, value, allowed) in [
            ("kind,", "", "one of the fields name, code"),
            (",", "", "one of the fields name, code"),
            ("kind code", "kind code", "a field, with asc or desc after it"),
            ("kind DESC", "kind DESC", "a field, with asc or desc after it"),
            ("kind desc asc", "kind desc asc", "a field, with asc or desc after it"),
            ("kind, kind desc", "kind", "each field once"),
            ("former_codes.code", "former_codes.code", "a field that has one value"),
            ("nama", "nama", "one of the fields name, code"),
        ] {
            let fault = region(text).unwrap_err();
            assert_eq!(fault.value, value, "{text}");
            assert!(fault.allowed.starts_with(allowed), "{text}: {}", fault.allowed);
        }
    }

    #[test]
    fn fields_beyond_the_most_are_refused_before_they_are_read() {
        let text = "a,".repeat(1_000);
        assert!(OrderBy::<Region>::parse(&text).is_err());
        let fault = OrderBy::<Region>::parse("name,code,kind,display_name,province,x").unwrap_err();
        assert_eq!(fault.allowed, "at most 5 fields");
    }
}
