//! Publications, which are only ever added, and the scorecards that they hold.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    access::Principal,
    evaluation::Evaluation,
    fault::Fault,
    instrument::Instrument,
    life::Change,
    name::{CycleId, InstrumentId, RegionCode},
    publication::{Citation, Publication, StatedFigure},
    scorecard::{EarlierIndex, Scorecard},
    scoring,
};

use crate::{
    connection::Store,
    earlier_indexes::earlier_indexes,
    error::{Error, Precondition, Resource, Result, stored},
    evaluation_rows::{LoadedEvaluation, load, load_one},
    evaluations::{
        AsOf, EvaluationFilter, EvaluationKey, LockedEvaluation, evaluation_id, evaluation_ids,
    },
    instruments::instruments_by_id,
    page::Page,
    write::Write,
};

/// How long a publication may be under way, longer than any statement or call may take.
const PUBLICATION_MAX_DURATION: TimeDelta = TimeDelta::minutes(5);

/// A scorecard as it stands: its newest revision, or the provisional one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredScorecard {
    /// What names it now; the region's code may have changed since it was published.
    pub key: EvaluationKey,
    /// The revision; `None` while it is provisional.
    pub publication: Option<Publication>,
    /// Its content.
    pub scorecard: Scorecard,
}

struct PublicationRow {
    evaluation_id: i64,
    region_code: String,
    cycle_id: String,
    revision: i32,
    publish_time: DateTime<Utc>,
    letter_number: Option<String>,
    letter_date: Option<NaiveDate>,
    source: String,
    reason: Option<String>,
    scorecard: Json<Scorecard>,
}

impl PublicationRow {
    fn into_stored(self) -> Result<(i64, StoredScorecard)> {
        let Self { letter_number, letter_date, source, reason, .. } = self;
        let scorecard = StoredScorecard {
            key: EvaluationKey {
                region: stored(RegionCode::parse(&self.region_code))?,
                cycle: stored(CycleId::parse(&self.cycle_id))?,
            },
            publication: Some(Publication {
                revision: self.revision,
                publish_time: self.publish_time,
                citation: Citation { letter_number, letter_date, source, reason },
            }),
            scorecard: self.scorecard.0,
        };
        Ok((self.evaluation_id, scorecard))
    }
}

impl Store {
    /// A scorecard: of what is published, the newest revision, now or as of a time; or, where
    /// `published` is `None`, the provisional one too.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such evaluation, or nothing of it is published.
    pub async fn scorecard(
        &self,
        key: &EvaluationKey,
        published: Option<AsOf>,
    ) -> Result<StoredScorecard> {
        let mut connection = self.pool.acquire().await?;
        settle(&mut connection, published).await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Scorecard).await?;
        let mut found = scorecards_by_id(&mut connection, &[evaluation_id], published).await?;
        found.pop().ok_or_else(|| Error::NotFound(Resource::Scorecard(key.clone())))
    }

    /// Scorecards by region and cycle, one more than the page where there are more.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region whose scorecards are asked for.
    pub async fn scorecards(
        &self,
        filter: &EvaluationFilter,
        page: &Page<EvaluationKey>,
    ) -> Result<Vec<StoredScorecard>> {
        let mut connection = self.pool.acquire().await?;
        settle(&mut connection, filter.published).await?;
        let filter = EvaluationFilter { has_scorecard: true, ..filter.clone() };
        let ids = evaluation_ids(&mut connection, &filter, page).await?;
        scorecards_by_id(&mut connection, &ids, filter.published).await
    }

    /// A scorecard, found as [`scorecard`](Self::scorecard) does, with the evaluation from which it was
    /// computed: of a revision the one that was kept with it, `None` where none was.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such evaluation, or nothing of it is published.
    pub async fn explained(
        &self,
        key: &EvaluationKey,
        published: Option<AsOf>,
    ) -> Result<(StoredScorecard, Option<Evaluation>)> {
        let scorecard = self.scorecard(key, published).await?;
        let evaluation = match &scorecard.publication {
            Some(publication) => self.kept_evaluation(&scorecard.key, publication.revision).await?,
            None => Some(self.evaluation(key).await?),
        };
        Ok((scorecard, evaluation))
    }

    async fn kept_evaluation(
        &self,
        key: &EvaluationKey,
        revision: i32,
    ) -> Result<Option<Evaluation>> {
        let kept = sqlx::query_scalar!(
            r#"select publication.evaluation as "evaluation: Json<Evaluation>"
               from publication
               join evaluation using (evaluation_id)
               join region_code using (region_id)
               where code = $1 and cycle_id = $2 and revision = $3"#,
            key.region.as_str(),
            key.cycle.as_str(),
            revision,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(kept.map(|kept| kept.0))
    }

    /// The revisions of a scorecard, newest first, one more than the page where there are more.
    ///
    /// # Errors
    /// [`Error::NotFound`] where nothing is published.
    pub async fn revisions(
        &self,
        key: &EvaluationKey,
        page: &Page<i32>,
    ) -> Result<Vec<StoredScorecard>> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Scorecard).await?;
        let revisions = sqlx::query_as!(
            PublicationRow,
            r#"
            select evaluation_id, code as region_code, cycle_id, revision, publish_time,
                   letter_number, letter_date, publication.source, reason,
                   scorecard as "scorecard: Json<Scorecard>"
            from publication
            join evaluation using (evaluation_id)
            join region_code current on current.region_id = evaluation.region_id and is_current
            where evaluation_id = $1 and ($2::int is null or revision < $2)
            order by revision desc
            limit $3
            "#,
            evaluation_id,
            page.after,
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?;
        if revisions.is_empty() && page.after.is_none() {
            return Err(Error::NotFound(Resource::Scorecard(key.clone())));
        }
        let stored = revisions.into_iter().map(PublicationRow::into_stored);
        stored.map(|stored| stored.map(|(_, scorecard)| scorecard)).collect()
    }
}

