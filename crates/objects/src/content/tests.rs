use proptest::prelude::*;
use rawzip::ZipArchiveWriter;

use super::*;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// The names of an archive as they are written by each program, in their order.
const BY_EXCEL: &[&str] =
    &["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"];
const BY_CALC: &[&str] = &[
    "xl/_rels/workbook.xml.rels",
    "docProps/app.xml",
    "docProps/core.xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "[Content_Types].xml",
];
const BY_WRITER: &[&str] = &[
    "_rels/.rels",
    "docProps/core.xml",
    "docProps/app.xml",
    "word/_rels/document.xml.rels",
    "word/document.xml",
    "[Content_Types].xml",
];
const BY_WORD_ONLINE: &[&str] = &["[Content_Types].xml", "_rels/.rels", "word/document2.xml"];

fn archive(names: &[&str]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut content);
    for name in names {
        let (entry, config) = archive.new_file(name).start().unwrap();
        let (entry, descriptor) = config.wrap(entry).finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    content
}

/// The fault's field, value and what is allowed.
fn refused(declared: &str, content: &[u8]) -> (String, String, String) {
    let fault = check(declared, content).unwrap_err();
    (fault.field, fault.value, fault.allowed)
}

/// That the type is refused because the content looks like another.
#[track_caller]
fn assert_looks_like(declared: &str, content: &[u8], actual: &str) {
    let (field, value, allowed) = refused(declared, content);
    assert_eq!((field.as_str(), value.as_str()), ("content_type", declared));
    assert!(allowed.ends_with(actual), "{allowed}");
}

#[test]
fn a_file_that_is_what_it_is_declared_to_be_is_allowed() {
    let word = MediaType::WordDocument;
    let sheet = MediaType::Spreadsheet;
    for (declared, content, media_type) in [
        ("application/pdf", PDF, MediaType::Pdf),
        ("Application/PDF", PDF, MediaType::Pdf),
        ("application/pdf;", PDF, MediaType::Pdf),
        ("application/pdf", b"\xef\xbb\xbf%PDF-1.4", MediaType::Pdf),
        ("image/jpeg", JPEG, MediaType::Jpeg),
        ("image/png", PNG, MediaType::Png),
        ("text/csv", b"kode,nilai\n33.05,3.41\n", MediaType::Csv),
        ("text/csv; header=present; charset=UTF-8", b"a", MediaType::Csv),
        ("text/csv;charset=\"utf-8\"", b"\xef\xbb\xbfa;b\r\n", MediaType::Csv),
        // Which begins as a bitmap does.
        ("text/plain", "BM <b> é".as_bytes(), MediaType::PlainText),
        ("text/plain; charset=us-ascii", b"< 5", MediaType::PlainText),
        (sheet.as_str(), &archive(BY_EXCEL), sheet),
        (sheet.as_str(), &archive(BY_CALC), sheet),
        (word.as_str(), &archive(BY_WRITER), word),
        (word.as_str(), &archive(BY_WORD_ONLINE), word),
    ] {
        assert_eq!(check(declared, content), Ok(media_type), "{declared}");
    }
}

#[test]
fn a_type_that_is_not_listed_is_refused_with_the_list() {
    for declared in [
        "",
        "pdf",
        "text/html",
        "image/svg+xml",
        "application/zip",
        "application/vnd.ms-excel.sheet.macroEnabled.12",
        "application/pdf, text/html",
        "*/*",
    ] {
        let expected = ("content_type".to_owned(), declared.to_owned(), MediaType::allowed());
        assert_eq!(refused(declared, PDF), expected);
    }
    let (field, value, allowed) = refused("text/csv; charset=windows-1252", b"a");
    assert_eq!(
        (field.as_str(), value.as_str()),
        ("content_type", "text/csv; charset=windows-1252")
    );
    assert_eq!(allowed, "text/csv with the charset utf-8");
}

#[test]
fn a_content_of_another_type_is_refused_and_named() {
    assert_looks_like("application/pdf", PNG, "image/png");
    assert_looks_like("image/png", JPEG, "image/jpeg");
    assert_looks_like("image/png", b"bukan gambar", "none that is known");
    assert_looks_like("image/jpeg", b"<html></html>", "text/html");
    assert_looks_like(MediaType::Spreadsheet.as_str(), PDF, "application/pdf");
}

