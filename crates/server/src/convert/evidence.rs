//! Evidence: links, files, and what is asked of them.

use bytes::Bytes;
use takar_domain::{
    digest::Sha256Digest,
    evaluation::Given,
    evidence::{Content, Evidence, File, Judgement, Link, NewEvidence, Subject},
    evidence_file::MediaType,
    fault::{Fault, Faults},
    name::{EvidenceId, RegionCode, parse_display_name, parse_required_text},
    registry::Region,
};
use takar_proto::{
    google::api::HttpBody,
    v1::{
        self,
        evidence::{Content as WireContent, Subject as WireSubject},
        list_evidence_request::Subject as ListSubject,
        upload_evidence_request::Subject as UploadSubject,
    },
};
use takar_store::{EvaluationKey, EvidenceFilter, StoredEvidence};

use super::{command::check_region, required, timestamp, words};
use crate::name;

/// A file that is what it is declared to be, before it is stored.
pub(crate) type Upload = (MediaType, Bytes);

/// Evidence that is to be added, before its evaluation is known.
pub(crate) struct Proposal<C> {
    /// The evaluation.
    pub(crate) key: EvaluationKey,
    id: EvidenceId,
    title: String,
    subject: Named,
    content: C,
}

/// What evidence is of, as a request names it.
struct Named {
    subject: Subject,
    /// The region of a programme, and the field that names it.
    program: Option<(RegionCode, &'static str)>,
}

impl Proposal<Upload> {
    /// The file, and what it is stored as.
    pub(crate) fn stored_as(self, sha256: Sha256Digest) -> Proposal<Content> {
        let Self { key, id, title, subject, content: (media_type, bytes) } = self;
        let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let content = Content::File(File { media_type, size_bytes, sha256 });
        Proposal { key, id, title, subject, content }
    }

