//! The forms of a file: how a table becomes bytes.

mod csv;
mod json_lines;
mod sdmx_json;
mod sdmx_json_1;
mod xlsx;

#[cfg(test)]
mod tests;

use std::io::{self, Write as _};

use takar_proto::v1;

use self::{
    csv::Csv,
    json_lines::JsonLines,
    sdmx_json::SdmxJson,
    sdmx_json_1::SdmxJson1,
    xlsx::{SHEET_ROWS_MAX, Xlsx},
};
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
    SdmxJson1,
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
    pub(super) const ALL: [Self; 5] =
        [Self::Csv, Self::Xlsx, Self::JsonLines, Self::SdmxJson, Self::SdmxJson1];

    /// The format of a request; CSV where it names none.
    pub(super) const fn of(format: v1::ExportFormat) -> Self {
        match format {
            v1::ExportFormat::Unspecified | v1::ExportFormat::Csv => Self::Csv,
            v1::ExportFormat::Xlsx => Self::Xlsx,
            v1::ExportFormat::JsonLines => Self::JsonLines,
            v1::ExportFormat::SdmxJson => Self::SdmxJson,
            v1::ExportFormat::SdmxJson1 => Self::SdmxJson1,
        }
    }

    /// What a request calls it.
    pub(super) const fn wire(self) -> v1::ExportFormat {
        match self {
            Self::Csv => v1::ExportFormat::Csv,
            Self::Xlsx => v1::ExportFormat::Xlsx,
            Self::JsonLines => v1::ExportFormat::JsonLines,
            Self::SdmxJson => v1::ExportFormat::SdmxJson,
            Self::SdmxJson1 => v1::ExportFormat::SdmxJson1,
        }
    }

    /// Whether rows are observations there, and nothing else.
    pub(super) const fn is_sdmx_json(self) -> bool {
        matches!(self, Self::SdmxJson | Self::SdmxJson1)
    }

    /// Its media type, with what tells readers how to read it.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::JsonLines => "application/x-ndjson",
            Self::SdmxJson => "application/vnd.sdmx.data+json; version=2.0.0",
            Self::SdmxJson1 => "application/vnd.sdmx.data+json; version=1.0.0-wd",
        }
    }

    /// How names of its files end.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::JsonLines => "jsonl",
            Self::SdmxJson => "sdmx.json",
            Self::SdmxJson1 => "sdmx1.json",
        }
    }

    /// Begins a file.
    pub(super) fn begin(self, table: Table, sink: Sink) -> io::Result<Box<dyn Form>> {
        Ok(match self {
            Self::Csv => Box::new(Csv::begin(&table, sink)?),
            Self::Xlsx => {
                Box::new(Xlsx::begin(table, SHEET_ROWS_MAX, sink).map_err(io::Error::other)?)
            }
            Self::JsonLines => Box::new(JsonLines::begin(&table, sink)),
            Self::SdmxJson => Box::new(SdmxJson::begin(table, sink)?),
            Self::SdmxJson1 => Box::new(SdmxJson1::begin(table, sink)?),
        })
    }
}

/// Writes what is left of a piece.
fn finish(mut sink: Sink) -> io::Result<()> {
    sink.flush()
}
