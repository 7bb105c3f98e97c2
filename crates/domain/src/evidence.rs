//! Evidence (bukti dukung): links and files that a region shows for what it reports and scores.
//!
//! The region adds and removes it while the evaluation is in its hands; reviewers judge it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    assessment::Item,
    digest::Sha256Digest,
    evaluation::{Evaluation, Given},
    evidence_file::MediaType,
    fault::Fault,
    life::{Caller, Refusal},
    name::{EvidenceId, ProgramId},
    vocabulary::{Component, EvidenceState, Pillar, Role},
    workflow::Edit,
};

/// The most pieces of one evaluation: several for each programme of a large masterplan, and few
/// enough to be read, and kept with a publication, at once.
pub const EVIDENCE_MAX: usize = 500;
/// The longest link, in characters: what browsers and proxies take everywhere.
pub const LINK_MAX_CHARACTERS: usize = 2_000;

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its id within the evaluation.
    pub id: EvidenceId,
    /// What it is, for people.
    pub title: String,
    /// What it is of.
    pub subject: Subject,
    /// Where it is.
    pub content: Content,
    /// By whom and when it was added.
    pub given: Given,
    /// Whether it holds.
    pub state: EvidenceState,
    /// Why it was rejected; empty otherwise.
    pub state_reason: String,
    /// By whom and when it was judged last; `None` while it was not.
    pub judged: Option<Given>,
}

/// What a piece of evidence is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A pillar.
    Pillar(Pillar),
    /// A component.
    Component(Component),
    /// A programme of the evaluation's region.
    Program(ProgramId),
}

/// Where a piece of evidence is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// At a link.
    Link(Link),
    /// In the store of files.
    File(File),
}

/// A link of http or https, which nothing of ours follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(String);

/// A file, which is stored by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it was checked to be.
    pub media_type: MediaType,
    /// How large it is.
    pub size_bytes: u64,
    /// Its name in the store of files.
    pub sha256: Sha256Digest,
}

/// A piece of evidence that is yet to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvidence {
    /// Its id within the evaluation.
    pub id: EvidenceId,
    /// What it is, for people.
    pub title: String,
    /// What it is of.
    pub subject: Subject,
    /// Where it is.
    pub content: Content,
}

/// Whether a piece of evidence holds, as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It holds.
    Verified,
    /// It does not.
    Rejected {
        /// Why.
        reason: String,
    },
}

impl Link {
    /// Reads a link.
    ///
    /// # Errors
    /// A [`Fault`] where it is not of http or https with a host and no login, is longer than 2,000
    /// characters, or has blanks, control characters or others that stand in no link.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let rest = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        let is_link = host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
            && text.chars().count() <= LINK_MAX_CHARACTERS
            && !text.chars().any(|character| {
                character.is_whitespace() || character.is_control() || "<>\"\\".contains(character)
            });
        if is_link {
            Ok(Self(text.to_owned()))
        } else {
            let allowed = format!(
                "a link of http:// or https://, at most {LINK_MAX_CHARACTERS} characters without blanks"
            );
            Err(Fault::new(text, allowed))
        }
    }

    /// The link as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Link {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.0
    }
}

impl From<Item> for Subject {
    fn from(item: Item) -> Self {
        match item {
            Item::Pillar(pillar) => Self::Pillar(pillar),
            Item::Component(component) => Self::Component(component),
        }
    }
}

impl Content {
    /// Where it is, in a word: the link, or the file's digest as `sha256:...`.
    pub fn source(&self) -> String {
        match self {
            Self::Link(link) => link.as_str().to_owned(),
            Self::File(file) => format!("sha256:{}", file.sha256),
        }
    }
}

/// The piece that is added, where that is allowed now.
///
/// # Errors
/// [`Refusal::Illegal`] and [`Refusal::EvidenceFull`].
pub fn add(
    evaluation: &Evaluation,
    new: NewEvidence,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Evidence, Refusal> {
    Edit::SubmitEvidence.check(evaluation.state, caller.role)?;
    if evaluation.evidence.len() >= EVIDENCE_MAX {
        return Err(Refusal::EvidenceFull);
    }
    let NewEvidence { id, title, subject, content } = new;
    Ok(Evidence {
        id,
        title,
        subject,
        content,
        given: given(caller, now),
        state: EvidenceState::Submitted,
        state_reason: String::new(),
        judged: None,
    })
}

/// The piece as it is judged, where that is allowed now; what was judged may be judged again.
///
/// # Errors
/// [`Refusal::Illegal`], and [`Refusal::NotAssessor`] where the caller declared a conflict since the
/// policy looked.
pub fn judge(
    evaluation: &Evaluation,
    evidence: Evidence,
    judgement: Judgement,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Evidence, Refusal> {
    Edit::JudgeEvidence.check(evaluation.state, caller.role)?;
    if caller.role == Role::Assessor && !evaluation.life.assesses(&caller.principal) {
        return Err(Refusal::NotAssessor(caller.principal.clone()));
    }
    let (state, state_reason) = match judgement {
        Judgement::Verified => (EvidenceState::Verified, String::new()),
        Judgement::Rejected { reason } => (EvidenceState::Rejected, reason),
    };
    Ok(Evidence { state, state_reason, judged: Some(given(caller, now)), ..evidence })
}

/// Checks that a piece may be removed now.
///
/// # Errors
/// [`Refusal::Illegal`], and [`Refusal::EvidenceVerified`]: scores may rest on it.
pub fn check_removable(
    evaluation: &Evaluation,
    evidence: &Evidence,
    caller: &Caller,
) -> Result<(), Refusal> {
    Edit::SubmitEvidence.check(evaluation.state, caller.role)?;
    match evidence.state {
        EvidenceState::Submitted | EvidenceState::Rejected => Ok(()),
        EvidenceState::Verified => Err(Refusal::EvidenceVerified(evidence.id.clone())),
    }
}

fn given(caller: &Caller, now: DateTime<Utc>) -> Given {
    Given { principal: caller.principal.clone(), time: now }
}

#[cfg(test)]
mod tests;
