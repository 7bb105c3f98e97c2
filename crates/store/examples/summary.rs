//! Measures the national summary of a cycle against plain SQL over an ideal table of that cycle: one
//! that has nothing else in it, and a column for each figure.
//!
//! `benches/summary.sh` runs it, with `DATABASE_URL` set to an empty database.

use std::{env, error::Error, time::Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row as _};
use takar_domain::{
    access::Principal,
    instrument::{
        Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent,
    },
    name::{CycleId, InstrumentId, RegionCode},
    population::Population,
    publication::Measure,
    region_history::RegionHistory,
    registry::Region,
    simulation::Plan,
    summary::Summary,
    vocabulary::{Component, Derivation, RegionKind, Role},
};
use takar_store::{AsOf, Begun, Call, ConnectionSettings, Store, Write};

/// All regencies and cities.
const REGIONS: usize = 514;
/// How many cycles are stored in the end.
const CYCLES: i32 = 10;
/// How often each is measured; in turn, so that what else runs meets both.
const ROUNDS: usize = 300;
/// How often each is run before.
const WARM_UP: usize = 50;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = env::var("DATABASE_URL")?;
    let store = Store::new(&url, &ConnectionSettings::default())?;
    store.migrate().await?;
    let instrument = fill_registry(&store).await?;
    let mut plain = PgConnection::connect(&url).await?;
    let mut flat = Vec::new();
    for position in 1..=CYCLES {
        let cycle = simulate(&store, &instrument, position).await?;
        if position == 1 {
            make_ideal(&mut plain, &cycle).await?;
        }
        if position == 1 || position == CYCLES {
            sqlx::raw_sql("vacuum analyze").execute(&mut plain).await?;
            flat.push(measure(&store, &mut plain, &first()?).await?);
        }
    }
    println!("10 cycles stored / 1 cycle stored  {:.2}", flat[1] / flat[0]);
    Ok(())
}

fn first() -> Result<CycleId> {
    Ok(CycleId::parse("simulation-1-001")?)
}

/// Milliseconds of Takar's summary, the median; prints them beside those of plain SQL.
async fn measure(store: &Store, plain: &mut PgConnection, cycle: &CycleId) -> Result<f64> {
    let [decimal, float] = ["ideal", "ideal_float"].map(ideal_summary);
    let (mut ours, mut computing) = (Vec::new(), Vec::new());
    let (mut decimals, mut floats) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        let start = Instant::now();
        let survey = store.survey(cycle, &Population::Nation, AsOf::Now).await?;
        let computing_start = Instant::now();
        let summary = Summary::of(&survey);
        let (whole, computed) = (start.elapsed(), computing_start.elapsed());

        let mut plain_took = async |sql: &str| -> Result<f64> {
            let start = Instant::now();
            let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *plain).await?;
            let took = start.elapsed();
            if round == 0 {
                check(&summary, &row)?;
            }
            Ok(took.as_secs_f64() * 1e3)
        };
        let (decimal_took, float_took) = (plain_took(&decimal).await?, plain_took(&float).await?);
        if round >= WARM_UP {
            ours.push(whole.as_secs_f64() * 1e3);
            computing.push(computed.as_secs_f64() * 1e3);
            decimals.push(decimal_took);
            floats.push(float_took);
        }
    }
    let ratio = |theirs: &[f64]| {
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
        median(&mut ratios.collect::<Vec<_>>())
    };
    let (to_decimals, to_floats) = (ratio(&decimals), ratio(&floats));
    println!(
        "summary {:.2} ms, {:.2} of it computing; plain SQL {:.2} ms (decimals), {:.2} ms (floats); \
         ratio {to_decimals:.2} (decimals), {to_floats:.2} (floats)",
        median(&mut ours),
        median(&mut computing),
        median(&mut decimals),
        median(&mut floats),
    );
    Ok(median(&mut ours))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Both say the same, as far as floats go.
fn check(summary: &Summary, row: &sqlx::postgres::PgRow) -> Result<()> {
    for (position, found) in summary.measures.iter().enumerate() {
        let count: i64 = row.try_get(format!("count_{position}").as_str())?;
        let statistics = found.statistics.as_ref();
        let ours = statistics.map_or(0, |found| found.count);
        if i64::try_from(ours)? != count {
            return Err(format!("{:?}: {ours} values, not {count}", found.measure).into());
        }
        let Some(statistics) = statistics else { continue };
        let quartiles: Vec<f64> = row.try_get(format!("quartiles_{position}").as_str())?;
        let close = |name: &str, ours: String, theirs: f64| -> Result<()> {
            let ours: f64 = ours.parse()?;
            if (ours - theirs).abs() > 1e-5 {
                return Err(format!("{:?}, {name}: {ours}, not {theirs}", found.measure).into());
            }
            Ok(())
        };
        let mean: f64 = row.try_get(format!("mean_{position}").as_str())?;
        close("mean", statistics.mean.round(6).to_string(), mean)?;
        let deviation: f64 = row.try_get(format!("deviation_{position}").as_str())?;
        let ours = statistics.variance.square_root(6).ok_or("a variance is not negative")?;
        close("deviation", ours.to_string(), deviation)?;
        let ours = [&statistics.lower_quartile, &statistics.median, &statistics.upper_quartile];
        for (ours, theirs) in ours.into_iter().zip(quartiles) {
            close("quartile", ours.round(6).to_string(), theirs)?;
        }
    }
    Ok(())
}

