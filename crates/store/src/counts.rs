//! How long lists are, over all their pages: each under the conditions of its list but the page's.

use takar_domain::{
    access::Principal,
    name::{CycleId, RegionCode},
    vocabulary::{EvidenceState, RegionKind},
};

use crate::{
    audit::AuditFilter,
    connection::Store,
    error::{Resource, Result},
    evaluations::{AsOf, EvaluationFilter, EvaluationKey, evaluation_id},
    evidence::{EvidenceFilter, columns},
    regions::{RegionFilter, region_id},
};

impl Store {
    /// How many regions there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_regions(&self, filter: &RegionFilter) -> Result<i64> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!"
               from region_code
               join region using (region_id)
               where is_current
                 and ($1::text is null or province_code = $1)
                 and ($2::text is null or kind = $2)
                 and ($3::text is null or position(lower($3) in lower(display_name)) > 0)"#,
            filter.province.as_ref().map(RegionCode::as_str),
            filter.kind.map(RegionKind::as_str),
            filter.name_contains.as_deref(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }

    /// How many cohorts there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_cohorts(&self) -> Result<i64> {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from cohort"#);
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// How many instruments there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_instruments(&self) -> Result<i64> {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from instrument"#);
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// How many cycles there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_cycles(&self) -> Result<i64> {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from cycle"#);
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// How many programmes a region has, by its current or a former code.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_programs(&self, region: &RegionCode) -> Result<i64> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!"
               from program
               join region_code using (region_id)
               where code = $1"#,
            region.as_str(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }

    /// How many evaluations there are.
    ///
    /// # Errors
    /// [`Error::NotFound`][crate::Error::NotFound] of the region whose evaluations are asked for.
    pub async fn count_evaluations(&self, filter: &EvaluationFilter) -> Result<i64> {
        let mut connection = self.pool.acquire().await?;
        let region_id = match &filter.region {
            Some(code) => Some(region_id(&mut connection, code).await?),
            None => None,
        };
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!"
               from evaluation
               where ($1::bigint is null or region_id = $1)
                 and ($2::text is null or cycle_id = $2)
                 and ($3::text is null or exists (
                     select from assignment
                     where assignment.evaluation_id = evaluation.evaluation_id
                       and principal = $3 and conflict_time is null))
                 and (not $4 or exists (
                     select from publication
                     where publication.evaluation_id = evaluation.evaluation_id
                       and ($5::timestamptz is null or publish_time <= $5)))
                 and (not $6 or state not in ('withdrawn', 'not_assessable'))"#,
            region_id,
            filter.cycle.as_ref().map(CycleId::as_str),
            filter.assessor.as_ref().map(Principal::as_str),
            filter.published.is_some(),
            filter.published.and_then(AsOf::time),
            filter.has_scorecard,
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(count)
    }

    /// How many scorecards there are.
    ///
    /// # Errors
    /// [`Error::NotFound`][crate::Error::NotFound] of the region whose scorecards are asked for.
    pub async fn count_scorecards(&self, filter: &EvaluationFilter) -> Result<i64> {
        let filter = EvaluationFilter { has_scorecard: true, ..filter.clone() };
        self.count_evaluations(&filter).await
    }

    /// How many revisions a scorecard has.
    ///
    /// # Errors
    /// [`Error::NotFound`][crate::Error::NotFound] of the scorecard.
    pub async fn count_revisions(&self, key: &EvaluationKey) -> Result<i64> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Scorecard).await?;
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from publication where evaluation_id = $1"#,
            evaluation_id,
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(count)
    }

    /// How many pieces of evidence an evaluation has.
    ///
    /// # Errors
    /// [`Error::NotFound`][crate::Error::NotFound] of the evaluation.
    pub async fn count_evidence(
        &self,
        key: &EvaluationKey,
        filter: &EvidenceFilter,
    ) -> Result<i64> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Evaluation).await?;
        let (pillar, component, program) =
            filter.subject.as_ref().map_or_else(Default::default, columns);
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!"
               from evidence
               where evaluation_id = $1
                 and ($2::text is null or pillar = $2)
                 and ($3::text is null or component = $3)
                 and ($4::text is null or program_id = $4)
                 and ($5::text is null or state = $5)"#,
            evaluation_id,
            pillar,
            component,
            program,
            filter.state.map(EvidenceState::as_str),
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(count)
    }

    /// How many API keys there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_api_keys(&self) -> Result<i64> {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from api_key"#);
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// How many entries the audit trail has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_audit_entries(&self, filter: &AuditFilter) -> Result<i64> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!"
               from audit_entry
               where ($1::text is null or resource = $1)
                 and ($2::text is null or principal = $2)"#,
            filter.resource.as_deref(),
            filter.principal.as_ref().map(Principal::as_str),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }
}
