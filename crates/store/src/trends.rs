//! Trends: what is published of a region or a cohort in all cycles, and the chain of them that is
//! asked for.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use takar_domain::{
    instrument::Instrument,
    name::{CohortId, CycleId, InstrumentId, RegionCode},
    population::{MissingReason, Population},
    trend::{
        ChainCycle, CohortTrend, PointContent, PublishedPoint, RegionPoint, RegionTrend, chain,
    },
    vocabulary::{EvaluationState, RegionKind},
};

use crate::{
    connection::Store,
    error::{Error, Precondition, Resource, Result, stored},
    evaluations::AsOf,
    instruments::instruments_by_id,
    populations::{parse_line, survey},
    publications::settle,
    regions::{region, region_id},
};

struct CycleRow {
    cycle_id: String,
    display_name: String,
    instrument_id: String,
    previous_cycle_id: Option<String>,
    simulated: bool,
    create_time: DateTime<Utc>,
    has_figures: bool,
}

impl CycleRow {
    fn into_cycle(self) -> Result<ChainCycle> {
        let Self {
            cycle_id,
            display_name,
            instrument_id,
            previous_cycle_id,
            simulated,
            create_time,
            has_figures,
        } = self;
        Ok(ChainCycle {
            id: stored(CycleId::parse(&cycle_id))?,
            display_name,
            instrument: stored(InstrumentId::parse(&instrument_id))?,
            previous: stored(previous_cycle_id.as_deref().map(CycleId::parse).transpose())?,
            simulated,
            create_time,
            has_figures,
        })
    }
}

struct PointRow {
    cycle_id: String,
    state: String,
    region_code: Option<String>,
    revision: Option<i32>,
    publish_time: Option<DateTime<Utc>>,
    line: Option<String>,
    improvement_is_break: Option<bool>,
}

impl PointRow {
    fn into_point(self) -> Result<(CycleId, PointContent)> {
        let Self {
            cycle_id,
            state,
            region_code,
            revision,
            publish_time,
            line,
            improvement_is_break,
        } = self;
        let cycle = stored(CycleId::parse(&cycle_id))?;
        let reason = MissingReason::of_state(Some(stored(EvaluationState::parse(&state))?));
        let content = (reason, revision.zip(publish_time), line.zip(region_code));
        let (MissingReason::NotPublished, Some((revision, publish_time)), Some((line, code))) =
            content
        else {
            return Ok((cycle, PointContent::Gap(reason)));
        };
        let point = PublishedPoint {
            region: stored(RegionCode::parse(&code))?,
            revision,
            publish_time,
            figures: parse_line(&line)?.0,
            improvement_is_break: improvement_is_break.unwrap_or_default(),
        };
        Ok((cycle, PointContent::Published(Box::new(point))))
    }
}

impl Store {
    /// What is published of a kabupaten or kota in the cycles up to `last`, or in the newest chain of
    /// them; each by the code that the region had then.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region or of `last`, [`Precondition::RegionIsProvince`], and
    /// [`Error::Refused`] of a time that is not over yet.
    pub async fn region_trend(
        &self,
        code: &RegionCode,
        last: Option<&CycleId>,
        as_of: AsOf,
    ) -> Result<RegionTrend> {
        let mut connection = self.pool.acquire().await?;
        settle(&mut connection, Some(as_of)).await?;
        let region = region(&mut connection, code).await?;
        if region.kind == RegionKind::Province {
            return Err(Precondition::RegionIsProvince(Resource::Region(region.code)).into());
        }
        let region_id = region_id(&mut connection, code).await?;
        let mut contents = points(&mut connection, region_id, as_of.time()).await?;
        let mut cycles = cycles(&mut connection, None, None).await?;
        for cycle in &mut cycles {
            let content = contents.get(&cycle.id);
            cycle.has_figures = matches!(content, Some(PointContent::Published(_)));
        }
        let chain = checked_chain(&cycles, last)?;
        let instruments = instruments(&mut connection, &chain).await?;
        let point = |cycle: ChainCycle| {
            let content = contents.remove(&cycle.id);
            let content = content.unwrap_or(PointContent::Gap(MissingReason::NoEvaluation));
            let instrument = instruments.get(&cycle.instrument).cloned();
            let instrument = instrument
                .ok_or_else(|| Error::NotFound(Resource::Instrument(cycle.instrument.clone())))?;
            Ok(RegionPoint { cycle, instrument, content })
        };
        let points = chain.into_iter().map(point).collect::<Result<_>>()?;
        Ok(RegionTrend { region: region.code, display_name: region.display_name, points })
    }

