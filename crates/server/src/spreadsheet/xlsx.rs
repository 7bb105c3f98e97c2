//! Workbooks (XLSX), one sheet of them.

use std::{
    io::{Cursor, Read as _},
    ops::ControlFlow,
};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};
use takar_domain::{fault::Fault, import::Cell};

use super::{Limited, OnRow, check_columns, text_cell, unreadable};

/// The most bytes of all parts of a workbook together, unpacked: 100,000 rows of eleven cells come to
/// some 70 MB of XML. Beyond that it is taken for an archive that unfolds without end.
pub(super) const UNPACKED_MAX_BYTES: u64 = 96 * 1024 * 1024;

/// The most parts of a workbook: a sheet is one, and few have more than some dozens.
pub(super) const PARTS_MAX: usize = 1_000;

/// The most digits of a number: spreadsheets keep no more, and a longer one is not what was typed.
const DIGITS_MAX: usize = 15;

/// How many names of sheets are told.
const NAMES_SHOWN_MAX: usize = 20;

/// Reads the rows of the sheet of this name, or of the only visible one.
///
/// # Errors
/// A [`Fault`] where it is no workbook, has no such sheet, or is beyond the limits.
pub(super) fn read(data: &[u8], sheet: &str, rows: &mut Limited<impl OnRow>) -> Result<(), Fault> {
    check_unpacked(data)?;
    let mut workbook = Xlsx::new(Cursor::new(data)).map_err(|error| broken(&error))?;
    let sheet = choose(&workbook, sheet)?;
    // Cell by cell: the library's own tables have a place for every cell up to the last one, and that
    // may be the last of all.
    let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(|error| broken(&error))?;
    let is_percentage: Vec<_> = reader.styles().iter().map(is_percentage).collect();
    let mut row = RowCells::default();
    loop {
        let next = reader.next_cell_with_style_id().map_err(|error| broken(&error))?;
        let Some((next, style)) = next else { break };
        let (index, column) = next.get_position();
        if index != row.index {
            if row.hand_on(rows)? == ControlFlow::Break(()) {
                return Ok(());
            }
            row.begin(index)?;
        }
        let is_percentage = is_percentage.get(style).copied().unwrap_or(false);
        row.put(column, cell(next.get_value(), is_percentage))?;
    }
    row.hand_on(rows).map(drop)
}

/// The row that is being read.
#[derive(Default)]
struct RowCells<'a> {
    /// Its place, from 0.
    index: u32,
    cells: Vec<Cell<'a>>,
}

impl<'a> RowCells<'a> {
    fn number(&self) -> u32 {
        self.index.saturating_add(1)
    }

    fn begin(&mut self, index: u32) -> Result<(), Fault> {
        if index < self.index {
            return Err(unreadable(format_args!("row {index}"), "rows in their order"));
        }
        self.index = index;
        self.cells.clear();
        Ok(())
    }

    fn put(&mut self, column: u32, cell: Cell<'a>) -> Result<(), Fault> {
        if cell == Cell::Empty {
            return Ok(());
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        check_columns(self.number(), column.saturating_add(1))?;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Empty);
        }
        self.cells[column] = cell;
        Ok(())
    }

    fn hand_on(&self, rows: &mut Limited<impl OnRow>) -> Result<ControlFlow<()>, Fault> {
        rows.row(self.number(), &self.cells)
    }
}

