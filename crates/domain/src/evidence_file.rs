//! What a file of evidence may be (berkas bukti dukung).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The largest file, in bytes: a scanned decree of a hundred pages fits, and a file is held whole in
/// memory while it is checked and hashed.
pub const FILE_MAX_BYTES: u64 = 10 * 1024 * 1024;

/// The kind of a file, by its registered media type.
///
/// What an assessor opens without harm. Not among them: `image/svg+xml` and `text/html`, which run
/// scripts in a browser; `application/zip`, since what lies in it can be anything and is seen only
/// after unpacking; `application/msword` and `application/vnd.ms-excel`, whose macros cannot be told
/// from their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MediaType {
    /// A document: decrees, reports, scans.
    Pdf,
    /// A photo.
    Jpeg,
    /// A screenshot or drawing.
    Png,
    /// A table as text, in UTF-8.
    Csv,
    /// A text, in UTF-8.
    PlainText,
    /// A workbook (`.xlsx`), without macros.
    Spreadsheet,
    /// A document of a word processor (`.docx`), without macros.
    WordDocument,
}

impl MediaType {
    /// All of them, in their fixed order.
    pub const ALL: [Self; 7] = [
        Self::Pdf,
        Self::Jpeg,
        Self::Png,
        Self::Csv,
        Self::PlainText,
        Self::Spreadsheet,
        Self::WordDocument,
    ];

    /// The media type as it is registered, without parameters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Csv => "text/csv",
            Self::PlainText => "text/plain",
            Self::Spreadsheet => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            Self::WordDocument => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
        }
    }

    /// Reads a media type that has no parameters, as [`MediaType::as_str`] writes it.
    ///
    /// # Errors
    /// A [`Fault`] that lists them.
    pub fn parse(media_type: &str) -> Result<Self, Fault> {
        Self::ALL
            .into_iter()
            .find(|value| value.as_str() == media_type)
            .ok_or_else(|| Fault::new(media_type, Self::allowed()))
    }

    /// All of them in a phrase, for a fault: `one of application/pdf, image/jpeg, ...`.
    pub fn allowed() -> String {
        format!("one of {}", Self::ALL.map(Self::as_str).join(", "))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl TryFrom<String> for MediaType {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_read_as_it_was_written() {
        for media_type in MediaType::ALL {
            assert_eq!(MediaType::parse(media_type.as_str()), Ok(media_type));
        }
    }

    #[test]
    fn what_runs_in_a_browser_or_hides_what_it_holds_is_refused() {
        for media_type in [
            "",
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "application/zip",
            "application/msword",
            "application/octet-stream",
            "application/pdf ",
        ] {
            let fault = MediaType::parse(media_type).unwrap_err();
            assert!(fault.allowed.starts_with("one of application/pdf, image/jpeg, "), "{fault}");
        }
    }
}
