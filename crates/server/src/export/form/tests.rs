use std::io::Cursor;

use bytes::Bytes;
use calamine::{Data, Reader as _, Xlsx as Workbook};
use chrono::DateTime;
use rust_decimal::Decimal;
use tokio::sync::mpsc;

use super::*;
use crate::export::{
    codes::{attribute, coded, dimension},
    structure::{Column, Content, Flow, Role, Words},
};

/// More pieces than any file here has.
const PIECES: usize = 1_000;

const WORDS: Words = Words { english: "Things", indonesian: "Benda" };

/// A region, a text, a value and a count.
fn table() -> Table {
    let regions = [("33.05", "Kebumen", "Kebumen"), ("35.71", "Kediri", "Kediri")];
    let value = attribute("OBS_VALUE", "Value", "Nilai", Content::Decimal);
    let as_of = attribute("AS_OF", "As of", "Keadaan per", Content::Time);
    let made_by = attribute("MADE_BY", "Made by", "Dibuat oleh", Content::Text);
    Table {
        name: "things",
        flow: Some(Flow { id: "THINGS", words: WORDS }),
        title: WORDS,
        subject: "2022".to_owned(),
        columns: vec![
            dimension("REF_AREA", "Region", "Daerah", coded(&regions)),
            attribute("NAME", "Name", "Nama", Content::Text),
            Column { role: Role::Measure, ..value },
            attribute("REVISION", "Revision", "Revisi", Content::Integer),
            Column { role: Role::OfFile, ..as_of },
            Column { role: Role::OfFile, ..made_by },
        ],
        as_of: DateTime::UNIX_EPOCH,
        is_simulated: false,
        facts: Vec::new(),
    }
}

fn row<'a>(region: &'a str, name: &'a str, value: &str, revision: i32) -> [Cell<'a>; 6] {
    let value = value.parse::<Decimal>().map_or(Cell::Empty, Cell::Decimal);
    let (as_of, made_by) = (Cell::text("1970-01-01T00:00:00Z"), Cell::text("takar"));
    [Cell::text(region), Cell::text(name), value, Cell::Integer(revision), as_of, made_by]
}

