//! Populations: what is published of many regions of a cycle, now or as of a time.
//!
//! Read from `publication_figures`, whose rows are narrow, and never from whole scorecards.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use takar_domain::{
    exact::Exact,
    fault::Fault,
    name::{CycleId, InstrumentId, RegionCode},
    population::{
        KeptFigure, KeptFigures, MissingReason, MissingRegion, NamedRegion, Population,
        PublishedRegion, Survey,
    },
    publication::Measure,
    scorecard::NullReason,
    tally::Ratio,
    vocabulary::{EvaluationState, Pillar, RegionKind},
};

use crate::{
    connection::Store,
    error::{Error, Resource, Result, stored},
    evaluations::AsOf,
    instruments::instrument,
    publications::settle,
};

/// What the nation is called.
const NATION: &str = "Indonesia";

/// A region that is expected, with the newest revision of its scorecard where there is one.
struct ExpectedRow {
    code: String,
    province_code: String,
    display_name: String,
    state: Option<String>,
    revision: Option<i32>,
    publish_time: Option<DateTime<Utc>>,
    // Arrays as one text each: 42 texts a region would be allocated otherwise.
    exact: Option<String>,
    null_reason: Option<String>,
    improvement_is_break: Option<bool>,
    running: Option<Vec<Option<i32>>>,
    planned: Option<Vec<Option<i32>>>,
}

impl ExpectedRow {
    /// Puts the region among those that are present, or those that are missing.
    fn sort_into(
        self,
        present: &mut Vec<PublishedRegion>,
        missing: &mut Vec<MissingRegion>,
    ) -> Result<()> {
        let Self {
            code,
            province_code,
            display_name,
            state,
            revision,
            publish_time,
            exact,
            null_reason,
            improvement_is_break,
            running,
            planned,
        } = self;
        let region = NamedRegion {
            code: stored(RegionCode::parse(&code))?,
            display_name,
            province: stored(RegionCode::parse(&province_code))?,
        };
        let state = stored(state.as_deref().map(EvaluationState::parse).transpose())?;
        let reason = MissingReason::of_state(state);
        match (reason, revision.zip(publish_time), exact.zip(null_reason)) {
            (MissingReason::NotPublished, Some((revision, publish_time)), Some(figures)) => {
                present.push(PublishedRegion {
                    region,
                    revision,
                    publish_time,
                    figures: stored(parse_figures(&figures.0, &figures.1))?,
                    improvement_is_break: improvement_is_break.unwrap_or_default(),
                    ratios: parse_ratios(
                        &running.unwrap_or_default(),
                        &planned.unwrap_or_default(),
                    )?,
                });
            }
            _ => missing.push(MissingRegion { region, reason }),
        }
        Ok(())
    }
}

impl Store {
    /// What is published of a population in a cycle. Withdrawals and other states, codes, names and
    /// members count as they are now.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the cycle, the cohort or the province; [`Error::Refused`] of a time that
    /// is not over yet, and of a `province` that is none.
    pub async fn survey(
        &self,
        cycle: &CycleId,
        population: &Population,
        as_of: AsOf,
    ) -> Result<Survey> {
        let mut connection = self.pool.acquire().await?;
        settle(&mut connection, Some(as_of)).await?;
        survey(&mut connection, cycle, population, as_of).await
    }
}

/// What is published of a population, where what was published until `as_of` is there.
pub(crate) async fn survey(
    connection: &mut PgConnection,
    cycle: &CycleId,
    population: &Population,
    as_of: AsOf,
) -> Result<Survey> {
    let head = cycle_head(connection, cycle).await?;
    let instrument = instrument(connection, &head.instrument).await?;
    let (population, display_name) = find(connection, population).await?;
    let rows = expected(connection, cycle, &population, as_of.time()).await?;
    let (mut present, mut missing) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        row.sort_into(&mut present, &mut missing)?;
    }
    Ok(Survey {
        population,
        display_name,
        cycle: cycle.clone(),
        simulated: head.simulated,
        instrument,
        present,
        missing,
    })
}

struct CycleHead {
    instrument: InstrumentId,
    simulated: bool,
}

/// What of a cycle goes into every survey.
async fn cycle_head(connection: &mut PgConnection, id: &CycleId) -> Result<CycleHead> {
    let row = sqlx::query!(
        "select instrument_id, simulated from cycle where cycle_id = $1",
        id.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Cycle(id.clone())))?;
    let instrument = stored(InstrumentId::parse(&row.instrument_id))?;
    Ok(CycleHead { instrument, simulated: row.simulated })
}