/// The same statistics of the same figures.
fn ideal_summary(table: &str) -> String {
    let columns = (0..Measure::KEPT.len()).map(|position| {
        format!(
            "count(f{position}) as count_{position}, avg(f{position})::float8 as mean_{position},
             stddev_pop(f{position})::float8 as deviation_{position}, min(f{position}) as minimum_{position},
             max(f{position}) as maximum_{position},
             percentile_cont(array[0.25, 0.5, 0.75]) within group (order by f{position})
                 as quartiles_{position},
             count(*) filter (where f{position} >= 80) as reached_{position}"
        )
    });
    format!("select {} from {table}", columns.collect::<Vec<_>>().join(", "))
}

/// Two ideal tables of a cycle: of the database's decimals, in which scores are kept, and of a machine's
/// floats, in which they never may be.
async fn make_ideal(plain: &mut PgConnection, cycle: &CycleId) -> Result<()> {
    for (table, number) in [("ideal", "numeric"), ("ideal_float", "float8")] {
        let columns = (1..=Measure::KEPT.len()).map(|position| {
            format!(
                "round(split_part(exact[{position}], '/', 1)::numeric
                 / coalesce(nullif(split_part(exact[{position}], '/', 2), ''), '1')::numeric, 6)
                 ::{number} as f{}",
                position - 1
            )
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let sql = format!(
            "create table {table} as select evaluation_id, {columns} from publication_figures
             where cycle_id = '{cycle}'"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *plain).await?;
    }
    Ok(())
}

async fn begin(store: &Store) -> Result<Box<Write>> {
    let call = Call {
        principal: Principal::parse("users/bench")?,
        role: Some(Role::Secretariat),
        method: "Bench/Fill".to_owned(),
        request_id: "bench".to_owned(),
        peer: "bench".to_owned(),
        resource: String::new(),
    };
    match store.begin(call, Role::Secretariat, None).await? {
        Begun::Write(write) => Ok(write),
        Begun::Answered(_) => Err("answered without a key".into()),
    }
}

/// 514 regions in 6 provinces, and the ministry's instrument of 2022.
async fn fill_registry(store: &Store) -> Result<Instrument> {
    let regions = (0..REGIONS).map(|number| format!("{}.{:02}", 11 + number / 99, number % 99 + 1));
    let provinces = (11..=11 + (REGIONS - 1) / 99).map(|code| code.to_string());
    let region = |code: String| {
        let code = RegionCode::parse(&code)?;
        let kind =
            if code.province().is_some() { RegionKind::Kabupaten } else { RegionKind::Province };
        Ok(Region {
            display_name: format!("Kabupaten {code}"),
            code,
            kind,
            former_codes: Vec::new(),
            history: RegionHistory::default(),
        })
    };
    let regions: Vec<_> = provinces.chain(regions).map(region).collect::<Result<_>>()?;
    let weights =
        [("10", Derivation::Direct), ("20", Derivation::Direct), ("30", Derivation::Direct)];
    let weights =
        weights.into_iter().chain([("20", Derivation::MeanOfPillars), ("20", Derivation::Direct)]);
    let components = Component::ALL.into_iter().zip(weights);
    let definition = Definition {
        display_name: "Kominfo 2022".to_owned(),
        source: "a benchmark".to_owned(),
        scale: Scale::parse("0", "4")?,
        components: components
            .map(|(component, (weight, derivation))| {
                WeightedComponent::parse(component, weight, derivation)
            })
            .collect::<std::result::Result<_, _>>()?,
        threshold: ThresholdPercent::parse("80")?,
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2)?,
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    };
    let instrument = Instrument::new(InstrumentId::parse("kominfo-2022")?, definition)?;
    let mut write = begin(store).await?;
    write.create_regions(&regions).await?;
    write.create_instrument(&instrument).await?;
    write.commit(&[]).await?;
    Ok(instrument)
}

async fn simulate(store: &Store, instrument: &Instrument, position: i32) -> Result<CycleId> {
    let plan = Plan::parse(1, position)?;
    let mut write = begin(store).await?;
    let cycle = write.create_cycle(&plan.cycle(instrument.id().clone())).await?;
    let regions = write.first_regions(i32::try_from(REGIONS)?).await?;
    let results: Vec<_> = regions.iter().map(|region| plan.result(region, instrument)).collect();
    write.fill_simulated(&cycle, instrument, &results).await?;
    write.commit(&[]).await?;
    Ok(cycle.id)
}