/// The bytes of a file that a form is begun for and writes these rows to.
fn written(
    begin: impl FnOnce(Sink) -> io::Result<Box<dyn Form>>,
    rows: &[[Cell<'_>; 6]],
) -> Vec<u8> {
    let (pieces_in, mut pieces) = mpsc::channel::<Bytes>(PIECES);
    let mut form = begin(Sink::new(pieces_in)).unwrap();
    for row in rows {
        form.row(row).unwrap();
    }
    form.end().unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.blocking_recv() {
        bytes.extend(piece);
    }
    bytes
}

fn text(format: Format, rows: &[[Cell<'_>; 6]]) -> String {
    let bytes = written(|sink| format.begin(table(), sink), rows);
    String::from_utf8(bytes).unwrap()
}

fn workbook(sheet_rows_max: u32, rows: &[[Cell<'_>; 6]]) -> Workbook<Cursor<Vec<u8>>> {
    let begin = |sink| -> io::Result<Box<dyn Form>> {
        Ok(Box::new(Xlsx::begin(table(), sheet_rows_max, sink).map_err(io::Error::other)?))
    };
    Workbook::new(Cursor::new(written(begin, rows))).unwrap()
}

#[test]
fn a_sheet_that_is_full_goes_on_in_a_further_one() {
    // Three rows below the header.
    let sheet_rows_max = 4;
    let data = |count: i32| (1..=count).map(|number| row("33.05", "Kebumen", "1.50", number));
    for (count, sheets) in [
        (0, vec![("Data", 0)]),
        (2, vec![("Data", 2)]),
        (3, vec![("Data", 3)]),
        (4, vec![("Data", 3), ("Data 2", 1)]),
        (6, vec![("Data", 3), ("Data 2", 3)]),
        (7, vec![("Data", 3), ("Data 2", 3), ("Data 3", 1)]),
    ] {
        let mut book = workbook(sheet_rows_max, &data(count).collect::<Vec<_>>());
        let mut names = book.sheet_names();
        assert_eq!(names.remove(1), "Metadata", "always the second");
        assert_eq!(names, sheets.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{count}");
        let mut revisions = Vec::new();
        for (name, rows) in sheets {
            let range = book.worksheet_range(name).unwrap();
            let mut rows_found = range.rows();
            let header = rows_found.next().unwrap();
            assert_eq!(header[..2], ["REF_AREA", "NAME"].map(|id| Data::String(id.to_owned())));
            let found: Vec<_> = rows_found.map(|row| row[3].to_string()).collect();
            assert_eq!(found.len(), rows, "{name} of {count}");
            revisions.extend(found);
        }
        assert_eq!(revisions, (1..=count).map(|number| number.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn excel_has_as_many_rows_as_a_sheet_is_given() {
    assert_eq!(SHEET_ROWS_MAX, 1 << 20);
}

#[test]
fn a_text_that_a_spreadsheet_would_run_is_a_text_in_csv() {
    for beginning in
        ["=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}"]
    {
        let name = format!("{beginning}HYPERLINK(\"https://takar.test\")");
        let csv = text(Format::Csv, &[row("33.05", &name, "1.50", 1)]);
        let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(record[4], format!("'{name}"), "{beginning:?}");
    }
    for harmless in ["Kebumen", "a=b", "'=", " =1", "3-4"] {
        let csv = text(Format::Csv, &[row("33.05", harmless, "1.50", 1)]);
        let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(&reader.records().next().unwrap().unwrap()[4], harmless);
    }
}

#[test]
fn a_negative_number_stays_a_number() {
    let rows = [row("33.05", "Kebumen", "-0.25", -1)];
    let csv = text(Format::Csv, &rows);
    assert!(csv.contains(",Kebumen,-0.25,-1,"), "{csv}");
    let mut book = workbook(SHEET_ROWS_MAX, &rows);
    let range = book.worksheet_range("Data").unwrap();
    assert_eq!(range.get((1, 2)), Some(&Data::Float(-0.25)));
}

#[test]
fn what_looks_like_a_formula_is_a_text_in_a_workbook() {
    let rows = [row("33.05", "=1+1", "1.50", 1)];
    let mut book = workbook(SHEET_ROWS_MAX, &rows);
    let range = book.worksheet_range("Data").unwrap();
    assert_eq!(range.get((1, 1)), Some(&Data::String("=1+1".to_owned())));
    let formulas = book.worksheet_formula("Data").unwrap();
    assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()));
}

#[test]
fn a_message_of_sdmx_json_1_has_indexes_and_behind_them_what_they_stand_for() {
    let rows = [row("35.71", "Kediri", "3.31", 2), row("33.05", "Kebumen", "", 1)];
    let message: serde_json::Value = serde_json::from_str(&text(Format::SdmxJson1, &rows)).unwrap();
    assert_eq!(
        message["dataSets"][0]["observations"],
        serde_json::json!({"1": [3.31, 0], "0": [null, 1]})
    );
    let attributes = &message["structure"]["attributes"];
    let ids = |list: &serde_json::Value| -> Vec<String> {
        let values = list["values"].as_array().unwrap().iter();
        values.map(|value| value["id"].as_str().unwrap().to_owned()).collect()
    };
    // The text has no place there.
    assert_eq!(attributes["observation"].as_array().unwrap().len(), 1);
    assert_eq!(ids(&attributes["observation"][0]), ["2", "1"]);
    assert_eq!(ids(&message["structure"]["dimensions"]["observation"][0]), ["33.05", "35.71"]);
    let of_file = attributes["dataSet"].as_array().unwrap().iter().flat_map(ids);
    assert_eq!(
        of_file.collect::<Vec<_>>(),
        ["1970-01-01T00:00:00.000000Z", crate::export::table::MADE_BY]
    );
    assert_eq!(message["dataSets"][0]["attributes"], serde_json::json!([0, 0]));
}

#[test]
fn what_is_not_in_its_list_ends_a_message() {
    for format in [Format::SdmxJson, Format::SdmxJson1] {
        let (pieces_in, _pieces) = mpsc::channel(PIECES);
        let mut form = format.begin(table(), Sink::new(pieces_in)).unwrap();
        let error = form.row(&row("12.34", "Nowhere", "1.00", 1)).unwrap_err();
        assert_eq!(error.to_string(), "REF_AREA 12.34 is not in its list");
    }
}

#[test]
fn an_empty_file_of_each_form_is_whole() {
    for format in [Format::SdmxJson, Format::SdmxJson1] {
        let message: serde_json::Value = serde_json::from_str(&text(format, &[])).unwrap();
        assert!(message.is_object());
    }
    assert_eq!(text(Format::Csv, &[]).lines().count(), 1);
    assert_eq!(text(Format::JsonLines, &[]), "");
}
