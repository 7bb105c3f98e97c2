//! Evaluations: found, listed, created and locked.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use takar_domain::{
    access::Principal,
    evaluation::Evaluation,
    instrument::Instrument,
    name::{CycleId, RegionCode},
    registry::Region,
    vocabulary::RegionKind,
};

use crate::{
    connection::Store,
    cycles::keep_open,
    error::{Error, OnConstraint, Precondition, Resource, Result},
    evaluation_rows::{LoadedEvaluation, load, load_one},
    instruments::instrument,
    page::Page,
    regions::{region, region_id},
    write::Write,
};

/// What names an evaluation and its scorecard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvaluationKey {
    /// The region, by its current or a former code.
    pub region: RegionCode,
    /// The cycle.
    pub cycle: CycleId,
}

/// Which evaluations a list shows; each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvaluationFilter {
    /// Those of this region, by its current or a former code.
    pub region: Option<RegionCode>,
    /// Those of this cycle.
    pub cycle: Option<CycleId>,
    /// Those to which this assessor is assigned without a conflict.
    pub assessor: Option<Principal>,
    /// Those of which a revision is published, now or at this time.
    pub published: Option<AsOf>,
    /// Those that have a scorecard: neither withdrawn nor found not assessable.
    pub has_scorecard: bool,
}

/// When something was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// At any time until now.
    Now,
    /// At or before this time.
    Time(DateTime<Utc>),
}

impl AsOf {
    /// The time, where one is given.
    pub(crate) const fn time(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Now => None,
            Self::Time(time) => Some(time),
        }
    }
}

/// An evaluation whose row is locked until the write ends, with what decides on it.
#[derive(Debug)]
pub struct LockedEvaluation {
    pub(crate) evaluation_id: i64,
    /// The evaluation, as it is before the write.
    pub evaluation: Evaluation,
    /// Its region.
    pub region: Region,
    /// The instrument of its cycle.
    pub instrument: Instrument,
    /// When it was locked, by the database's clock.
    pub now: DateTime<Utc>,
}

impl Store {
    /// The evaluation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn evaluation(&self, key: &EvaluationKey) -> Result<Evaluation> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Evaluation).await?;
        Ok(load_one(&mut connection, evaluation_id).await?.evaluation)
    }

    /// Evaluations by region and cycle, one more than the page where there are more.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region whose evaluations are asked for.
    pub async fn evaluations(
        &self,
        filter: &EvaluationFilter,
        page: &Page<EvaluationKey>,
    ) -> Result<Vec<Evaluation>> {
        let mut connection = self.pool.acquire().await?;
        let ids = evaluation_ids(&mut connection, filter, page).await?;
        let loaded = load(&mut connection, &ids).await?;
        Ok(loaded.into_iter().map(|loaded| loaded.evaluation).collect())
    }

    /// Whether `principal` assesses an evaluation, by a current or former code of its region, without
    /// a declared conflict.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_assigned(&self, principal: &Principal, key: &EvaluationKey) -> Result<bool> {
        let is_assigned = sqlx::query_scalar!(
            r#"select exists (
                   select from assignment
                   join evaluation using (evaluation_id)
                   join region_code using (region_id)
                   where principal = $1 and code = $2 and cycle_id = $3 and conflict_time is null
               ) as "is_assigned!""#,
            principal.as_str(),
            key.region.as_str(),
            key.cycle.as_str(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(is_assigned)
    }
}

impl Write {
    /// Creates the evaluation of a kabupaten or kota in a cycle, as a draft without content.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NotFound`] of the region or cycle,
    /// [`Precondition::RegionIsProvince`], [`Precondition::RegionNotEligible`] and
    /// [`Precondition::CycleNotOpen`].
    pub async fn create_evaluation(&mut self, key: &EvaluationKey) -> Result<Evaluation> {
        let region = region(&mut self.transaction, &key.region).await?;
        if region.kind == RegionKind::Province {
            return Err(Precondition::RegionIsProvince(Resource::Region(region.code)).into());
        }
        keep_existing(&mut self.transaction, &region).await?;
        let now = self.now().await?;
        keep_open(&mut self.transaction, &key.cycle, now).await?;
        check_eligible(&mut self.transaction, key).await?;
        let evaluation_id = sqlx::query_scalar!(
            "insert into evaluation (region_id, cycle_id)
             select region_id, $2 from region_code where code = $1
             returning evaluation_id",
            key.region.as_str(),
            key.cycle.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await
        .on_constraint("evaluation_once", || {
            Error::AlreadyExists(Resource::Evaluation(key.clone()))
        })?;
        Ok(load_one(&mut self.transaction, evaluation_id).await?.evaluation)
    }

    /// Locks an evaluation: writers of one evaluation follow each other.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn lock_evaluation(&mut self, key: &EvaluationKey) -> Result<LockedEvaluation> {
        let evaluation_id = lock(&mut self.transaction, key).await?;
        let now = self.now().await?;
        let loaded = load_one(&mut self.transaction, evaluation_id).await?;
        let region = region(&mut self.transaction, &loaded.evaluation.region).await?;
        let instrument = instrument(&mut self.transaction, &loaded.instrument).await?;
        let LoadedEvaluation { evaluation_id, evaluation, region_display_name: _, instrument: _ } =
            loaded;
        Ok(LockedEvaluation { evaluation_id, evaluation, region, instrument, now })
    }
}

