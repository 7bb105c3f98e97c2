use std::{fmt::Write as _, io::Write as _, ops::ControlFlow};

use flate2::{Compression, write::DeflateEncoder};
use proptest::prelude::*;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::*;

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What openpyxl wrote by `make-workbook.py`.
const WORKBOOK: &[u8] = include_bytes!("workbook.xlsx");

fn rows_of(content_type: &str, data: &[u8], sheet: &str) -> Result<Vec<(u32, String)>, Fault> {
    let mut rows = Vec::new();
    read(content_type, data, sheet, |number, cells| {
        let shown = cells.iter().map(|cell| match cell {
            Cell::Empty => "-".to_owned(),
            Cell::Text(text) => format!("{text:?}"),
            Cell::Number(digits) => digits.clone(),
            Cell::Boolean(value) => value.to_string(),
            Cell::Other { shown, .. } => format!("<{shown}>"),
        });
        rows.push((number, shown.collect::<Vec<_>>().join(" ")));
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

fn csv_rows(text: &str) -> Vec<(u32, String)> {
    rows_of(CSV, text.as_bytes(), "").unwrap()
}

fn row(number: u32, cells: &str) -> (u32, String) {
    (number, cells.to_owned())
}

fn refused(content_type: &str, data: &[u8]) -> Fault {
    rows_of(content_type, data, "").unwrap_err()
}

#[test]
fn rows_are_counted_as_a_spreadsheet_counts_them() {
    let expected = vec![row(1, r#""a" "b""#), row(3, r#""1" "x\ny""#), row(4, r#""2" -"#)];
    for line_break in ["\n", "\r\n"] {
        let text = ["a,b", "", "1,\"x\ny\"", "2,", ""].join(line_break);
        assert_eq!(csv_rows(&text), expected, "{text:?}");
        // The last line may end without a break, and empty rows say nothing.
        let text = ["a,b", " , ", "1,\"x\ny\"", "2"].join(line_break);
        let rows = csv_rows(&text);
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3, 4]);
    }
}

#[test]
fn cells_stand_between_commas_or_semicolons_and_a_mark_comes_before() {
    let expected = vec![row(1, r#""a" "b""#), row(2, r#""1" "3,6""#)];
    assert_eq!(csv_rows("a;b\n1;3,6\n"), expected);
    assert_eq!(csv_rows("\u{feff}a;b\n1;3,6\n"), expected);
    assert_eq!(csv_rows("a,b\n1,\"3,6\"\n"), expected);
    let quoted = vec![row(1, r#""a" "b""#), row(2, r#""say \"hi\"" "x""#)];
    assert_eq!(csv_rows("\"a\",\"b\"\n\"say \"\"hi\"\"\", x \n"), quoted);
}

#[test]
fn text_in_another_coding_is_a_fault_of_its_cell_or_of_the_file() {
    let rows = rows_of(CSV, b"a,b\nKebumen,caf\xe9\n", "").unwrap();
    assert_eq!(rows[1], row(2, "\"Kebumen\" <caf\u{fffd}>"));
    let fault = refused(CSV, b"\xff\xfea\x00,\x00");
    assert_eq!((fault.field.as_str(), fault.value.as_str()), ("file.data", "UTF-16"));
}

#[test]
fn a_workbook_says_what_its_cells_hold() {
    let expected = vec![
        row(1, r#""region" "pillar" "running" "planned" "not_due" "source""#),
        row(2, r#""33.05" "LIVING" 6 7 0 "Surat Bupati""#),
        row(3, r#"33.06 "LIVING" 10 12 - "Surat Bupati""#),
        // A formula that nobody has worked out holds nothing.
        row(4, "33.1 \"LIVING\" 1.5 - <2022-01-02> \"Surat \u{1f4e8}\""),
        row(6, r#""33.07" true <0.85 (%)> <#N/A>"#),
    ];
    assert_eq!(rows_of(XLSX, WORKBOOK, "").unwrap(), expected);
    assert_eq!(rows_of(XLSX, WORKBOOK, "Capaian").unwrap(), expected);
    assert_eq!(rows_of(XLSX, WORKBOOK, "Catatan").unwrap(), [row(1, r#""hidden""#)]);
    let fault = rows_of(XLSX, WORKBOOK, "Nilai").unwrap_err();
    assert_eq!((fault.field.as_str(), fault.value.as_str()), ("sheet", "Nilai"));
    assert_eq!(fault.allowed, r#"the name of one of its 2 sheets: "Capaian", "Catatan""#);
}

#[test]
fn a_file_is_what_it_is_declared_to_be() {
    assert_eq!(refused("application/pdf", b"a").field, "file.content_type");
    assert_eq!(refused(XLSX, b"a,b\n").field, "file.data");
    assert_eq!(refused(CSV, b"").field, "file.data");
    assert!(rows_of("Text/CSV; charset=utf-8", b"a\n", "").is_ok());
    assert_eq!(rows_of(CSV, b"a\n", "Capaian").unwrap_err().field, "sheet");
    let most = usize::try_from(FILE_MAX_BYTES).unwrap();
    assert!(check_size(most).is_ok());
    assert!(check_size(most + 1).is_err());
}

#[test]
fn a_file_has_as_many_rows_and_columns_as_it_may_and_no_more() {
    let file = |rows: usize| "a\n".repeat(rows + 1);
    assert_eq!(rows_of(CSV, file(ROWS_MAX).as_bytes(), "").unwrap().len(), ROWS_MAX + 1);
    let fault = refused(CSV, file(ROWS_MAX + 1).as_bytes());
    assert_eq!(fault.value, format!("row {}", ROWS_MAX + 2));

    let line = |columns: usize| format!("{}x\n", ",".repeat(columns - 1));
    assert!(rows_of(CSV, line(COLUMNS_MAX).as_bytes(), "").is_ok());
    assert_eq!(refused(CSV, line(COLUMNS_MAX + 1).as_bytes()).value, "row 1");
    assert!(rows_of(XLSX, &workbook(&[(1, COLUMNS_MAX)]), "").is_ok());
    assert_eq!(refused(XLSX, &workbook(&[(1, COLUMNS_MAX + 1)])).value, "row 1");
}

#[test]
fn a_cell_is_as_long_as_it_may_be_and_no_longer() {
    let longest = "é".repeat(CELL_MAX_CHARACTERS);
    assert!(matches!(text_cell(longest.clone()), Cell::Text(_)));
    assert!(matches!(text_cell(format!("{longest}é")), Cell::Other { .. }));
}

#[test]
fn a_workbook_that_unfolds_without_end_is_refused() {
    let most = usize::try_from(xlsx::UNPACKED_MAX_BYTES).unwrap();
    assert!(xlsx::check_unpacked(&archive(&[("bomb", &vec![b'0'; most])])).is_ok());
    let bomb = archive(&[("half", &vec![b'0'; most]), ("bomb", b"0")]);
    assert!(bomb.len() < 1_000_000);
    let fault = refused(XLSX, &bomb);
    assert!(fault.allowed.contains("unpacked"), "{fault}");

    let parts = |count: usize| vec![("part", &b""[..]); count];
    assert!(xlsx::check_unpacked(&archive(&parts(xlsx::PARTS_MAX))).is_ok());
    assert!(xlsx::check_unpacked(&archive(&parts(xlsx::PARTS_MAX + 1))).is_err());
}

#[test]
fn rows_that_go_back_and_cells_at_the_very_end_cost_nothing() {
    assert_eq!(refused(XLSX, &workbook(&[(3, 1), (2, 1)])).field, "file.data");
    let rows = rows_of(XLSX, &workbook(&[(1, 1), (1_048_576, 2)]), "").unwrap();
    assert_eq!(rows, [row(1, "7"), row(1_048_576, "- 7")]);
}

#[test]
fn numbers_are_read_in_their_shortest_form_and_not_beyond_what_is_kept() {
    for (number, shown) in [
        (6.0, "6"),
        (33.05, "33.05"),
        (3.3147, "3.3147"),
        (999_999_999_999_999.0, "999999999999999"),
        (0.000_001, "0.000001"),
    ] {
        assert_eq!(xlsx::number_cell(number.to_string()), Cell::Number(shown.to_owned()));
    }
    for number in [9_999_999_999_999_999.0, 3.314_700_000_000_001, f64::NAN, f64::INFINITY] {
        let cell = xlsx::number_cell(number.to_string());
        assert!(matches!(cell, Cell::Other { .. }), "{number}: {cell:?}");
    }
}

/// An archive of these parts.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, content) in parts {
        let (mut entry, config) =
            archive.new_file(name).compression_method(CompressionMethod::DEFLATE).start().unwrap();
        let encoder = DeflateEncoder::new(&mut entry, Compression::fast());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap()
}

/// A workbook with one sheet that has the number 7 in these cells, by row and column from 1.
fn workbook(cells: &[(u32, usize)]) -> Vec<u8> {
    let mut sheet = String::from("<worksheet><sheetData>");
    for (row, column) in cells {
        let name = column_name(*column);
        let _ = write!(sheet, r#"<row r="{row}"><c r="{name}{row}"><v>7</v></c></row>"#);
    }
    sheet.push_str("</sheetData></worksheet>");
    with_sheet(&sheet)
}

/// A workbook with this sheet.
fn with_sheet(sheet: &str) -> Vec<u8> {
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let workbook = format!(
        r#"<workbook xmlns:r="{relation}"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"<Relationships><Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let root = format!(
        r#"<Relationships><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    archive(&[
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// `A` of 1, `AA` of 27.
fn column_name(mut column: usize) -> String {
    let mut name = String::new();
    while column > 0 {
        let letter = u8::try_from((column - 1) % 26).unwrap();
        name.insert(0, char::from(b'A' + letter));
        column = (column - 1) / 26;
    }
    name
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(data in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = (rows_of(CSV, &data, ""), rows_of(XLSX, &data, ""));
    }

    #[test]
    fn no_damage_of_a_workbook_makes_the_reader_panic(
        damage in proptest::collection::vec((0..WORKBOOK.len(), any::<u8>()), 1..20)
    ) {
        let mut data = WORKBOOK.to_vec();
        for (place, byte) in damage {
            data[place] = byte;
        }
        let _ = rows_of(XLSX, &data, "");
    }

    #[test]
    fn no_sheet_makes_the_reader_panic(
        xml in "(<(row|c|v|is|t|f|sheetData)( (r|s|t)=\"[A-Z0-9sneb]{0,6}\")*/?>|</(row|c|v|is|t|f)>|[0-9a-z&;.#-]{0,8}){0,40}"
    ) {
        let sheet = format!("<worksheet><sheetData>{xml}");
        let data = with_sheet(&sheet);
        let _ = rows_of(XLSX, &data, "");
    }

    #[test]
    fn what_is_written_as_csv_is_read_again(
        texts in proptest::collection::vec("[a-z;,\"\n\u{e9}]{0,12}[a-z]", 4..40)
    ) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["one", "two"]).unwrap();
        let records: Vec<_> = texts.chunks_exact(2).collect();
        for record in &records {
            writer.write_record(*record).unwrap();
        }
        let data = writer.into_inner().unwrap();
        let rows = rows_of(CSV, &data, "").unwrap();
        let expected = records.iter().zip(2..).map(|(record, number)| {
            row(number, &format!("{:?} {:?}", record[0].trim(), record[1].trim()))
        });
        prop_assert_eq!(rows[1..].to_vec(), expected.collect::<Vec<_>>());
    }
}