#[test]
fn markup_is_refused_whatever_it_is_declared_to_be() {
    for content in [
        "<html>",
        "<!DOCTYPE html>",
        " \n<svg onload='x'>",
        "\u{feff}<?xml version='1.0'?>",
        "<!-- %PDF-1.7 --><script>",
        "<script>/* %PDF-1.7 */",
    ] {
        for declared in ["text/plain", "text/csv", "application/pdf"] {
            assert_looks_like(declared, content.as_bytes(), "text/html");
        }
        for media_type in MediaType::ALL {
            assert!(check(media_type.as_str(), content.as_bytes()).is_err(), "{media_type}");
        }
    }
}

#[test]
fn an_office_file_is_known_by_what_is_inside() {
    let (sheet, word) = (MediaType::Spreadsheet.as_str(), MediaType::WordDocument.as_str());
    assert_looks_like(sheet, &archive(BY_WRITER), word);
    assert_looks_like(word, &archive(BY_CALC), sheet);
    assert_looks_like(sheet, &archive(&["xl/workbook.xml"]), "application/zip");
    assert_looks_like(sheet, &archive(&["[Content_Types].xml"]), "application/zip");
    let with_macros = [BY_EXCEL, &["xl/vbaProject.bin"]].concat();
    assert_looks_like(sheet, &archive(&with_macros), "an office file with macros");
    let whole = archive(BY_EXCEL);
    assert_looks_like(sheet, &whole[..whole.len() / 2], "none that is known");
}

#[test]
fn an_empty_or_too_large_file_is_refused() {
    let (field, value, allowed) = refused("text/csv", b"");
    assert_eq!((field.as_str(), value.as_str()), ("content", ""));
    assert_eq!(allowed, "a file that is not empty");
    let largest = vec![b'a'; usize::try_from(FILE_MAX_BYTES).unwrap()];
    assert!(check("text/plain", &largest).is_ok());
    let (field, value, allowed) = refused("text/plain", &[largest.as_slice(), b"a"].concat());
    assert_eq!((field.as_str(), value.as_str()), ("content", "10485761 bytes"));
    assert_eq!(allowed, "a file of at most 10485760 bytes");
}

#[test]
fn text_is_utf_8_without_nul() {
    for (content, value) in [
        (b"kode\0".as_slice(), "byte 0x00 at 4"),
        (b"M\xe9xico", "byte 0xe9 at 1"),
        // UTF-16, which a spreadsheet calls Unicode text.
        (b"\xff\xfea\0", "byte 0x00 at 3"),
        (b"a\xc3", "byte 0xc3 at 1"),
    ] {
        for declared in ["text/csv", "text/plain"] {
            let (field, refused, allowed) = refused(declared, content);
            assert_eq!((field.as_str(), refused.as_str()), ("content", value));
            assert!(allowed.starts_with("text in UTF-8 without NUL"), "{allowed}");
        }
    }
}

/// Contents that begin as a known type does, so that what follows is looked at too.
fn contents() -> impl Strategy<Value = Vec<u8>> {
    let starts = prop::sample::select(vec![
        Vec::new(),
        PDF.to_vec(),
        JPEG.to_vec(),
        b"PK\x03\x04".to_vec(),
        archive(BY_EXCEL),
    ]);
    let ends = prop::sample::select(vec![Vec::new(), archive(BY_CALC)]);
    (starts, prop::collection::vec(any::<u8>(), 0..200), ends)
        .prop_map(|(a, b, c)| [a, b, c].concat())
}

proptest! {
    #[test]
    fn no_file_makes_the_check_panic(
        declared in prop_oneof!["\\PC{0,40}", "[a-z]{1,6}/[a-z.+]{1,9}(; ?charset=[a-z0-9-]{0,6})?"],
        content in contents(),
    ) {
        prop_assert!(check(&declared, &content).is_err() || !content.is_empty());
        for media_type in MediaType::ALL {
            let _ = check(media_type.as_str(), &content);
        }
    }

    #[test]
    fn no_damaged_archive_makes_the_check_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        length in any::<prop::sample::Index>(),
    ) {
        let mut content = archive(BY_CALC);
        for (index, byte) in changes {
            let index = index.index(content.len());
            content[index] = byte;
        }
        let cut = length.index(content.len());
        for content in [&content[..], &content[..cut]] {
            let _ = check(MediaType::Spreadsheet.as_str(), content);
            let _ = check(MediaType::WordDocument.as_str(), content);
        }
    }
}
