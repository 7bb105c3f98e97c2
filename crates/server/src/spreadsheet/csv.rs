//! CSV in UTF-8 (RFC 4180), with `,` or `;` between cells.

use std::ops::ControlFlow;

use csv::{ByteRecord, ReaderBuilder};
use takar_domain::{fault::Fault, import::Cell};

use super::{Limited, OnRow, check_columns, text_cell, unreadable};

/// What Windows programs put first.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How UTF-16 begins, which old programs call "Unicode text".
const UTF_16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Reads all rows.
///
/// # Errors
/// A [`Fault`] where it is no CSV of ours or beyond the limits.
pub(super) fn read(data: &[u8], rows: &mut Limited<impl OnRow>) -> Result<(), Fault> {
    if UTF_16_MARKS.iter().any(|mark| data.starts_with(mark)) {
        return Err(unreadable("UTF-16", "text in UTF-8; a spreadsheet saves it as CSV UTF-8"));
    }
    let data = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(data))
        .from_reader(data);
    let mut record = ByteRecord::new();
    let mut number = 0;
    loop {
        let begin = byte(&reader);
        let is_row = reader.read_byte_record(&mut record);
        if !is_row.map_err(|error| unreadable(error, "CSV"))? {
            return Ok(());
        }
        number += 1 + blank_lines(data, begin, byte(&reader));
        check_columns(number, record.len())?;
        let cells: Vec<_> = record.iter().map(cell).collect();
        if rows.row(number, &cells)? == ControlFlow::Break(()) {
            return Ok(());
        }
    }
}

/// What stands between the cells of the first line: our columns' names contain neither.
fn delimiter(data: &[u8]) -> u8 {
    let line = data.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty());
    if line.is_some_and(|line| line.contains(&b';')) { b';' } else { b',' }
}

fn byte(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// How many empty lines stand before a record, which the library leaves out; a spreadsheet counts them.
fn blank_lines(data: &[u8], begin: usize, end: usize) -> u32 {
    let record = data.get(begin..end).unwrap_or_default();
    let breaks = record.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    let lines = breaks.filter(|byte| **byte == b'\n').count();
    // The second half of the line break before belongs to the row before.
    let before = begin.checked_sub(1).and_then(|before| data.get(before));
    let is_half = before == Some(&b'\r') && record.first() == Some(&b'\n');
    u32::try_from(lines - usize::from(is_half)).unwrap_or(u32::MAX)
}

fn cell(bytes: &[u8]) -> Cell<'_> {
    match str::from_utf8(bytes) {
        Ok(text) => text_cell(text),
        Err(_) => Cell::Other {
            shown: String::from_utf8_lossy(bytes).chars().take(100).collect(),
            allowed: "text in UTF-8; a spreadsheet saves it as CSV UTF-8",
        },
    }
}
