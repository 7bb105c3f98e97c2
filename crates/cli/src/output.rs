//! Answers to standard output.

use std::{
    borrow::Cow,
    io::{self, Write as _},
};

use prost::Message;

use crate::{contract, error::Error};

/// Writes to standard output.
///
/// # Errors
/// [`Error::Output`]; a broken pipe among them, which is no failure (`| head`).
pub(crate) fn write(text: &str) -> Result<(), Error> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Error::Output)
}

/// Tells a person something on standard error.
///
/// Where nobody reads that any more, there is nobody to tell, and the work goes on.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a message of the contract as JSON to standard output.
///
/// # Errors
/// As [`write()`].
pub(crate) fn write_json(message: &impl Message, name: &str) -> Result<(), Error> {
    let json = contract::json(message, name).map_err(|error| Error::Output(error.into()))?;
    write(&format!("{json}\n"))
}

/// Writes rows as CSV to standard output.
///
/// # Errors
/// As [`write()`].
pub(crate) fn write_csv(
    columns: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<(), Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let wrong = |error: csv::Error| Error::Output(io::Error::other(error));
    writer.write_record(columns).map_err(wrong)?;
    for row in rows {
        let cells = row.iter().map(|cell| harmless(cell));
        writer.write_record(cells.map(|cell| cell.as_bytes().to_vec())).map_err(wrong)?;
    }
    let csv = writer.into_inner().map_err(|error| Error::Output(error.into_error()))?;
    write(&String::from_utf8_lossy(&csv))
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

fn is_number(cell: &str) -> bool {
    contract::is_unsigned_decimal(cell.strip_prefix(['+', '-']).unwrap_or(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_harmless_and_a_number_stays() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+62 812", "'+62 812"),
            ("-cmd", "'-cmd"),
            ("@sum(a1)", "'@sum(a1)"),
            ("\tx", "'\tx"),
            ("-0.01", "-0.01"),
            ("+1", "+1"),
            ("-1.", "'-1."),
            ("33.05", "33.05"),
            ("Smart = good", "Smart = good"),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }
}