/// What was published is stamped and committed in one order, under the lock of the audit trail's end.
/// So a read as of a moment that is only just over waits for a publication under way: it may bear an
/// earlier time.
pub(crate) async fn settle(connection: &mut PgConnection, published: Option<AsOf>) -> Result<()> {
    let Some(AsOf::Time(time)) = published else { return Ok(()) };
    let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(&mut *connection)
        .await?;
    if time > now {
        let allowed = "a time not later than now, by the server's clock";
        let shown = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        return Err(Error::Refused(Fault::new(shown, allowed).at("as_of").into()));
    }
    if now - time < PUBLICATION_MAX_DURATION {
        // No transaction is open here, so the lock is let go at once.
        sqlx::query!("select sequence from audit_head for share").fetch_one(connection).await?;
    }
    Ok(())
}

impl Write {
    /// Publishes the scorecard of a locked evaluation as it is computed now, as a further revision,
    /// with the step that leads there.
    ///
    /// # Errors
    /// [`Precondition::NothingToPublish`]; [`Error::Refused`] where a correction does not say why.
    pub async fn publish(
        &mut self,
        locked: &LockedEvaluation,
        step: &Change,
        citation: Citation,
        stated: &[StatedFigure],
    ) -> Result<(Evaluation, StoredScorecard)> {
        let evaluation_id = locked.evaluation_id;
        let revision = next_revision(&mut self.transaction, evaluation_id).await?;
        citation
            .check_reason(revision)
            .map_err(|fault| Error::Refused(fault.at("publication").into()))?;
        if is_empty(&locked.evaluation) {
            let key = key_of(&locked.evaluation);
            return Err(Precondition::NothingToPublish(Resource::Evaluation(key)).into());
        }
        let publish_time = self.in_commit_order().await?;
        self.save(locked, std::slice::from_ref(step)).await?;
        let loaded = load_one(&mut self.transaction, evaluation_id).await?;
        let evaluation = loaded.evaluation.clone();
        let mut earlier = earlier_indexes(&mut self.transaction, &[evaluation_id]).await?;
        let mut published = provisional(loaded, &locked.instrument, earlier.remove(&evaluation_id));
        published.scorecard.published_figures =
            stated.iter().map(|figure| figure.beside(&published.scorecard)).collect();
        let publication = Publication { revision, publish_time, citation };
        let principal = self.caller().principal;
        insert_publication(
            &mut self.transaction,
            (evaluation_id, &principal),
            &publication,
            &published.scorecard,
            &evaluation,
        )
        .await?;
        published.publication = Some(publication);
        Ok((evaluation, published))
    }
}

fn key_of(evaluation: &Evaluation) -> EvaluationKey {
    EvaluationKey { region: evaluation.region.clone(), cycle: evaluation.cycle.clone() }
}

fn is_empty(evaluation: &Evaluation) -> bool {
    evaluation.tallies().is_empty()
        && evaluation.pillar_scores.is_empty()
        && evaluation.component_scores.is_empty()
}

