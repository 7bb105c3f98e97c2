//! Evidence of evaluations. The files themselves are not here but in the store of files.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::types::Json;
use takar_domain::{
    access::Principal,
    digest::Sha256Digest,
    evaluation::Given,
    evidence::{Content, Evidence, File, Link, Subject},
    evidence_file::MediaType,
    name::{EvidenceId, ProgramId, RegionCode},
    vocabulary::{Component, EvidenceState, Pillar},
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Resource, Result, stored},
    evaluations::{EvaluationKey, LockedEvaluation, evaluation_id},
    page::Page,
    write::Write,
};

/// A piece of evidence, and the evaluation that it is of, by the region's current code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvidence {
    /// The evaluation.
    pub key: EvaluationKey,
    /// The piece.
    pub evidence: Evidence,
}

/// Which evidence of an evaluation a list shows; each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceFilter {
    /// Only what is of this.
    pub subject: Option<Subject>,
    /// Only what is in this state.
    pub state: Option<EvidenceState>,
}

/// A row, as Postgres writes it in JSON; the digest in hexadecimal digits.
#[derive(Deserialize)]
pub(crate) struct EvidenceRow {
    evidence_id: EvidenceId,
    title: String,
    pillar: Option<Pillar>,
    component: Option<Component>,
    program_id: Option<ProgramId>,
    uri: String,
    media_type: String,
    size_bytes: Option<u64>,
    sha256: Option<Sha256Digest>,
    state: EvidenceState,
    state_reason: String,
    principal: Principal,
    create_time: DateTime<Utc>,
    judge_principal: Option<Principal>,
    judge_time: Option<DateTime<Utc>>,
}

struct StoredRow {
    region_code: String,
    evidence: Json<EvidenceRow>,
}

impl EvidenceRow {
    pub(crate) fn into_evidence(self) -> Result<Evidence> {
        let unreadable = |what: &str| Error::Unreadable(what.into());
        let subject = match (self.pillar, self.component, self.program_id) {
            (Some(pillar), None, None) => Subject::Pillar(pillar),
            (None, Some(component), None) => Subject::Component(component),
            (None, None, Some(program)) => Subject::Program(program),
            _ => return Err(unreadable("evidence of nothing, or of several things")),
        };
        let content = match (self.uri.as_str(), self.sha256, self.size_bytes) {
            (uri, None, None) => Content::Link(stored(Link::parse(uri))?),
            ("", Some(sha256), Some(size_bytes)) => {
                let media_type = stored(MediaType::parse(&self.media_type))?;
                Content::File(File { media_type, size_bytes, sha256 })
            }
            _ => return Err(unreadable("evidence that is neither a link nor a file")),
        };
        let judged = self.judge_principal.zip(self.judge_time);
        Ok(Evidence {
            id: self.evidence_id,
            title: self.title,
            subject,
            content,
            given: Given { principal: self.principal, time: self.create_time },
            state: self.state,
            state_reason: self.state_reason,
            judged: judged.map(|(principal, time)| Given { principal, time }),
        })
    }
}

impl StoredRow {
    fn into_stored(self, asked: &EvaluationKey) -> Result<StoredEvidence> {
        let region = stored(RegionCode::parse(&self.region_code))?;
        Ok(StoredEvidence {
            key: EvaluationKey { region, cycle: asked.cycle.clone() },
            evidence: self.evidence.0.into_evidence()?,
        })
    }
}

impl Store {
    /// A piece of evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn evidence(&self, key: &EvaluationKey, id: &EvidenceId) -> Result<StoredEvidence> {
        sqlx::query_as!(
            StoredRow,
            r#"
            select current.code as region_code,
                   to_jsonb(evidence) || jsonb_build_object('sha256', encode(sha256, 'hex'))
                       as "evidence!: Json<EvidenceRow>"
            from region_code asked
            join evaluation using (region_id)
            join evidence using (evaluation_id)
            join region_code current on current.region_id = asked.region_id and current.is_current
            where asked.code = $1 and cycle_id = $2 and evidence_id = $3
            "#,
            key.region.as_str(),
            key.cycle.as_str(),
            id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::Evidence(key.clone(), id.clone())))?
        .into_stored(key)
    }

    /// Evidence of an evaluation by id, one more than the page where there are more.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the evaluation.
    pub async fn evidence_of(
        &self,
        key: &EvaluationKey,
        filter: &EvidenceFilter,
        page: &Page<EvidenceId>,
    ) -> Result<Vec<StoredEvidence>> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Evaluation).await?;
        let (pillar, component, program) =
            filter.subject.as_ref().map_or_else(Default::default, columns);
        sqlx::query_as!(
            StoredRow,
            r#"
            select code as region_code,
                   to_jsonb(evidence) || jsonb_build_object('sha256', encode(sha256, 'hex'))
                       as "evidence!: Json<EvidenceRow>"
            from evidence
            join region_code using (region_id)
            where evaluation_id = $1 and is_current
              and ($2::text is null or evidence_id > $2)
              and ($3::text is null or pillar = $3)
              and ($4::text is null or component = $4)
              and ($5::text is null or program_id = $5)
              and ($6::text is null or state = $6)
            order by evidence_id
            limit $7
            "#,
            evaluation_id,
            page.after.as_ref().map(EvidenceId::as_str),
            pillar,
            component,
            program,
            filter.state.map(EvidenceState::as_str),
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| row.into_stored(key))
        .collect()
    }
}

