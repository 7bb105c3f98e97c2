//! What can go wrong with the embedded Postgres.

use takar_embedded_postgres::Error;

use super::chain;
use crate::language::Language;

/// What a person is told; in Indonesian the errors that a person can do something about.
pub(super) fn describe(error: &Error, language: Language) -> String {
    let english = chain(error);
    let indonesian = match error {
        Error::InUse { directory, pid } => {
            let process = pid.map(|pid| format!(" (proses {pid})")).unwrap_or_default();
            format!(
                "direktori data {} sedang dipakai takar lain yang masih berjalan{process}",
                directory.display()
            )
        }
        Error::NotFound { install_command, .. } => format!(
            "PostgreSQL tidak ditemukan di mesin ini dan pengunduhan dilarang; pasang dengan:\n  \
             {install_command}"
        ),
        Error::FetchFailed { install_command, source, .. } => format!(
            "PostgreSQL tidak ditemukan di mesin ini dan tidak dapat diunduh ({}); pasang \
             dengan:\n  {install_command}",
            chain(source)
        ),
        Error::VersionMismatch { directory, needed, install_command, .. } => format!(
            "klaster di {} dibuat oleh PostgreSQL {needed} dan hanya dapat dibuka oleh versi itu; \
             pasang dengan:\n  {install_command}",
            directory.display()
        ),
        Error::Unreachable { directory, account, .. } => format!(
            "PostgreSQL (sebagai {}) tidak dapat memasuki {}; pilih direktori data lain, misalnya \
             /var/lib/takar",
            account.trim_start_matches("the user "),
            directory.display()
        ),
        _ => format!("PostgreSQL tidak dapat dijalankan atau dihentikan: {english}"),
    };
    language.pick(indonesian, english)
}
