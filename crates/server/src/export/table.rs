//! A table as it is written into a file, whatever the file's form.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use takar_domain::name::CycleId;

use super::structure::{Column, Flow, Words};

/// What makes exports, and in which version.
pub(crate) const MADE_BY: &str = concat!("takar ", env!("CARGO_PKG_VERSION"));

/// What a file is of; its rows come after it.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What files of it are called.
    pub(super) name: &'static str,
    /// The dataflow that the rows are of; `None` where they are no observations.
    pub(super) flow: Option<Flow>,
    pub(super) title: Words,
    /// What the rows are of in particular, a part of file names and ids: `2022`.
    pub(super) subject: String,
    pub(super) columns: Vec<Column>,
    /// As of when it is made, which also stands for when: the same file made later is the same.
    pub(super) as_of: DateTime<Utc>,
    /// Whether its figures are made up.
    pub(super) is_simulated: bool,
    /// What else is told of the file where there is room for it.
    pub(super) facts: Vec<Fact>,
}

/// Something told of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) name: Words,
    pub(super) value: String,
}

/// What stands in one place of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Nothing, which is never 0.
    Empty,
    Text(Cow<'a, str>),
    Decimal(Decimal),
    Integer(i32),
    Boolean(bool),
}

impl<'a> Cell<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }
}

impl Fact {
    pub(super) fn new(
        english: &'static str,
        indonesian: &'static str,
        value: impl Into<String>,
    ) -> Self {
        Self { name: Words { english, indonesian }, value: value.into() }
    }
}

/// What the rows of a file are of, in its name: one cycle, or all.
pub(super) fn subject(cycle: Option<&CycleId>) -> String {
    cycle.map_or_else(|| "all".to_owned(), CycleId::to_string)
}

/// A time as files have it, as precise as it is kept.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