/// The population, a province by its current code, and what it is called.
async fn find(
    connection: &mut PgConnection,
    population: &Population,
) -> Result<(Population, String)> {
    match population {
        Population::Nation => Ok((Population::Nation, NATION.to_owned())),
        Population::Province(code) => {
            let (code, display_name) = province(connection, code).await?;
            Ok((Population::Province(code), display_name))
        }
        Population::Cohort(id) => {
            let display_name = sqlx::query_scalar!(
                "select display_name from cohort where cohort_id = $1",
                id.as_str(),
            )
            .fetch_optional(connection)
            .await?
            .ok_or_else(|| Error::NotFound(Resource::Cohort(id.clone())))?;
            Ok((Population::Cohort(id.clone()), display_name))
        }
    }
}

/// The current code and the name of a province, by its current or a former code.
async fn province(
    connection: &mut PgConnection,
    code: &RegionCode,
) -> Result<(RegionCode, String)> {
    let row = sqlx::query!(
        "select current.code, kind, display_name
         from region_code asked
         join region using (region_id)
         join region_code current on current.region_id = asked.region_id and current.is_current
         where asked.code = $1",
        code.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Region(code.clone())))?;
    if row.kind != RegionKind::Province.as_str() {
        let fault = Fault::new(Resource::Region(code.clone()), "a province, such as regions/33");
        return Err(Error::Refused(fault.at("province").into()));
    }
    Ok((stored(RegionCode::parse(&row.code))?, row.display_name))
}

/// The regions of a population that a cycle evaluates, by code: those that it lists, or all that
/// exist, with those that ended since they were evaluated.
async fn expected(
    connection: &mut PgConnection,
    cycle: &CycleId,
    population: &Population,
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<ExpectedRow>> {
    let (province, cohort) = match population {
        Population::Nation => (None, None),
        Population::Province(code) => (Some(code.as_str()), None),
        Population::Cohort(id) => (None, Some(id.as_str())),
    };
    let rows = sqlx::query_as!(
        ExpectedRow,
        r#"
        select code, province_code as "province_code!", display_name, state as "state?",
               revision as "revision?", publish_time as "publish_time?",
               array_to_string(exact, ',', '') as "exact?",
               array_to_string(null_reason, ',', '') as "null_reason?",
               improvement_is_break as "improvement_is_break?",
               running as "running?: Vec<Option<i32>>", planned as "planned?: Vec<Option<i32>>"
        from region
        join region_code using (region_id)
        left join evaluation on evaluation.region_id = region.region_id and evaluation.cycle_id = $1
        left join (
            select distinct on (evaluation_id) *
            from publication_figures
            where cycle_id = $1 and ($2::timestamptz is null or publish_time <= $2)
            order by evaluation_id, revision desc
        ) newest using (evaluation_id)
        where is_current
          and kind <> 'province'
          and ($3::text is null or province_code = $3)
          and ($4::text is null
               or region.region_id in (select region_id from cohort_member where cohort_id = $4))
          and case
                  when exists (select from cycle_region where cycle_id = $1)
                      then region.region_id in (select region_id from cycle_region where cycle_id = $1)
                  else region.end_date is null or evaluation_id is not null
              end
        order by code
        "#,
        cycle.as_str(),
        as_of,
        province,
        cohort,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Figures as the database joins them: by commas, nothing for null.
pub(crate) fn parse_figures(
    exact: &str,
    null_reason: &str,
) -> std::result::Result<KeptFigures, Fault> {
    let (mut exact, mut null_reason) = (exact.split(','), null_reason.split(','));
    let mut figures = [const { KeptFigure::NotOfInstrument }; Measure::KEPT.len()];
    for figure in &mut figures {
        *figure = match (exact.next().unwrap_or_default(), null_reason.next().unwrap_or_default()) {
            ("", "") => KeptFigure::NotOfInstrument,
            ("", reason) => KeptFigure::Null(NullReason::parse(reason)?),
            (exact, _) => KeptFigure::Value(Exact::parse(exact)?),
        };
    }
    Ok(KeptFigures::new(figures))
}

fn parse_ratios(
    running: &[Option<i32>],
    planned: &[Option<i32>],
) -> Result<[Option<Ratio>; Pillar::ALL.len()]> {
    let mut ratios = [None; Pillar::ALL.len()];
    for (ratio, (running, planned)) in ratios.iter_mut().zip(running.iter().zip(planned)) {
        if let Some((running, planned)) = running.zip(*planned) {
            let counts = Ratio::new(running, planned);
            *ratio = Some(counts.map_err(|faults| Error::Unreadable(Box::new(faults)))?);
        }
    }
    Ok(ratios)
}
