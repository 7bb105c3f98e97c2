//! Populations: what is published of many regions of a cycle, now or as of a time.
//!
//! Read from `publication_figures`, whose rows are narrow, and never from whole scorecards.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sqlx::PgConnection;
use takar_domain::{
    exact::Exact,
    fault::Fault,
    name::{CycleId, RegionCode},
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
    instruments::instrument_of,
    publications::settle,
};

/// What the nation is called.
const NATION: &str = "Indonesia";

/// A region that is expected, with the newest revision of its scorecard where there is one.
struct ExpectedRow {
    region_id: i64,
    code: String,
    display_name: String,
    state: Option<String>,
    revision: Option<i32>,
    publish_time: Option<DateTime<Utc>>,
    line: Option<String>,
    improvement_is_break: Option<bool>,
}

impl ExpectedRow {
    /// Puts the region among those that are present, or those that are missing.
    fn sort_into(
        self,
        present: &mut Vec<PublishedRegion>,
        missing: &mut Vec<MissingRegion>,
    ) -> Result<()> {
        let Self {
            region_id,
            code,
            display_name,
            state,
            revision,
            publish_time,
            line,
            improvement_is_break,
        } = self;
        let code = stored(RegionCode::parse(&code))?;
        let province = code.province().unwrap_or_else(|| code.clone());
        let region = NamedRegion { number: region_id, code, display_name, province };
        let state = stored(state.as_deref().map(EvaluationState::parse).transpose())?;
        let reason = MissingReason::of_state(state);
        match (reason, revision.zip(publish_time), line) {
            (MissingReason::NotPublished, Some((revision, publish_time)), Some(line)) => {
                let (figures, ratios) = parse_line(&line)?;
                let improvement_is_break = improvement_is_break.unwrap_or_default();
                present.push(PublishedRegion {
                    region,
                    revision,
                    publish_time,
                    figures,
                    improvement_is_break,
                    ratios,
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
    let (instrument, simulated) = instrument_of(connection, cycle).await?;
    let (population, display_name) = find(connection, population).await?;
    let (present, missing) = expected(connection, cycle, &population, as_of.time()).await?;
    Ok(Survey {
        population,
        display_name,
        cycle: cycle.clone(),
        simulated,
        instrument,
        present,
        missing,
    })
}

/// The population, a province by its current code, and what it is called.
pub(crate) async fn find(
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
///
/// Rows are read as they come, and put in order here: so the database makes them while we take apart
/// those before.
async fn expected(
    connection: &mut PgConnection,
    cycle: &CycleId,
    population: &Population,
    as_of: Option<DateTime<Utc>>,
) -> Result<(Vec<PublishedRegion>, Vec<MissingRegion>)> {
    let (province, cohort) = match population {
        Population::Nation => (None, None),
        Population::Province(code) => (Some(code.as_str()), None),
        Population::Cohort(id) => (None, Some(id.as_str())),
    };
    let mut rows = sqlx::query_as!(
        ExpectedRow,
        r#"
        select region.region_id, code, display_name, state as "state?", revision as "revision?",
               publish_time as "publish_time?", line as "line?",
               improvement_is_break as "improvement_is_break?"
        from region
        join region_code using (region_id)
        left join evaluation on evaluation.region_id = region.region_id and evaluation.cycle_id = $1
        left join (
            select distinct on (evaluation_id)
                   evaluation_id, revision, publish_time, line, improvement_is_break
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
        "#,
        cycle.as_str(),
        as_of,
        province,
        cohort,
    )
    .fetch(connection);
    let (mut present, mut missing) = (Vec::new(), Vec::new());
    while let Some(row) = rows.try_next().await? {
        row.sort_into(&mut present, &mut missing)?;
    }
    present.sort_by(|left, right| left.region.code.cmp(&right.region.code));
    missing.sort_by(|left, right| left.region.code.cmp(&right.region.code));
    Ok((present, missing))
}

/// The programmes of each pillar; `None` where nothing was reported.
type Ratios = [Option<Ratio>; Pillar::ALL.len()];

/// Takes a line of the database's apart (`line_of`).
pub(crate) fn parse_line(line: &str) -> Result<(KeptFigures, Ratios)> {
    let mut cells = line.split(',');
    let mut figures = Vec::with_capacity(Measure::KEPT.len());
    for cell in cells.by_ref().take(Measure::KEPT.len()) {
        figures.push(stored(parse_figure(cell))?);
    }
    let figures = stored(KeptFigures::new(figures))?;
    let mut ratios = [None; Pillar::ALL.len()];
    for (ratio, cell) in ratios.iter_mut().zip(cells) {
        *ratio = parse_ratio(cell)?;
    }
    Ok((figures, ratios))
}

fn parse_figure(cell: &str) -> std::result::Result<KeptFigure, Fault> {
    match cell.bytes().next() {
        None => Ok(KeptFigure::NotOfInstrument),
        Some(first) if first.is_ascii_alphabetic() => {
            Ok(KeptFigure::Null(NullReason::parse(cell)?))
        }
        Some(_) => Ok(KeptFigure::Value(Exact::parse(cell)?)),
    }
}

fn parse_ratio(cell: &str) -> Result<Option<Ratio>> {
    let Some((running, planned)) = cell.split_once('/') else { return Ok(None) };
    let count = |text: &str| text.parse().map_err(|_| Fault::new(text, "a count"));
    let ratio = Ratio::new(stored(count(running))?, stored(count(planned))?);
    ratio.map(Some).map_err(|faults| Error::Unreadable(Box::new(faults)))
}
