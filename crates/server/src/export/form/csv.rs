//! CSV (RFC 4180), which of observations is SDMX-CSV 2.0.0 too.
//!
//! There is no byte order mark, as in the gateway's lists: most programs would read it as part of the
//! first column's name.

use std::{borrow::Cow, io};

use csv::{Terminator, Writer, WriterBuilder};

use super::{Form, finish};
use crate::export::{
    sink::Sink,
    table::{Cell, Table},
};

/// With what a spreadsheet takes a text for a formula, by OWASP's list for CSV injection; some read
/// the wide forms alike.
const FORMULA_BEGINNINGS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The columns with which a row of SDMX-CSV begins: what it is of, and that it is for information.
const STRUCTURE_COLUMNS: [&str; 3] = ["STRUCTURE", "STRUCTURE_ID", "ACTION"];

pub(super) struct Csv {
    writer: Writer<Sink>,
    /// What each row begins with.
    beginning: Vec<String>,
}

impl Csv {
    pub(super) fn begin(table: &Table, sink: Sink) -> io::Result<Self> {
        let writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(sink);
        let beginning = match table.flow {
            Some(flow) => vec!["dataflow".to_owned(), flow.reference(), "I".to_owned()],
            None => Vec::new(),
        };
        let mut csv = Self { writer, beginning };
        let structure = STRUCTURE_COLUMNS.iter().take(csv.beginning.len()).copied();
        let columns = table.columns.iter().map(|column| column.id);
        csv.writer.write_record(structure.chain(columns))?;
        Ok(csv)
    }
}

impl Form for Csv {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for field in &self.beginning {
            self.writer.write_field(field)?;
        }
        for cell in cells {
            self.writer.write_field(text(cell).as_ref())?;
        }
        // The end of the record.
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        finish(self.writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }
}

fn text<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) if text.starts_with(FORMULA_BEGINNINGS) => Cow::Owned(format!("'{text}")),
        Cell::Text(text) => Cow::Borrowed(text),
        Cell::Decimal(decimal) => Cow::Owned(decimal.to_string()),
        Cell::Integer(integer) => Cow::Owned(integer.to_string()),
        Cell::Boolean(boolean) => Cow::Borrowed(if *boolean { "true" } else { "false" }),
    }
}
