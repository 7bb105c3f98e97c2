//! An audit trail that is not as it was written.

use crate::{audit::Broken, language::Language};

/// What a person is told: the first place that is wrong.
pub(super) fn describe(broken: &Broken, language: Language) -> String {
    let (indonesian, english) = match broken {
        Broken::Missing { sequence, found } => (
            format!("jejak audit rusak: entri {sequence} tidak ada; yang ditemukan entri {found}"),
            format!(
                "the audit trail is broken: entry {sequence} is missing; entry {found} is there"
            ),
        ),
        Broken::Altered { sequence } => (
            format!("jejak audit rusak: entri {sequence} atau yang sebelumnya telah diubah"),
            format!(
                "the audit trail is broken: entry {sequence}, or what was before it, was altered"
            ),
        ),
        Broken::Head { sequence } => (
            format!("jejak audit rusak: kepala rantai di server bukan entri {sequence}"),
            format!("the audit trail is broken: the server's head is not entry {sequence}"),
        ),
        Broken::CutOff { sequence } => (
            format!("jejak audit rusak: terpotong sejak entri {sequence}"),
            format!("the audit trail is broken: it is cut off from entry {sequence} on"),
        ),
        Broken::Noted { sequence } => (
            format!("jejak audit rusak: entri {sequence} bukan yang dahulu dicatat dengan --head"),
            format!("the audit trail is broken: entry {sequence} is not the one given by --head"),
        ),
    };
    language.pick(indonesian, english)
}
