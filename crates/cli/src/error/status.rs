//! A server's refusals.

use std::{error::Error, fmt::Write as _};

use tonic::{Code, Status, TimeoutExpired};
use tonic_types::{FieldViolation, StatusExt as _};

use super::{innermost, problem_in_indonesian};
use crate::{language::Language, table::plain};

/// What a person is told of a status: what is wrong, each field that is, and the reason's word.
pub(super) fn describe(status: &Status, language: Language) -> String {
    let details = status.get_error_details();
    let (reason, resource) = match details.error_info() {
        Some(info) => {
            (info.reason.as_str(), info.metadata.get("resource").map_or("?", String::as_str))
        }
        None => ("", "?"),
    };
    let violations = details.bad_request().map_or(&[][..], |bad| &bad.field_violations);
    let mut text = match language {
        Language::Indonesian => sentence_in_indonesian(status, reason, resource),
        Language::English => sentence(status, violations),
    };
    for violation in violations {
        let _ = write!(text, "\n  {}", one_violation(violation, language));
    }
    if let Some(hint) = hint(status.code(), reason, language) {
        let _ = write!(text, "\n  {hint}");
    }
    if !reason.is_empty() {
        let _ = write!(text, "\n  ({reason})");
    }
    // Line by line, so that the breaks of our own stay.
    let lines: Vec<_> = text.lines().map(plain).collect();
    lines.join("\n")
}

/// What a person can do about it.
fn hint(code: Code, reason: &str, language: Language) -> Option<&'static str> {
    let (indonesian, english) = match (code, reason) {
        (Code::Unauthenticated, _) => (
            "beri kunci API atau token dengan --token-file BERKAS, TAKAR_TOKEN_FILE, atau \
             TAKAR_TOKEN",
            "give an API key or a token by --token-file FILE, TAKAR_TOKEN_FILE or TAKAR_TOKEN",
        ),
        (Code::PermissionDenied, _) => (
            "pakai kunci API atau token lain dengan --token-file BERKAS, TAKAR_TOKEN_FILE, atau \
             TAKAR_TOKEN",
            "show another API key or token by --token-file FILE, TAKAR_TOKEN_FILE or TAKAR_TOKEN",
        ),
        (_, "ETAG_MISMATCH") => (
            "lihat isinya sekarang dengan `takar evaluation show`, lalu ulangi bila masih perlu",
            "look at it now by `takar evaluation show`, and try again if it is still needed",
        ),
        _ => return None,
    };
    Some(language.pick(indonesian, english))
}

fn sentence(status: &Status, violations: &[FieldViolation]) -> String {
    if !violations.is_empty() {
        return "the server does not accept the input:".to_owned();
    }
    match unanswered(status) {
        Some(Unanswered::Timeout) => "the server took too long to answer".to_owned(),
        Some(Unanswered::Unreachable) => {
            format!("the server cannot be reached: {}", cause(status))
        }
        None => status.message().to_owned(),
    }
}