    /// What is published of a cohort in the cycles up to `last`, or in the newest chain of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the cohort or of `last`, and [`Error::Refused`] of a time that is not
    /// over yet.
    pub async fn cohort_trend(
        &self,
        cohort: &CohortId,
        last: Option<&CycleId>,
        as_of: AsOf,
    ) -> Result<CohortTrend> {
        let mut connection = self.pool.acquire().await?;
        settle(&mut connection, Some(as_of)).await?;
        let display_name = sqlx::query_scalar!(
            "select display_name from cohort where cohort_id = $1",
            cohort.as_str(),
        )
        .fetch_optional(&mut *connection)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::Cohort(cohort.clone())))?;
        let cycles = cycles(&mut connection, Some(cohort), as_of.time()).await?;
        let population = Population::Cohort(cohort.clone());
        let mut points = Vec::new();
        for cycle in checked_chain(&cycles, last)? {
            let survey = survey(&mut connection, &cycle.id, &population, as_of).await?;
            points.push((cycle, survey));
        }
        Ok(CohortTrend { cohort: cohort.clone(), display_name, points })
    }
}

/// The chain that is asked for, whose last cycle must be there.
fn checked_chain(cycles: &[ChainCycle], last: Option<&CycleId>) -> Result<Vec<ChainCycle>> {
    let chain = chain(cycles, last);
    match last {
        Some(last) if chain.is_empty() => Err(Error::NotFound(Resource::Cycle(last.clone()))),
        _ => Ok(chain),
    }
}

/// All cycles, and whether anything of a cohort is published in them.
async fn cycles(
    connection: &mut PgConnection,
    cohort: Option<&CohortId>,
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<ChainCycle>> {
    sqlx::query_as!(
        CycleRow,
        r#"
        select cycle_id, display_name, instrument_id, previous_cycle_id, simulated, create_time,
               exists (select from cohort_member
                       join evaluation using (region_id)
                       join publication_figures using (evaluation_id)
                       where cohort_id = $1
                         and evaluation.cycle_id = cycle.cycle_id
                         and ($2::timestamptz is null or publish_time <= $2)) as "has_figures!"
        from cycle
        "#,
        cohort.map(CohortId::as_str),
        as_of,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(CycleRow::into_cycle)
    .collect()
}

/// What is published of a region in each cycle in which it has an evaluation.
async fn points(
    connection: &mut PgConnection,
    region_id: i64,
    as_of: Option<DateTime<Utc>>,
) -> Result<BTreeMap<CycleId, PointContent>> {
    sqlx::query_as!(
        PointRow,
        r#"
        select evaluation.cycle_id, state, revision as "revision?", publish_time as "publish_time?",
               line as "line?",
               improvement_is_break as "improvement_is_break?",
               (select scorecard ->> 'region'
                from publication
                where publication.evaluation_id = evaluation.evaluation_id
                  and publication.revision = newest.revision) as "region_code?"
        from evaluation
        left join lateral (
            select revision, publish_time, line, improvement_is_break
            from publication_figures kept
            where kept.evaluation_id = evaluation.evaluation_id
              and ($2::timestamptz is null or publish_time <= $2)
            order by revision desc
            limit 1
        ) newest on true
        where region_id = $1
        "#,
        region_id,
        as_of,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(PointRow::into_point)
    .collect()
}

async fn instruments(
    connection: &mut PgConnection,
    chain: &[ChainCycle],
) -> Result<BTreeMap<InstrumentId, Instrument>> {
    let mut ids: Vec<_> = chain.iter().map(|cycle| cycle.instrument.to_string()).collect();
    ids.sort();
    ids.dedup();
    let instruments = instruments_by_id(connection, &ids).await?;
    Ok(instruments.into_iter().map(|instrument| (instrument.id().clone(), instrument)).collect())
}
