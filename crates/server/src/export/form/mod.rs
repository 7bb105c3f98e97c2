//! The forms of a file: how a table becomes bytes.

mod csv;
mod json_lines;
mod sdmx_json;
mod xlsx;

use std::io::{self, Write as _};

use takar_proto::v1;

use self::{csv::Csv, json_lines::JsonLines, sdmx_json::SdmxJson, xlsx::Xlsx};
use super::{
    sink::Sink,
    table::{Cell, Fact, Table},
};

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Xlsx,
    JsonLines,
    SdmxJson,
}

/// What writes a table row by row, and holds no more than a few of them.
pub(super) trait Form {
    /// Writes a row, a cell for each column.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;

    /// Takes what was found while the rows were written, where there is room for it.
    fn note(&mut self, _fact: Fact) {}

    /// Writes the end.
    fn end(self: Box<Self>) -> io::Result<()>;
}

impl Format {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Csv, Self::Xlsx, Self::JsonLines, Self::SdmxJson];

    /// The format of a request; CSV where it names none.
    pub(super) const fn of(format: v1::ExportFormat) -> Self {
        match format {
            v1::ExportFormat::Unspecified | v1::ExportFormat::Csv => Self::Csv,
            v1::ExportFormat::Xlsx => Self::Xlsx,
            v1::ExportFormat::JsonLines => Self::JsonLines,
            v1::ExportFormat::SdmxJson => Self::SdmxJson,
        }
    }

    /// What a request calls it.
    pub(super) const fn wire(self) -> v1::ExportFormat {
        match self {
            Self::Csv => v1::ExportFormat::Csv,
            Self::Xlsx => v1::ExportFormat::Xlsx,
            Self::JsonLines => v1::ExportFormat::JsonLines,
            Self::SdmxJson => v1::ExportFormat::SdmxJson,
        }
    }

    /// Its media type, with what tells readers how to read it.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::JsonLines => "application/x-ndjson",
            Self::SdmxJson => "application/vnd.sdmx.data+json; version=2.0.0",
        }
    }

    /// How names of its files end.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::JsonLines => "jsonl",
            Self::SdmxJson => "sdmx.json",
        }
    }

    /// Begins a file.
    pub(super) fn begin(self, table: Table, sink: Sink) -> io::Result<Box<dyn Form>> {
        Ok(match self {
            Self::Csv => Box::new(Csv::begin(&table, sink)?),
            Self::Xlsx => Box::new(Xlsx::begin(table, sink).map_err(io::Error::other)?),
            Self::JsonLines => Box::new(JsonLines::begin(&table, sink)),
            Self::SdmxJson => Box::new(SdmxJson::begin(table, sink)?),
        })
    }
}

/// Writes what is left of a piece.
fn finish(mut sink: Sink) -> io::Result<()> {
    sink.flush()
}