fn sentence_in_indonesian(status: &Status, reason: &str, resource: &str) -> String {
    match reason {
        "INVALID_FIELDS" => "server tidak menerima masukan:".to_owned(),
        "RESOURCE_NOT_FOUND" => format!("{resource} tidak ada"),
        "RESOURCE_ALREADY_EXISTS" => format!("{resource} sudah ada"),
        "TALLY_ORIGIN_CONFLICT" => format!(
            "satu dimensi dari {resource} sudah dihitung dengan cara lain (dari jumlah program \
             atau dari laporan per program, tidak keduanya)"
        ),
        "REGION_IS_PROVINCE" => {
            format!("{resource} adalah provinsi; yang dievaluasi hanya kabupaten dan kota")
        }
        "NOTHING_TO_PUBLISH" => format!(
            "belum ada laporan atau nilai untuk {resource}, jadi tidak ada yang dapat diterbitkan"
        ),
        "CREDENTIAL_REQUIRED" => "untuk ini server harus tahu siapa Anda".to_owned(),
        "CREDENTIAL_MALFORMED" => "kunci API atau token tidak dapat dibaca".to_owned(),
        "CREDENTIAL_EXPIRED" => "kunci API atau token sudah kedaluwarsa".to_owned(),
        "CREDENTIAL_NOT_YET_VALID" => "token belum berlaku".to_owned(),
        "CREDENTIAL_REVOKED" => "kunci API sudah dicabut".to_owned(),
        "CREDENTIAL_UNKNOWN_KEY" => "kunci API atau kunci penanda tangan tidak dikenal".to_owned(),
        "CREDENTIAL_NOT_TAKEN" => "server ini hanya menerima kunci API, bukan token".to_owned(),
        "NOT_PERMITTED" => {
            "peran Anda tidak mengizinkan ini, atau tidak untuk daerah atau evaluasi itu".to_owned()
        }
        "ETAG_MISMATCH" => "isinya sudah diubah orang lain sejak dibaca".to_owned(),
        "KEY_REUSED" => "kunci permintaan itu sudah dipakai untuk permintaan lain".to_owned(),
        "ILLEGAL_TRANSITION" => workflow_in_indonesian(status.message()),
        "DEADLINE_PASSED" => status
            .message()
            .replace("the deadline was ", "tenggatnya ")
            .replace("; it is ", "; sekarang ")
            .replace(" now, by the server's clock", " menurut jam server"),
        "MODERATION_NEEDED" => status
            .message()
            .replace("the assessors' scores differ for ", "nilai para asesor berbeda untuk ")
            .replace("; moderate them first", "; moderasikan dahulu"),
        "NOT_ASSESSOR" => {
            "Anda bukan asesor evaluasi ini, atau sudah menyatakan benturan kepentingan".to_owned()
        }
        "NOT_ASSIGNED" => "orang itu tidak ditugaskan pada evaluasi ini".to_owned(),
        "HAS_SCORED" => {
            "orang itu sudah menilai; hanya benturan kepentingan yang mengeluarkannya".to_owned()
        }
        "DATABASE_UNAVAILABLE" => {
            "basis data sedang tidak tersedia; cobalah lagi sebentar kemudian".to_owned()
        }
        "INTERNAL" => "kesalahan di dalam server; sudah dicatat di log server".to_owned(),
        _ => match unanswered(status) {
            Some(Unanswered::Timeout) => "server terlalu lama menjawab".to_owned(),
            Some(Unanswered::Unreachable) => {
                format!("server tidak dapat dihubungi: {}", cause(status))
            }
            None => format!("server menolak: {}", status.message()),
        },
    }
}

/// The workflow's refusal; verbs and states stay as the API has them.
fn workflow_in_indonesian(message: &str) -> String {
    let said = message
        .replace(" is not allowed in state ", " tidak boleh dalam keadaan ")
        .replace("; allowed is nothing to the role ", "; tidak ada yang boleh bagi peran ");
    said.replace("; allowed is ", "; yang boleh: ")
}

fn one_violation(violation: &FieldViolation, language: Language) -> String {
    let description = match language {
        Language::Indonesian => problem_in_indonesian(&violation.description),
        Language::English => violation.description.clone(),
    };
    format!("{}: {description}", violation.field)
}

/// Why there is no answer of the server's own.
enum Unanswered {
    Timeout,
    Unreachable,
}

/// Whether the connection ended under the call, as it does where a server demands a certificate:
/// a status that a server sent has no cause here.
fn is_cut_off(status: &Status) -> bool {
    let mut causes = std::iter::successors(status.source(), |cause| (*cause).source()).peekable();
    causes.peek().is_some() && !causes.any(<dyn Error>::is::<TimeoutExpired>)
}

/// What is known of why nobody answers; the message only says that the call was given up.
fn cause(status: &Status) -> String {
    let message = || status.message().to_owned();
    status.source().map_or_else(message, innermost)
}

fn unanswered(status: &Status) -> Option<Unanswered> {
    if is_cut_off(status) {
        return Some(Unanswered::Unreachable);
    }
    match status.code() {
        // Our own limit of a call comes back as `Cancelled`.
        Code::DeadlineExceeded | Code::Cancelled => Some(Unanswered::Timeout),
        Code::Unavailable if status.get_details_error_info().is_none() => {
            Some(Unanswered::Unreachable)
        }
        _ => None,
    }
}