fn choose(workbook: &Xlsx<Cursor<&[u8]>>, asked: &str) -> Result<String, Fault> {
    let sheets = workbook.sheets_metadata();
    let tables = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names = |visible_only: bool| {
        let shown = tables
            .clone()
            .filter(move |sheet| !visible_only || sheet.visible == SheetVisible::Visible);
        shown.map(|sheet| sheet.name.as_str()).collect::<Vec<_>>()
    };
    let fault = |names: &[&str]| {
        let listed = names.iter().take(NAMES_SHOWN_MAX).map(|name| format!("{name:?}"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        let allowed = format!("the name of one of its {} sheets: {listed}", names.len());
        Fault::new(asked, allowed).at("sheet")
    };
    if asked.is_empty() {
        let visible = names(true);
        return match visible.as_slice() {
            [only] => Ok((*only).to_owned()),
            several => Err(fault(several)),
        };
    }
    let all = names(false);
    if all.contains(&asked) { Ok(asked.to_owned()) } else { Err(fault(&all)) }
}

fn is_percentage(style: &calamine::Style) -> bool {
    style.number_format.as_ref().is_some_and(|format| format.format_code.contains('%'))
}

fn cell<'a>(value: &DataRef<'a>, is_percentage: bool) -> Cell<'a> {
    let other = |shown: String, allowed| Cell::Other { shown, allowed };
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::SharedString(text) => text_cell(*text),
        DataRef::String(text) => text_cell(text.clone()),
        DataRef::Bool(value) => Cell::Boolean(*value),
        // 85 % is kept as 0.85, which another column's scale may well have.
        DataRef::Float(number) if is_percentage => {
            other(format!("{number} (%)"), "a number that is not formatted as a percentage")
        }
        DataRef::Int(number) => number_cell(number.to_string()),
        DataRef::Float(number) => number_cell(number.to_string()),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            other(format!("{year}-{month:02}-{day:02}"), "a text or a number, not a date")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            other(text.clone(), "a text or a number, not a date")
        }
        DataRef::Error(error) => other(error.to_string(), "a value, not an error"),
    }
}

/// A number in its shortest form; Rust writes it without an exponent.
pub(super) fn number_cell<'a>(digits: String) -> Cell<'a> {
    let significant = digits.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
    let is_plain = !digits.contains(['N', 'i']);
    if is_plain && significant.count() <= DIGITS_MAX {
        Cell::Number(digits)
    } else {
        Cell::Other {
            shown: digits,
            allowed: "a number of at most 15 digits, or a text; a spreadsheet keeps no more digits",
        }
    }
}

fn broken(error: &XlsxError) -> Fault {
    unreadable(error, "a workbook (.xlsx) without a password")
}

/// Unpacks every part, and keeps nothing: what an archive says of its sizes may be wrong.
pub(super) fn check_unpacked(data: &[u8]) -> Result<(), Fault> {
    let refused = || unreadable("an archive that can't be read", "a workbook (.xlsx)");
    let archive = ZipArchive::from_slice(data).map_err(|_| refused())?;
    let mut entries = archive.entries();
    let mut places = Vec::new();
    while let Some(entry) = entries.next_entry().map_err(|_| refused())? {
        if places.len() == PARTS_MAX {
            return Err(unreadable("a workbook", format!("at most {PARTS_MAX} parts")));
        }
        places.push((entry.wayfinder(), entry.compression_method()));
    }
    let mut left = UNPACKED_MAX_BYTES;
    for (place, method) in places {
        let packed = archive.get_entry(place).map_err(|_| refused())?;
        let bytes = match method {
            CompressionMethod::STORE => packed.data().len() as u64,
            CompressionMethod::DEFLATE => unpacked_bytes(packed.data(), left),
            _ => return Err(refused()),
        };
        left = left.checked_sub(bytes).ok_or_else(|| {
            let allowed = format!("at most {UNPACKED_MAX_BYTES} bytes when it is unpacked");
            unreadable("a workbook", allowed)
        })?;
    }
    Ok(())
}

/// How much a part unpacks to, up to one more than the limit. Damage is left to the reader to find,
/// which comes no further than here.
fn unpacked_bytes(packed: &[u8], limit: u64) -> u64 {
    let mut unpacked = DeflateDecoder::new(packed).take(limit + 1);
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        match unpacked.read(&mut buffer) {
            Ok(0) | Err(_) => return bytes,
            Ok(count) => bytes += count as u64,
        }
    }
}
