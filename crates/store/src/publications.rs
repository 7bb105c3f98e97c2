//! Publications, which are only ever added, and the scorecards that they hold.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    evaluation::Evaluation,
    instrument::Instrument,
    name::{CycleId, InstrumentId, RegionCode},
    publication::{Citation, Publication, StatedFigure},
    scorecard::{EarlierIndex, Scorecard},
    scoring,
};

use crate::{
    connection::Store,
    earlier_indexes::earlier_indexes,
    error::{Error, Precondition, Resource, Result, stored},
    evaluations::{
        EvaluationFilter, EvaluationKey, LoadedEvaluation, evaluation_id, evaluation_ids, load,
        load_one,
    },
    instruments::{instrument, instruments_by_id},
    page::Page,
    reports::lock,
};

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
    /// The newest revision of a scorecard, or the provisional one where none is published.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such evaluation.
    pub async fn scorecard(&self, key: &EvaluationKey) -> Result<StoredScorecard> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Scorecard).await?;
        let mut found = scorecards_by_id(&mut connection, &[evaluation_id]).await?;
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
        let ids = evaluation_ids(&mut connection, filter, page).await?;
        scorecards_by_id(&mut connection, &ids).await
    }

    /// Publishes the scorecard as it is computed now, as a further revision.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Precondition::NothingToPublish`]; [`Error::Refused`] where a
    /// correction does not say why.
    pub async fn publish(
        &self,
        key: &EvaluationKey,
        citation: Citation,
        stated: &[StatedFigure],
    ) -> Result<StoredScorecard> {
        let mut transaction = self.pool.begin().await?;
        let evaluation_id = lock(&mut transaction, key).await?;
        let revision = next_revision(&mut transaction, evaluation_id).await?;
        citation
            .check_reason(revision)
            .map_err(|fault| Error::Refused(fault.at("publication").into()))?;
        let loaded = load_one(&mut transaction, evaluation_id).await?;
        if is_empty(&loaded.evaluation) {
            return Err(Precondition::NothingToPublish(Resource::Evaluation(key.clone())).into());
        }
        let instrument = instrument(&mut transaction, &loaded.instrument).await?;
        let mut earlier = earlier_indexes(&mut transaction, &[evaluation_id]).await?;
        let mut published = provisional(loaded, &instrument, earlier.remove(&evaluation_id));
        published.scorecard.published_figures =
            stated.iter().map(|figure| figure.beside(&published.scorecard)).collect();
        let publish_time = insert_publication(
            &mut transaction,
            evaluation_id,
            revision,
            &citation,
            &published.scorecard,
        )
        .await?;
        transaction.commit().await?;
        published.publication = Some(Publication { revision, publish_time, citation });
        Ok(published)
    }
}

fn is_empty(evaluation: &Evaluation) -> bool {
    evaluation.tallies().is_empty()
        && evaluation.pillar_scores.is_empty()
        && evaluation.component_scores.is_empty()
}

fn provisional(
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
) -> Result<Vec<StoredScorecard>> {
    let mut scorecards = newest_revisions(connection, ids).await?;
    let unpublished: Vec<_> =
        ids.iter().copied().filter(|id| !scorecards.contains_key(id)).collect();
    if !unpublished.is_empty() {
        let loaded = load(connection, &unpublished).await?;
        let instruments = instruments_of(connection, &loaded).await?;
        let mut earlier = earlier_indexes(connection, &unpublished).await?;
        for loaded in loaded {
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
        where evaluation_id = any ($1)
        order by evaluation_id, revision desc
        "#,
        ids,
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
    evaluation_id: i64,
    revision: i32,
    citation: &Citation,
    scorecard: &Scorecard,
) -> Result<DateTime<Utc>> {
    let Citation { letter_number, letter_date, source, reason } = citation;
    let publish_time = sqlx::query_scalar!(
        "with published as (
             update evaluation set state = 'published', update_time = clock_timestamp()
             where evaluation_id = $1
         )
         insert into publication
             (evaluation_id, revision, letter_number, letter_date, source, reason, scorecard)
         values ($1, $2, $3, $4, $5, $6, $7)
         returning publish_time",
        evaluation_id,
        revision,
        letter_number.as_deref(),
        *letter_date,
        source,
        reason.as_deref(),
        Json(scorecard) as _,
    )
    .fetch_one(connection)
    .await?;
    Ok(publish_time)
}