/// Locks the evaluation's row.
async fn lock(connection: &mut PgConnection, key: &EvaluationKey) -> Result<i64> {
    sqlx::query_scalar!(
        "select evaluation_id
         from evaluation
         join region_code using (region_id)
         where code = $1 and cycle_id = $2
         for update of evaluation",
        key.region.as_str(),
        key.cycle.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Evaluation(key.clone())))
}

/// Checks that the region exists, and keeps a merger from ending it until the write ends.
async fn keep_existing(connection: &mut PgConnection, region: &Region) -> Result<()> {
    let end_date = sqlx::query_scalar!(
        "select end_date
         from region
         where region_id = (select region_id from region_code where code = $1)
         for share",
        region.code.as_str(),
    )
    .fetch_one(connection)
    .await?;
    match end_date {
        None => Ok(()),
        Some(_) => Err(Precondition::RegionEnded(Resource::Region(region.code.clone())).into()),
    }
}

/// Checks that the cycle evaluates the region; one that lists none evaluates all.
async fn check_eligible(connection: &mut PgConnection, key: &EvaluationKey) -> Result<()> {
    let is_eligible = sqlx::query_scalar!(
        r#"select not exists (select from cycle_region where cycle_id = $2)
                  or exists (select from cycle_region
                             join region_code using (region_id)
                             where cycle_id = $2 and code = $1) as "is_eligible!""#,
        key.region.as_str(),
        key.cycle.as_str(),
    )
    .fetch_one(connection)
    .await?;
    if is_eligible {
        Ok(())
    } else {
        let (region, cycle) = (key.region.clone(), key.cycle.clone());
        Err(Precondition::RegionNotEligible { region: Resource::Region(region), cycle }.into())
    }
}

/// The row of an evaluation; where there is none, what was asked for does not exist.
pub(crate) async fn evaluation_id(
    connection: &mut PgConnection,
    key: &EvaluationKey,
    asked: fn(EvaluationKey) -> Resource,
) -> Result<i64> {
    sqlx::query_scalar!(
        "select evaluation_id
         from region_code
         join evaluation using (region_id)
         where code = $1 and cycle_id = $2",
        key.region.as_str(),
        key.cycle.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(asked(key.clone())))
}

/// The rows of a page of evaluations, in their order.
pub(crate) async fn evaluation_ids(
    connection: &mut PgConnection,
    filter: &EvaluationFilter,
    page: &Page<EvaluationKey>,
) -> Result<Vec<i64>> {
    let region_id = match &filter.region {
        Some(code) => Some(region_id(connection, code).await?),
        None => None,
    };
    let ids = sqlx::query_scalar!(
        "select evaluation_id
         from evaluation
         join region_code current on current.region_id = evaluation.region_id and is_current
         where ($1::text is null or (code, cycle_id) > ($1, $2))
           and ($3::bigint is null or evaluation.region_id = $3)
           and ($4::text is null or cycle_id = $4)
           and ($5::text is null or exists (
               select from assignment
               where assignment.evaluation_id = evaluation.evaluation_id
                 and principal = $5 and conflict_time is null))
           and (not $6 or exists (
               select from publication
               where publication.evaluation_id = evaluation.evaluation_id
                 and ($7::timestamptz is null or publish_time <= $7)))
           and (not $8 or state not in ('withdrawn', 'not_assessable'))
         order by code, cycle_id
         limit $9",
        page.after.as_ref().map(|key| key.region.as_str()),
        page.after.as_ref().map(|key| key.cycle.as_str()),
        region_id,
        filter.cycle.as_ref().map(CycleId::as_str),
        filter.assessor.as_ref().map(Principal::as_str),
        filter.published.is_some(),
        filter.published.and_then(AsOf::time),
        filter.has_scorecard,
        page.limit(),
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}