impl Write {
    /// Adds a piece of evidence to a locked evaluation.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], and [`Error::NotFound`] of the programme that it is of.
    pub async fn add_evidence(
        &mut self,
        locked: &LockedEvaluation,
        evidence: &Evidence,
    ) -> Result<()> {
        let Evidence { id, title, subject, content, given, state: _, state_reason: _, judged: _ } =
            evidence;
        let (pillar, component, program) = columns(subject);
        let (uri, file) = match content {
            Content::Link(link) => (link.as_str(), None),
            Content::File(file) => ("", Some(file)),
        };
        sqlx::query!(
            "insert into evidence
                 (evaluation_id, region_id, evidence_id, title, pillar, component, program_id, uri,
                  media_type, size_bytes, sha256, principal, create_time)
             select evaluation_id, region_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
             from evaluation
             where evaluation_id = $1",
            locked.evaluation_id,
            id.as_str(),
            title,
            pillar,
            component,
            program,
            uri,
            file.map_or("", |file| file.media_type.as_str()),
            file.map(|file| i64::try_from(file.size_bytes).unwrap_or(i64::MAX)),
            file.map(|file| file.sha256.as_bytes().as_slice()),
            given.principal.as_str(),
            given.time,
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("evidence_pkey", || {
            Error::AlreadyExists(Resource::Evidence(locked.key(), id.clone()))
        })
        .on_constraint("evidence_program_fkey", || match subject {
            Subject::Program(program) => {
                Error::NotFound(Resource::Program(locked.key().region, program.clone()))
            }
            Subject::Pillar(_) | Subject::Component(_) => {
                Error::Unreadable("only programmes are referred to".into())
            }
        })?;
        Ok(())
    }

    /// Writes how a piece of evidence of a locked evaluation was judged.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn judge_evidence(
        &mut self,
        locked: &LockedEvaluation,
        evidence: &Evidence,
    ) -> Result<()> {
        let Evidence {
            id,
            title: _,
            subject: _,
            content: _,
            given: _,
            state,
            state_reason,
            judged,
        } = evidence;
        sqlx::query!(
            "update evidence
             set state = $3, state_reason = $4, judge_principal = $5, judge_time = $6
             where evaluation_id = $1 and evidence_id = $2",
            locked.evaluation_id,
            id.as_str(),
            state.as_str(),
            state_reason,
            judged.as_ref().map(|judged| judged.principal.as_str()),
            judged.as_ref().map(|judged| judged.time),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Removes a piece of evidence of a locked evaluation. A file stays where it is: another piece,
    /// or a publication, may refer to the same.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remove_evidence(
        &mut self,
        locked: &LockedEvaluation,
        id: &EvidenceId,
    ) -> Result<()> {
        sqlx::query!(
            "delete from evidence where evaluation_id = $1 and evidence_id = $2",
            locked.evaluation_id,
            id.as_str(),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}

impl LockedEvaluation {
    /// Its key, by the region's current code.
    pub fn key(&self) -> EvaluationKey {
        EvaluationKey {
            region: self.evaluation.region.clone(),
            cycle: self.evaluation.cycle.clone(),
        }
    }

    /// A piece of its evidence.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn piece(&self, id: &EvidenceId) -> Result<StoredEvidence> {
        let found = self.evaluation.evidence.iter().find(|piece| piece.id == *id);
        let found = found.map(|evidence| self.stored(evidence.clone()));
        found.ok_or_else(|| Error::NotFound(Resource::Evidence(self.key(), id.clone())))
    }

    /// A piece that is, or is to be, of its evidence.
    pub fn stored(&self, evidence: Evidence) -> StoredEvidence {
        StoredEvidence { key: self.key(), evidence }
    }
}

/// The columns that say what evidence is of: pillar, component, programme.
pub(crate) fn columns(subject: &Subject) -> (Option<&str>, Option<&str>, Option<&str>) {
    match subject {
        Subject::Pillar(pillar) => (Some(pillar.as_str()), None, None),
        Subject::Component(component) => (None, Some(component.as_str()), None),
        Subject::Program(program) => (None, None, Some(program.as_str())),
    }
}
