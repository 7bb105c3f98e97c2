//! Workbooks of Excel, whose rows go to temporary files as they come.
//!
//! The file is put together when the last row is there, and sent while that is done.

use std::io;

use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Form, finish};
use crate::export::{
    sink::Sink,
    structure::{AGENCY, Column, Words},
    table::{Cell, Fact, MADE_BY, Table, time},
};

/// The rows of a sheet, the header's among them, as Excel has it.
pub(super) const SHEET_ROWS_MAX: u32 = 1_048_576;

/// The most decimals of a cell: those of unrounded values.
const DECIMALS_MAX: usize = 6;

/// How wide columns are, in characters: enough for most codes and values.
const COLUMN_WIDTH: f64 = 16.0;

/// The sheet that tells of the others.
const METADATA: &str = "Metadata";

pub(super) struct Xlsx {
    sink: Sink,
    workbook: Workbook,
    table: Table,
    header: Format,
    /// How numbers are shown, by their decimals.
    decimals: Vec<Format>,
    /// The most rows of a sheet, the header's among them.
    sheet_rows_max: u32,
    /// The sheet that is written to, and its next row.
    sheet: usize,
    row: u32,
}

impl Xlsx {
    /// Begins a workbook whose sheets have at most so many rows, the header's among them.
    pub(super) fn begin(table: Table, sheet_rows_max: u32, sink: Sink) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let created = ExcelDateTime::from_timestamp(table.as_of.timestamp())?;
        let properties = DocProperties::new()
            .set_title(table.title.english)
            .set_author(MADE_BY)
            .set_company(AGENCY.indonesian)
            .set_creation_datetime(&created);
        workbook.set_properties(&properties);
        let decimals = (0..=DECIMALS_MAX).map(|decimals| {
            let zeros = "0".repeat(decimals);
            Format::new().set_num_format(if decimals == 0 {
                "0".to_owned()
            } else {
                format!("0.{zeros}")
            })
        });
        let mut xlsx = Self {
            sink,
            workbook,
            table,
            header: Format::new().set_bold(),
            decimals: decimals.collect(),
            sheet_rows_max,
            sheet: 0,
            row: 0,
        };
        xlsx.begin_sheet()?;
        xlsx.workbook.add_worksheet().set_name(METADATA)?;
        Ok(xlsx)
    }

    /// Begins the first sheet of data, or a further one.
    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        // The second sheet is that of metadata.
        let (index, name) = match self.workbook.worksheets().len() {
            0 => (0, "Data".to_owned()),
            count => (count, format!("Data {count}")),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (position, column) in (0_u16..).zip(&self.table.columns) {
            sheet.set_column_width(position, COLUMN_WIDTH)?;
            sheet.write_string_with_format(0, position, column.id, &self.header)?;
        }
        (self.sheet, self.row) = (index, 1);
        Ok(())
    }

    fn write_row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        if self.row == self.sheet_rows_max {
            self.begin_sheet()?;
        }
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    sheet.write_string(self.row, column, &**text)?;
                }
                Cell::Decimal(decimal) => {
                    let decimals = decimal.scale().to_usize().unwrap_or_default();
                    let format = &self.decimals[decimals.min(DECIMALS_MAX)];
                    sheet.write_number_with_format(self.row, column, number(*decimal)?, format)?;
                }
                Cell::Integer(integer) => {
                    sheet.write_number(self.row, column, *integer)?;
                }
                Cell::Boolean(boolean) => {
                    sheet.write_boolean(self.row, column, *boolean)?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Writes what is known of the file: facts, then the columns, then the codes.
    fn write_metadata(&mut self) -> Result<(), XlsxError> {
        let Self { workbook, table, header, .. } = self;
        let sheet = workbook.worksheet_from_name(METADATA)?;
        for (position, width) in [(0, 24.0), (1, 32.0), (2, 60.0), (3, 60.0)] {
            sheet.set_column_width(position, width)?;
        }
        let mut rows = Rows { sheet, header, row: 0 };
        let own = [
            Fact::new("Title", "Judul", table.title.english),
            Fact::new("As of", "Keadaan per", time(table.as_of)),
            Fact::new("Made by", "Dibuat oleh", MADE_BY),
            Fact::new("Publisher", "Penerbit", AGENCY.indonesian),
        ];
        for Fact { name, value } in own.iter().chain(&table.facts) {
            rows.write(&[name.english, name.indonesian, value])?;
        }
        rows.head(&["Column / Kolom", "", "Meaning", "Arti"])?;
        for Column { id, words: Words { english, indonesian }, .. } in &table.columns {
            rows.write(&[id, "", english, indonesian])?;
        }
        rows.head(&["Column / Kolom", "Code / Kode", "Meaning", "Arti"])?;
        for column in &table.columns {
            for code in column.content.codes().unwrap_or_default() {
                rows.write(&[column.id, &code.id, &code.english, &code.indonesian])?;
            }
        }
        Ok(())
    }
}

impl Form for Xlsx {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.write_row(cells).map_err(io::Error::other)
    }

    fn note(&mut self, fact: Fact) {
        self.table.facts.push(fact);
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.write_metadata().map_err(io::Error::other)?;
        self.workbook.save_to_writer(&mut self.sink).map_err(io::Error::other)?;
        finish(self.sink)
    }
}

/// Rows of text, one below the other.
struct Rows<'a> {
    sheet: &'a mut Worksheet,
    header: &'a Format,
    row: u32,
}

impl Rows<'_> {
    fn write(&mut self, texts: &[&str]) -> Result<(), XlsxError> {
        for (column, text) in (0_u16..).zip(texts).filter(|(_, text)| !text.is_empty()) {
            self.sheet.write_string(self.row, column, *text)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The head of a further part, after an empty row.
    fn head(&mut self, texts: &[&str]) -> Result<(), XlsxError> {
        self.row += 1;
        for (column, text) in (0_u16..).zip(texts).filter(|(_, text)| !text.is_empty()) {
            self.sheet.write_string_with_format(self.row, column, *text, self.header)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// A decimal as the number that Excel has.
///
/// The file holds it as text, the shortest that stands for the number: of a decimal with at most 15
/// digits that is the decimal itself.
fn number(decimal: Decimal) -> Result<f64, XlsxError> {
    let number = decimal.to_f64();
    number.ok_or_else(|| XlsxError::ParameterError(format!("{decimal} is no number of Excel")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_written_as_the_decimal_that_it_stands_for(
            mantissa in -999_999_999_999_999_i64..=999_999_999_999_999,
            scale in 0_u32..=6,
        ) {
            let decimal = Decimal::new(mantissa, scale);
            prop_assert_eq!(number(decimal).unwrap().to_string(), decimal.normalize().to_string());
        }
    }
}
