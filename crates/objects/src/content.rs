//! Whether a file is what it is declared to be.

use mime::Mime;
use rawzip::{ZipArchive, ZipSliceArchive};
use takar_domain::{
    evidence_file::{FILE_MAX_BYTES, MediaType},
    fault::Fault,
};

/// What a byte order mark is in UTF-8; spreadsheets put it before their CSV.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the declared media type and makes sure that the content is of it.
///
/// Binary files are known by their first bytes, office files by the names inside, text by being
/// UTF-8 that is no markup. This keeps mistakes and browsers' misreadings out; it is no search for
/// malware.
///
/// # Errors
/// A [`Fault`] of the field `content_type` where the type is not allowed or not the content's, or of
/// `content` where the content is empty, too large or not text.
pub fn check(declared: &str, content: &[u8]) -> Result<MediaType, Fault> {
    let media_type = parse(declared).map_err(|fault| fault.at("content_type"))?;
    check_size(content).map_err(|fault| fault.at("content"))?;
    let actual = match media_type {
        MediaType::Csv | MediaType::PlainText => {
            check_text(content).map_err(|fault| fault.at("content"))?;
            if begins_as_markup(content) { Some("text/html") } else { Some(media_type.as_str()) }
        }
        MediaType::Spreadsheet | MediaType::WordDocument => office_type(content),
        // A PDF may have other bytes before it, among which a browser would see a page of HTML.
        MediaType::Pdf if begins_as_markup(content) => Some("text/html"),
        MediaType::Pdf | MediaType::Jpeg | MediaType::Png => binary_type(content),
    };
    if actual == Some(media_type.as_str()) {
        return Ok(media_type);
    }
    let allowed = actual.map_or_else(
        || "the type of the content, which is none that is known".to_owned(),
        |actual| format!("the type of the content, which looks like {actual}"),
    );
    Err(Fault::new(declared, allowed).at("content_type"))
}

/// Reads a media type with its parameters, of which only the charset says something.
fn parse(declared: &str) -> Result<MediaType, Fault> {
    let refused = || Fault::new(declared, MediaType::allowed());
    let mime: Mime = declared.parse().map_err(|_| refused())?;
    let media_type = MediaType::parse(mime.essence_str()).map_err(|_| refused())?;
    match mime.get_param(mime::CHARSET) {
        None => Ok(media_type),
        Some(charset) if charset == mime::UTF_8 || charset == "us-ascii" => Ok(media_type),
        Some(_) => Err(Fault::new(declared, format!("{media_type} with the charset utf-8"))),
    }
}

fn check_size(content: &[u8]) -> Result<(), Fault> {
    let size_bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
    match size_bytes {
        0 => Err(Fault::new("", "a file that is not empty")),
        1..=FILE_MAX_BYTES => Ok(()),
        _ => Err(Fault::new(
            format_args!("{size_bytes} bytes"),
            format!("a file of at most {FILE_MAX_BYTES} bytes"),
        )),
    }
}

fn check_text(content: &[u8]) -> Result<(), Fault> {
    let refused = |index: usize| {
        let value = format!("byte 0x{:02x} at {index}", content[index]);
        Fault::new(value, "text in UTF-8 without NUL; a spreadsheet saves it as CSV UTF-8")
    };
    if let Some(index) = content.iter().position(|byte| *byte == 0) {
        return Err(refused(index));
    }
    str::from_utf8(content).map(drop).map_err(|error| refused(error.valid_up_to()))
}

/// Whether a browser that guesses would take it for HTML, SVG or other XML.
fn begins_as_markup(content: &[u8]) -> bool {
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content).trim_ascii_start();
    match content {
        [b'<', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'!' | b'?' | b'/'),
        _ => false,
    }
}

fn binary_type(content: &[u8]) -> Option<&'static str> {
    infer::get(content).map(|kind| kind.mime_type())
}

/// The type of an office file, by the names in its archive.
///
/// Not by `infer`, which looks at the first three names only and misses what `LibreOffice` writes.
fn office_type(content: &[u8]) -> Option<&'static str> {
    let binary = binary_type(content);
    if !content.starts_with(b"PK\x03\x04") {
        return binary;
    }
    let archive = ZipArchive::from_slice(content).ok()?;
    let names = names(&archive)?;
    let has = |is_it: &dyn Fn(&[u8]) -> bool| names.iter().any(|name| is_it(name));
    if !has(&|name| name == b"[Content_Types].xml") {
        return Some("application/zip");
    }
    if has(&|name| name.to_ascii_lowercase().ends_with(b"vbaproject.bin")) {
        return Some("an office file with macros");
    }
    let holds = |directory: &[u8]| has(&|name| name.starts_with(directory));
    match (holds(b"xl/"), holds(b"word/")) {
        (true, false) => Some(MediaType::Spreadsheet.as_str()),
        (false, true) => Some(MediaType::WordDocument.as_str()),
        (true, true) => None,
        (false, false) => Some("application/zip"),
    }
}

/// The names in an archive's directory; `None` where it cannot be read to its end.
fn names<'archive>(archive: &'archive ZipSliceArchive<&[u8]>) -> Option<Vec<&'archive [u8]>> {
    let mut entries = archive.entries();
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().ok()? {
        names.push(entry.file_path().as_bytes());
    }
    Some(names)
}

#[cfg(test)]
mod tests;
