//! Filters with the fields and kinds that they are about.

use std::cmp::Ordering;

use super::{
    field::{Field, Filterable, Kind, Value, find},
    pattern::Pattern,
    syntax::{Argument, Comparator, Expression, Literal},
};
use crate::fault::Fault;

/// What an item must be like. Fields are places in [`Filterable::FIELDS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The field has a value.
    Present(usize),
    /// The field's value, or one of its list, compares so with the given one.
    Compares(usize, Comparison, Value<'static>),
    /// The field's text, or one of its list, is like the pattern.
    Matches(usize, Pattern),
    /// A searched field is like the pattern.
    Anywhere(Pattern),
}

/// How a value compares with the one that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

impl Condition {
    /// Reads what `expression` says of `fields`.
    ///
    /// # Errors
    /// A [`Fault`] with the first literal that is no field, or no value of its field.
    pub(super) fn read<T>(expression: &Expression, fields: &[Field<T>]) -> Result<Self, Fault> {
        map(expression, &|leaf| match leaf {
            Leaf::Bare(literal) => pattern(literal, Pattern::part).map(Self::Anywhere),
            Leaf::Restriction(name, comparator, argument) => {
                if name.is_quoted() {
                    return Err(name.fault("a field, which has no quotes, before an operator"));
                }
                let field = find(fields, name.text()).map_err(|fault| name.fault(fault.allowed))?;
                let target = Target { field, kind: &fields[field].kind, name };
                match argument {
                    Argument::Literal(literal) => target.restriction(*comparator, literal),
                    Argument::Composite(expression) => target.composite(*comparator, expression),
                }
            }
        })
    }

    /// Whether `item` is like this.
    pub(super) fn matches<T: Filterable>(&self, item: &T) -> bool {
        let value = |place: usize| (T::FIELDS[place].value)(item);
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.matches(item)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.matches(item)),
            Self::Not(condition) => !condition.matches(item),
            Self::Present(field) => !value(*field).is_missing(),
            Self::Compares(field, comparison, given) => any(&value(*field), &|value| {
                !value.is_missing()
                    && comparison.holds(T::FIELDS[*field].kind.compare(value, given))
            }),
            Self::Matches(field, pattern) => any(&value(*field), &|value| is_like(value, pattern)),
            Self::Anywhere(pattern) => T::FIELDS
                .iter()
                .filter(|field| field.is_searched)
                .any(|field| any(&(field.value)(item), &|value| is_like(value, pattern))),
        }
    }
}

/// Whether `test` holds for the value, or for one of its list.
fn any(value: &Value<'_>, test: &dyn Fn(&Value<'_>) -> bool) -> bool {
    match value {
        Value::List(values) => values.iter().any(test),
        value => test(value),
    }
}

/// Nothing is like a missing text but the empty one, which is how it is shown.
fn is_like(value: &Value<'_>, pattern: &Pattern) -> bool {
    match value {
        Value::Text(text) if !text.is_empty() => pattern.matches(text),
        value => value.is_missing() && pattern.is_empty(),
    }
}

/// An expression without logic in it.
enum Leaf<'a> {
    Bare(&'a Literal),
    Restriction(&'a Literal, &'a Comparator, &'a Argument),
}

/// The same logic over what `read` makes of the leaves.
fn map(
    expression: &Expression,
    read: &dyn Fn(Leaf<'_>) -> Result<Condition, Fault>,
) -> Result<Condition, Fault> {
    let each = |parts: &[Expression]| -> Result<Vec<_>, Fault> {
        parts.iter().map(|part| map(part, read)).collect()
    };
    match expression {
        Expression::All(parts) => each(parts).map(Condition::All),
        Expression::Any(parts) => each(parts).map(Condition::Any),
        Expression::Not(part) => map(part, read).map(|part| Condition::Not(Box::new(part))),
        Expression::Bare(literal) => read(Leaf::Bare(literal)),
        Expression::Restriction(name, comparator, argument) => {
            read(Leaf::Restriction(name, comparator, argument))
        }
    }
}

/// What an argument is compared with: a field by its place, and by its name as it was written.
struct Target<'a> {
    field: usize,
    kind: &'a Kind,
    name: &'a Literal,
}

impl Target<'_> {
    /// `kind = (kota OR kabupaten)` is `kind = kota OR kind = kabupaten`, and with `!=` its opposite.
    fn composite(
        &self,
        comparator: Comparator,
        expression: &Expression,
    ) -> Result<Condition, Fault> {
        if comparator == Comparator::NotEqual {
            let equal = self.composite(Comparator::Equal, expression)?;
            return Ok(Condition::Not(Box::new(equal)));
        }
        map(expression, &|leaf| match leaf {
            Leaf::Bare(literal) => self.restriction(comparator, literal),
            Leaf::Restriction(inner, ..) => {
                Err(inner.fault("values alone in parentheses after an operator"))
            }
        })
    }

    fn restriction(&self, comparator: Comparator, literal: &Literal) -> Result<Condition, Fault> {
        let like =
            |read| pattern(literal, read).map(|pattern| Condition::Matches(self.field, pattern));
        let comparison = match (comparator, self.kind) {
            (Comparator::NotEqual, _) => {
                let equal = self.restriction(Comparator::Equal, literal)?;
                return Ok(Condition::Not(Box::new(equal)));
            }
            (Comparator::Has, _) if literal.is_star() => return Ok(Condition::Present(self.field)),
            (Comparator::Has, Kind::Text) => return like(Pattern::part),
            (Comparator::Has, Kind::List(Kind::Text)) | (Comparator::Equal, Kind::Text) => {
                return like(Pattern::whole);
            }
            (Comparator::Has, _) => Comparison::Equal,
            (_, Kind::List(_)) => return Err(self.name.fault(": as the operator of a list")),
            (Comparator::Equal, _) => Comparison::Equal,
            _ if !self.kind.has_order() => {
                return Err(self.name.fault("=, != or : as the operator of a word or boolean"));
            }
            (Comparator::Less, _) => Comparison::Less,
            (Comparator::LessOrEqual, _) => Comparison::LessOrEqual,
            (Comparator::Greater, _) => Comparison::Greater,
            (Comparator::GreaterOrEqual, _) => Comparison::GreaterOrEqual,
        };
        let value =
            self.kind.parse(literal.text()).map_err(|fault| literal.fault(fault.allowed))?;
        Ok(Condition::Compares(self.field, comparison, value))
    }
}

fn pattern(literal: &Literal, read: fn(&Literal) -> Option<Pattern>) -> Result<Pattern, Fault> {
    read(literal)
        .ok_or_else(|| literal.fault(r#"* at the ends alone, and "\*" for the character itself"#))
}