    /// The file's bytes.
    pub(crate) fn bytes(&self) -> Bytes {
        self.content.1.clone()
    }
}

impl Proposal<Content> {
    /// The evidence, where it is of something of this region.
    ///
    /// # Errors
    /// A [`Fault`] of a programme of another region.
    pub(crate) fn of(self, region: &Region) -> Result<NewEvidence, Fault> {
        let Self { key: _, id, title, subject: Named { subject, program }, content } = self;
        if let Some((code, field)) = program {
            check_region(&code, region).map_err(|fault| fault.at(field))?;
        }
        Ok(NewEvidence { id, title, subject, content })
    }
}

pub(crate) fn evidence(stored: StoredEvidence) -> v1::Evidence {
    let StoredEvidence { key: EvaluationKey { region, cycle }, evidence } = stored;
    let Evidence { id, title, subject, content, given, state, state_reason, judged } = evidence;
    let Given { principal, time } = given;
    let (judge_principal, judge_time) = match judged {
        Some(Given { principal, time }) => (principal.to_string(), Some(timestamp(time))),
        None => (String::new(), None),
    };
    let subject = match subject {
        Subject::Pillar(pillar) => WireSubject::Pillar(words::pillar(pillar).into()),
        Subject::Component(component) => WireSubject::Component(words::component(component).into()),
        Subject::Program(program) => {
            WireSubject::Program(format!("regions/{region}/programs/{program}"))
        }
    };
    let content = match content {
        Content::Link(link) => WireContent::Uri(link.into()),
        Content::File(File { media_type, size_bytes, sha256 }) => {
            WireContent::File(v1::evidence::File {
                media_type: media_type.to_string(),
                size_bytes: i64::try_from(size_bytes).unwrap_or(i64::MAX),
                sha256: sha256.to_string(),
            })
        }
    };
    v1::Evidence {
        name: format!("regions/{region}/evaluations/{cycle}/evidence/{id}"),
        title,
        subject: Some(subject),
        content: Some(content),
        state: words::evidence_state(state).into(),
        state_reason,
        principal: principal.to_string(),
        create_time: Some(timestamp(time)),
        judge_principal,
        judge_time,
        etag: String::new(),
    }
}

/// Reads a link that is to be added.
pub(crate) fn parse_evidence(
    request: v1::CreateEvidenceRequest,
) -> Result<Proposal<Content>, Faults> {
    let v1::CreateEvidenceRequest { parent, evidence_id, evidence, request_id: _ } = request;
    let mut faults = Faults::none();
    let key = faults.keep("parent", name::evaluation(&parent));
    let id = faults.keep("evidence_id", EvidenceId::parse(&evidence_id));
    let evidence = faults.keep("evidence", required(evidence));
    let parts = evidence.and_then(|evidence| faults.keep("evidence", parse_parts(evidence)));
    let parts = key.zip(id).zip(parts);
    faults.into_result(parts.map(|((key, id), (title, subject, link))| {
        let content = Content::Link(link);
        Proposal { key, id, title, subject, content }
    }))
}

/// The title, the subject and the link; the rest is output only.
fn parse_parts(evidence: v1::Evidence) -> Result<(String, Named, Link), Faults> {
    let v1::Evidence {
        name: _,
        title,
        subject,
        content,
        state: _,
        state_reason: _,
        principal: _,
        create_time: _,
        judge_principal: _,
        judge_time: _,
        etag: _,
    } = evidence;
    let mut faults = Faults::none();
    let title = faults.keep("title", parse_display_name(&title));
    let subject = faults.merge(parse_named(subject, "evidence.program"));
    let link = match content {
        Some(WireContent::Uri(uri)) => faults.keep("uri", Link::parse(&uri)),
        Some(WireContent::File(_)) => {
            let refused = Fault::new("a file", "a uri; a file is uploaded as it is");
            faults.keep("file", Err::<Link, _>(refused))
        }
        None => faults.keep("uri", Link::parse("")),
    };
    let parts = title.zip(subject).zip(link);
    faults.into_result(parts.map(|((title, subject), link)| (title, subject, link)))
}

/// Reads a file that is to be added, and checks that it is what it is declared to be.
pub(crate) fn parse_upload(request: v1::UploadEvidenceRequest) -> Result<Proposal<Upload>, Faults> {
    let v1::UploadEvidenceRequest { parent, evidence_id, title, subject, file, request_id: _ } =
        request;
    let mut faults = Faults::none();
    let key = faults.keep("parent", name::evaluation(&parent));
    let id = faults.keep("evidence_id", EvidenceId::parse(&evidence_id));
    let title = faults.keep("title", parse_display_name(&title));
    let subject = subject.map(|subject| match subject {
        UploadSubject::Pillar(pillar) => WireSubject::Pillar(pillar),
        UploadSubject::Component(component) => WireSubject::Component(component),
        UploadSubject::Program(program) => WireSubject::Program(program),
    });
    let subject = faults.merge(parse_named(subject, "program"));
    let file = faults.keep("file", required(file));
    let content = file.and_then(|file| faults.keep("file", parse_file(file)));
    let parts = key.zip(id).zip(title).zip(subject).zip(content);
    faults.into_result(parts.map(|((((key, id), title), subject), content)| Proposal {
        key,
        id,
        title,
        subject,
        content,
    }))
}

fn parse_file(file: HttpBody) -> Result<Upload, Fault> {
    let HttpBody { content_type, data, extensions: _ } = file;
    // The check speaks of a content; the contract calls it data.
    let media_type =
        takar_objects::check(&content_type, &data).map_err(|fault| match fault.field.as_str() {
            "content" => Fault { field: "data".to_owned(), ..fault },
            _ => fault,
        })?;
    Ok((media_type, data))
}

/// Reads what evidence is of; `program_field` is where a request names a programme.
fn parse_named(subject: Option<WireSubject>, program_field: &'static str) -> Result<Named, Faults> {
    let subject = subject.ok_or_else(|| Fault::new("", "a pillar, or a component or program"));
    let (subject, program) = parse_subject(subject.map_err(|fault| fault.at("pillar"))?)?;
    Ok(Named { subject, program: program.map(|region| (region, program_field)) })
}

/// What evidence is of, and a programme's region.
fn parse_subject(subject: WireSubject) -> Result<(Subject, Option<RegionCode>), Fault> {
    match subject {
        WireSubject::Pillar(pillar) => {
            let pillar = words::parse_pillar(pillar).map_err(|fault| fault.at("pillar"))?;
            Ok((Subject::Pillar(pillar), None))
        }
        WireSubject::Component(component) => {
            let component = words::parse_component(component);
            let component = component.map_err(|fault| fault.at("component"))?;
            Ok((Subject::Component(component), None))
        }
        WireSubject::Program(program) => {
            let (region, id) = name::program(&program).map_err(|fault| fault.at("program"))?;
            Ok((Subject::Program(id), Some(region)))
        }
    }
}

/// Reads which evidence of an evaluation is asked for.
pub(crate) fn parse_evidence_filter(
    key: &EvaluationKey,
    subject: Option<ListSubject>,
    state: i32,
) -> Result<EvidenceFilter, Faults> {
    let mut faults = Faults::none();
    let subject = subject.map(|subject| match subject {
        ListSubject::Pillar(pillar) => WireSubject::Pillar(pillar),
        ListSubject::Component(component) => WireSubject::Component(component),
        ListSubject::Program(program) => WireSubject::Program(program),
    });
    let subject = subject.map(|subject| match parse_subject(subject)? {
        (_, Some(region)) if region != key.region => {
            let allowed = format!("a programme of the parent's region, regions/{}", key.region);
            Err(Fault::new(format_args!("regions/{region}"), allowed).at("program"))
        }
        (subject, _) => Ok(subject),
    });
    let subject = faults.merge(subject.transpose().map_err(Faults::from));
    let state = Some(state).filter(|state| *state != 0).map(words::parse_evidence_state);
    let state = faults.keep("state", state.transpose());
    let parts = subject.zip(state);
    faults.into_result(parts.map(|(subject, state)| EvidenceFilter { subject, state }))
}

/// Reads why evidence is rejected.
pub(crate) fn parse_rejection(reason: &str) -> Result<Judgement, Fault> {
    let reason = parse_required_text(reason).map_err(|fault| fault.at("reason"))?;
    Ok(Judgement::Rejected { reason })
}