/// The scorecard that follows from an evaluation now.
pub(crate) fn provisional(
    loaded: LoadedEvaluation,
    instrument: &Instrument,
    earlier: Option<EarlierIndex>,
) -> StoredScorecard {
    let LoadedEvaluation { evaluation, region_display_name, .. } = loaded;
    StoredScorecard {
        key: EvaluationKey { region: evaluation.region.clone(), cycle: evaluation.cycle.clone() },
        publication: None,
        scorecard: scoring::score(&evaluation, region_display_name, instrument, earlier),
    }
}

/// Scorecards of these evaluations, in the order of the ids.
async fn scorecards_by_id(
    connection: &mut PgConnection,
    ids: &[i64],
    published: Option<AsOf>,
) -> Result<Vec<StoredScorecard>> {
    let mut scorecards = newest_revisions(connection, ids, published.and_then(AsOf::time)).await?;
    let is_unpublished = |id: &i64| published.is_none() && !scorecards.contains_key(id);
    let unpublished: Vec<_> = ids.iter().copied().filter(is_unpublished).collect();
    if !unpublished.is_empty() {
        let loaded = load(connection, &unpublished).await?;
        let instruments = instruments_of(connection, &loaded).await?;
        let mut earlier = earlier_indexes(connection, &unpublished).await?;
        for loaded in loaded.into_iter().filter(|loaded| loaded.evaluation.has_scorecard()) {
            let instrument = instruments
                .get(&loaded.instrument)
                .ok_or_else(|| Error::NotFound(Resource::Instrument(loaded.instrument.clone())))?;
            let evaluation_id = loaded.evaluation_id;
            let earlier = earlier.remove(&evaluation_id);
            scorecards.insert(evaluation_id, provisional(loaded, instrument, earlier));
        }
    }
    Ok(ids.iter().filter_map(|id| scorecards.remove(id)).collect())
}

async fn instruments_of(
    connection: &mut PgConnection,
    loaded: &[LoadedEvaluation],
) -> Result<BTreeMap<InstrumentId, Instrument>> {
    let mut ids: Vec<_> = loaded.iter().map(|loaded| loaded.instrument.to_string()).collect();
    ids.sort();
    ids.dedup();
    let instruments = instruments_by_id(connection, &ids).await?;
    Ok(instruments.into_iter().map(|instrument| (instrument.id().clone(), instrument)).collect())
}

async fn newest_revisions(
    connection: &mut PgConnection,
    ids: &[i64],
    as_of: Option<DateTime<Utc>>,
) -> Result<HashMap<i64, StoredScorecard>> {
    sqlx::query_as!(
        PublicationRow,
        r#"
        select distinct on (evaluation_id)
               evaluation_id, code as region_code, cycle_id, revision, publish_time, letter_number,
               letter_date, publication.source, reason, scorecard as "scorecard: Json<Scorecard>"
        from publication
        join evaluation using (evaluation_id)
        join region_code current on current.region_id = evaluation.region_id and is_current
        where evaluation_id = any ($1) and ($2::timestamptz is null or publish_time <= $2)
        order by evaluation_id, revision desc
        "#,
        ids,
        as_of,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(PublicationRow::into_stored)
    .collect()
}

/// The number of the revision that comes next, under the evaluation's lock.
async fn next_revision(connection: &mut PgConnection, evaluation_id: i64) -> Result<i32> {
    let revision = sqlx::query_scalar!(
        r#"select coalesce(max(revision), 0) + 1 as "revision!" from publication where evaluation_id = $1"#,
        evaluation_id,
    )
    .fetch_one(connection)
    .await?;
    Ok(revision)
}

async fn insert_publication(
    connection: &mut PgConnection,
    (evaluation_id, principal): (i64, &Principal),
    publication: &Publication,
    scorecard: &Scorecard,
    evaluation: &Evaluation,
) -> Result<()> {
    let Publication { revision, publish_time, citation } = publication;
    let Citation { letter_number, letter_date, source, reason } = citation;
    sqlx::query!(
        "insert into publication
             (evaluation_id, revision, publish_time, letter_number, letter_date, source, reason,
              scorecard, evaluation, principal)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        evaluation_id,
        *revision,
        *publish_time,
        letter_number.as_deref(),
        *letter_date,
        source,
        reason.as_deref(),
        Json(scorecard) as _,
        Json(evaluation) as _,
        principal.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
