//! What exports begin with, and what goes beside the figures of a survey.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SubsecRound as _, Utc};
use sqlx::PgConnection;
use takar_domain::{
    instrument::Instrument,
    name::{CycleId, InstrumentId, RegionCode},
    population::{NamedRegion, Population},
    registry::Cycle,
};

use crate::{
    connection::Store,
    cycles::{cycle, cycles_by_id},
    error::{Result, stored},
    evaluations::AsOf,
    instruments::instruments_by_id,
    populations::find,
    publications::settle,
};

/// The decimals of a second that Postgres keeps.
const TIME_DECIMALS: u16 = 6;

/// What an export is made of, known before its rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// As of when it is made; all that was published until then can be read.
    pub as_of: DateTime<Utc>,
    /// Whose scorecards it holds; a province by its current code.
    pub population: Population,
    /// What the population is called.
    pub population_display_name: String,
    /// The cycles, by id.
    pub cycles: Vec<Cycle>,
    /// Their instruments.
    pub instruments: BTreeMap<InstrumentId, Instrument>,
    /// The regions of which anything is published in one of the cycles, by code.
    pub regions: Vec<NamedRegion>,
}

/// How a region's scorecard was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedAs {
    /// The region's name at that time.
    pub region_display_name: String,
    /// The number of the letter that states the result.
    pub letter_number: Option<String>,
}

/// A cycle with real results of which something is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedCycle {
    /// Its id.
    pub id: CycleId,
    /// What it is called.
    pub display_name: String,
    /// When the first scorecard was published.
    pub first_publish_time: DateTime<Utc>,
    /// When one was published last.
    pub newest_publish_time: DateTime<Utc>,
}

impl Store {
    /// What an export of a cycle is made of, or of all cycles with real results of which something is
    /// published.
    ///
    /// Where no time is given it is the present one, and whatever is published until then is waited
    /// for.
    ///
    /// # Errors
    /// `NotFound` of the cycle, the cohort or the province; `Refused` of a time that is not
    /// over yet, and of a `province` that is none.
    pub async fn exported(
        &self,
        id: Option<&CycleId>,
        population: &Population,
        as_of: AsOf,
    ) -> Result<Exported> {
        let mut connection = self.pool.acquire().await?;
        let as_of = settled_time(&mut connection, as_of).await?;
        let cycles = match id {
            Some(id) => vec![cycle(&mut connection, id).await?],
            None => real_cycles(&mut connection, as_of).await?,
        };
        let mut instruments: Vec<_> =
            cycles.iter().map(|cycle| cycle.instrument.to_string()).collect();
        instruments.sort();
        instruments.dedup();
        let instruments = instruments_by_id(&mut connection, &instruments).await?.into_iter();
        let (population, population_display_name) = find(&mut connection, population).await?;
        let regions = regions(&mut connection, &cycles, &population, as_of).await?;
        Ok(Exported {
            as_of,
            population,
            population_display_name,
            cycles,
            instruments: instruments
                .map(|instrument| (instrument.id().clone(), instrument))
                .collect(),
            regions,
        })
    }

    /// How the newest revisions of a cycle's scorecards were published, as of a time, by the regions'
    /// current codes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_as(
        &self,
        cycle: &CycleId,
        as_of: DateTime<Utc>,
    ) -> Result<HashMap<RegionCode, PublishedAs>> {
        let rows = sqlx::query!(
            r#"
            select code, letter_number,
                   coalesce(
                       (select former.display_name
                        from region_name former
                        where former.region_id = region.region_id
                          and former.end_time > publication.publish_time
                        order by former.end_time
                        limit 1),
                       region.display_name) as "region_display_name!"
            from (
                select distinct on (evaluation_id) evaluation_id, revision
                from publication_figures
                where cycle_id = $1 and publish_time <= $2
                order by evaluation_id, revision desc
            ) newest
            join publication using (evaluation_id, revision)
            join evaluation using (evaluation_id)
            join region using (region_id)
            join region_code using (region_id)
            where is_current
            "#,
            cycle.as_str(),
            as_of,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter();
        rows.map(|row| {
            let published = PublishedAs {
                region_display_name: row.region_display_name,
                letter_number: row.letter_number,
            };
            Ok((stored(RegionCode::parse(&row.code))?, published))
        })
        .collect()
    }

    /// The cycles with real results of which something is published, by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_cycles(&self) -> Result<Vec<PublishedCycle>> {
        let rows = sqlx::query!(
            r#"
            select cycle_id, display_name, min(publish_time) as "first_publish_time!",
                   max(publish_time) as "newest_publish_time!"
            from cycle
            join publication_figures using (cycle_id)
            where not simulated
            group by cycle_id
            order by cycle_id
            "#,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter();
        rows.map(|row| {
            Ok(PublishedCycle {
                id: stored(CycleId::parse(&row.cycle_id))?,
                display_name: row.display_name,
                first_publish_time: row.first_publish_time,
                newest_publish_time: row.newest_publish_time,
            })
        })
        .collect()
    }
}

/// The time of an export, as precise as times are kept, when no publication under way can bear an
/// earlier one any more.
async fn settled_time(connection: &mut PgConnection, as_of: AsOf) -> Result<DateTime<Utc>> {
    let time = match as_of {
        AsOf::Time(time) => time.trunc_subsecs(TIME_DECIMALS),
        AsOf::Now => {
            sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
                .fetch_one(&mut *connection)
                .await?
        }
    };
    settle(connection, Some(AsOf::Time(time))).await?;
    Ok(time)
}

async fn real_cycles(connection: &mut PgConnection, as_of: DateTime<Utc>) -> Result<Vec<Cycle>> {
    let ids = sqlx::query_scalar!(
        "select cycle_id
         from cycle
         where not simulated
           and exists (select from publication_figures
                       where publication_figures.cycle_id = cycle.cycle_id and publish_time <= $1)",
        as_of,
    )
    .fetch_all(&mut *connection)
    .await?;
    cycles_by_id(connection, &ids).await
}

async fn regions(
    connection: &mut PgConnection,
    cycles: &[Cycle],
    population: &Population,
    as_of: DateTime<Utc>,
) -> Result<Vec<NamedRegion>> {
    let (province, cohort) = match population {
        Population::Nation => (None, None),
        Population::Province(code) => (Some(code.as_str()), None),
        Population::Cohort(id) => (None, Some(id.as_str())),
    };
    let cycles: Vec<_> = cycles.iter().map(|cycle| cycle.id.to_string()).collect();
    let rows = sqlx::query!(
        r#"
        select region_id, code, province_code as "province_code!", display_name
        from region
        join region_code using (region_id)
        where is_current
          and kind <> 'province'
          and ($3::text is null or province_code = $3)
          and ($4::text is null
               or region_id in (select region_id from cohort_member where cohort_id = $4))
          and exists (select from evaluation
                      join publication_figures using (evaluation_id)
                      where evaluation.region_id = region.region_id
                        and evaluation.cycle_id = any ($1) and publish_time <= $2)
        order by code
        "#,
        &cycles,
        as_of,
        province,
        cohort,
    )
    .fetch_all(connection)
    .await?
    .into_iter();
    rows.map(|row| {
        Ok(NamedRegion {
            number: row.region_id,
            code: stored(RegionCode::parse(&row.code))?,
            display_name: row.display_name,
            province: stored(RegionCode::parse(&row.province_code))?,
        })
    })
    .collect()
}
