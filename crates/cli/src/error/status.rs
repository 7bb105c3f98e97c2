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
    if !reason.is_empty() {
        let _ = write!(text, "\n  ({reason})");
    }
    // Line by line, so that the breaks of our own stay.
    let lines: Vec<_> = text.lines().map(plain).collect();
    lines.join("\n")
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
