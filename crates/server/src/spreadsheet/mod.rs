//! The rows of a CSV or XLSX file, as a spreadsheet shows them.
//!
//! [`csv`] and [`xlsx`] hand one row after the other to whoever reads them, with the number by which a
//! spreadsheet counts it; rows without content are left out. What a file can make us hold is bounded
//! here, as a small file can unfold to any size.

mod csv;
mod xlsx;

use std::ops::ControlFlow;

use takar_domain::{
    evidence_file::{FILE_MAX_BYTES, MediaType},
    fault::Fault,
    import::{Cell, ROWS_MAX},
};

/// The most columns: no kind of file has a tenth of them, and notes beside a table are told of as such.
const COLUMNS_MAX: usize = 200;

/// The longest cell, in characters: what Excel itself holds. No column takes nearly as much.
const CELL_MAX_CHARACTERS: usize = 32_767;

/// Takes one row, and says whether to go on.
pub(crate) trait OnRow: FnMut(u32, &[Cell<'_>]) -> ControlFlow<()> {}

impl<F: FnMut(u32, &[Cell<'_>]) -> ControlFlow<()>> OnRow for F {}

/// Reads a file of this media type, which may have parameters; `sheet` names one of a workbook.
///
/// # Errors
/// A [`Fault`] of `file.content_type`, `file.data` or `sheet`.
pub(crate) fn read(
    content_type: &str,
    data: &[u8],
    sheet: &str,
    on_row: impl OnRow,
) -> Result<(), Fault> {
    check_size(data.len())?;
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |media_type: MediaType| essence == media_type.as_str();
    let mut limited = Limited { rows: 0, on_row };
    if is(MediaType::Csv) {
        if !sheet.is_empty() {
            return Err(Fault::new(sheet, "an empty text, as CSV has no sheets").at("sheet"));
        }
        csv::read(data, &mut limited)
    } else if is(MediaType::Spreadsheet) {
        xlsx::read(data, sheet, &mut limited)
    } else {
        let allowed = format!("{} or {}", MediaType::Csv, MediaType::Spreadsheet);
        Err(Fault::new(content_type, allowed).at("file.content_type"))
    }
}

fn check_size(bytes: usize) -> Result<(), Fault> {
    if u64::try_from(bytes).is_ok_and(|bytes| (1..=FILE_MAX_BYTES).contains(&bytes)) {
        return Ok(());
    }
    let allowed = format!("a file of 1 to {FILE_MAX_BYTES} bytes");
    Err(unreadable(format_args!("{bytes} bytes"), allowed))
}

/// A file that can't be read.
fn unreadable(value: impl std::fmt::Display, allowed: impl Into<String>) -> Fault {
    Fault::new(value, allowed).at("file.data")
}

/// Hands rows on, as many as a file may have.
struct Limited<F> {
    rows: usize,
    on_row: F,
}

impl<F: OnRow> Limited<F> {
    /// Hands on a row with content; whether to go on.
    fn row(&mut self, number: u32, cells: &[Cell<'_>]) -> Result<ControlFlow<()>, Fault> {
        if cells.iter().all(|cell| *cell == Cell::Empty) {
            return Ok(ControlFlow::Continue(()));
        }
        // The columns' names are a row more.
        if self.rows > ROWS_MAX {
            let allowed = format!("at most {ROWS_MAX} rows below the first one");
            return Err(unreadable(format_args!("row {number}"), allowed));
        }
        self.rows += 1;
        Ok((self.on_row)(number, cells))
    }
}

fn check_columns(number: u32, count: usize) -> Result<(), Fault> {
    if count <= COLUMNS_MAX {
        return Ok(());
    }
    let allowed = format!("at most {COLUMNS_MAX} columns");
    Err(unreadable(format_args!("row {number}"), allowed))
}

/// A cell with a text that is not too long.
fn text_cell<'a>(text: impl Into<std::borrow::Cow<'a, str>>) -> Cell<'a> {
    let text = text.into();
    // A character has a byte at least.
    if text.len() > CELL_MAX_CHARACTERS && text.chars().count() > CELL_MAX_CHARACTERS {
        let shown = text.chars().take(CELL_MAX_CHARACTERS).collect();
        return Cell::Other {
            shown,
            allowed: "at most 32767 characters; a quotation mark may not be closed",
        };
    }
    Cell::text(text)
}

#[cfg(test)]
mod tests;
