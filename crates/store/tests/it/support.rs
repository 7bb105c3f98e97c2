//! A database for a test, and short ways to make what tests are about.

use sqlx::{Connection, PgConnection};
use takar_domain::{
    evaluation::{Progress, Score},
    instrument::{
        Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent,
    },
    name::{CycleId, InstrumentId, ProgramId, RegionCode},
    publication::Citation,
    region_history::RegionHistory,
    registry::{Cycle, FormerCode, Program, Region},
    tally::Tally,
    vocabulary::{Component, Derivation, Pillar, ProgramStatus, RegionKind},
};
use takar_embedded_postgres::testing::TestDatabase;
use takar_store::{ConnectionSettings, Error, EvaluationKey, Page, Resource, Store};

use crate::hand::Hand;

pub(crate) const SOURCE: &str = "a test";

/// More pages than any test reads, so that a list that does not end fails.
pub(crate) const ROUNDS_MAX: usize = 10;

/// A store of a database of its own.
pub(crate) struct Scene {
    pub(crate) store: Store,
    /// Writes to it.
    pub(crate) hand: Hand,
    database: TestDatabase,
}

impl Scene {
    /// With the schema and nothing in it.
    pub(crate) async fn empty() -> Self {
        let migrate = |url: String| async move {
            Store::new(&url, &ConnectionSettings::default())?.migrate().await
        };
        let database = TestDatabase::create("takar", migrate).await.expect("a database");
        let store =
            Store::new(database.url(), &ConnectionSettings::default()).expect("a readable URL");
        Self { hand: Hand(store.clone()), store, database }
    }

    /// With Jawa Tengah, Kebumen and Purworejo in it, Jawa Timur and Kediri.
    pub(crate) async fn with_regions() -> Self {
        let scene = Self::empty().await;
        let regions = [
            region("33", RegionKind::Province, "Jawa Tengah"),
            region("33.05", RegionKind::Kabupaten, "Kabupaten Kebumen"),
            region("33.06", RegionKind::Kabupaten, "Kabupaten Purworejo"),
            region("35", RegionKind::Province, "Jawa Timur"),
            region("35.71", RegionKind::Kota, "Kota Kediri"),
        ];
        scene.hand.create_regions(&regions).await.expect("regions");
        scene
    }

    /// With the regions, the instrument `kominfo-2022` and cycles under it.
    pub(crate) async fn with_cycles() -> Self {
        let scene = Self::with_regions().await;
        scene.hand.create_instrument(&instrument("kominfo-2022")).await.expect("an instrument");
        for id in ["2021", "2022", "2024-1"] {
            scene.hand.create_cycle(&cycle(id)).await.expect("a cycle");
        }
        scene
    }

    /// With the evaluation of Kebumen in 2022, which [`kebumen`] names.
    pub(crate) async fn with_evaluation() -> Self {
        let scene = Self::with_cycles().await;
        scene.hand.create_evaluation(&kebumen()).await.expect("an evaluation");
        scene
    }

    /// A store of the same database, connected otherwise.
    pub(crate) fn store_with(&self, settings: &ConnectionSettings) -> Store {
        Store::new(self.database.url(), settings).expect("a readable URL")
    }

    /// A connection past the store.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.expect("a connection")
    }

    /// Runs statements past the store.
    pub(crate) async fn sql(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        let done = sqlx::raw_sql(sql).execute(&mut self.connection().await).await?;
        Ok(done.rows_affected())
    }

    /// Runs statements past the store, as the role that it has.
    pub(crate) async fn sql_as_application(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        let mut connection = self.connection().await;
        sqlx::raw_sql("set role takar_app").execute(&mut connection).await?;
        Ok(sqlx::raw_sql(sql).execute(&mut connection).await?.rows_affected())
    }

    /// The constraint that refuses statements past the store.
    pub(crate) async fn refused_by(&self, sql: &'static str) -> String {
        let error = self.sql(sql).await.expect_err(sql);
        let cause = error.as_database_error().unwrap_or_else(|| panic!("{sql}: {error}"));
        cause.constraint().unwrap_or_else(|| panic!("{sql}: {error}")).to_owned()
    }
}

/// How many rows a list has, as a count says it.
pub(crate) fn length<Row>(list: &[Row]) -> i64 {
    i64::try_from(list.len()).expect("a short list")
}

/// The first page, large enough for all.
pub(crate) const fn all<Key>() -> Page<Key> {
    Page { after: None, size: 1_000 }
}

/// A large page after a key.
pub(crate) const fn after<Key>(key: Key) -> Page<Key> {
    Page { after: Some(key), size: 1_000 }
}

pub(crate) fn code(code: &str) -> RegionCode {
    RegionCode::parse(code).expect("a code")
}

pub(crate) fn cycle_id(id: &str) -> CycleId {
    CycleId::parse(id).expect("an id")
}

pub(crate) fn program_id(id: &str) -> ProgramId {
    ProgramId::parse(id).expect("an id")
}

pub(crate) fn instrument_id(id: &str) -> InstrumentId {
    InstrumentId::parse(id).expect("an id")
}

pub(crate) fn key(region: &str, cycle: &str) -> EvaluationKey {
    EvaluationKey { region: code(region), cycle: cycle_id(cycle) }
}

pub(crate) fn kebumen() -> EvaluationKey {
    key("33.05", "2022")
}

pub(crate) fn region(id: &str, kind: RegionKind, display_name: &str) -> Region {
    Region {
        code: code(id),
        kind,
        display_name: display_name.to_owned(),
        former_codes: Vec::new(),
        history: RegionHistory::default(),
    }
}

pub(crate) fn formerly(region: Region, codes: &[&str]) -> Region {
    let former = |former: &&str| FormerCode {
        code: code(former),
        end_date: None,
        source: SOURCE.to_owned(),
    };
    Region { former_codes: codes.iter().map(former).collect(), ..region }
}

/// What `kominfo-2022` consists of: weights 10/20/30/20/20, impact the mean of the pillars.
pub(crate) fn definition() -> Definition {
    let part = |(component, weight)| {
        let derivation = match component {
            Component::Impact => Derivation::MeanOfPillars,
            _ => Derivation::Direct,
        };
        WeightedComponent::parse(component, weight, derivation).expect("a weight")
    };
    let weights = ["10", "20", "30", "20", "20"];
    Definition {
        display_name: "Kominfo 2022".to_owned(),
        source: SOURCE.to_owned(),
        scale: scale(),
        components: Component::ALL.into_iter().zip(weights).map(part).collect(),
        threshold: ThresholdPercent::parse("80").expect("a percentage"),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).expect("decimals"),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    }
}

pub(crate) fn instrument(id: &str) -> Instrument {
    Instrument::new(instrument_id(id), definition()).expect("a consistent instrument")
}

pub(crate) fn cycle(id: &str) -> Cycle {
    Cycle {
        id: cycle_id(id),
        display_name: format!("Evaluasi {id}"),
        instrument: instrument_id("kominfo-2022"),
        previous_cycle: None,
        open_time: None,
        deadline: None,
        eligible_regions: Vec::new(),
        simulated: false,
    }
}

pub(crate) fn program(region: &str, id: &str, pillar: Pillar) -> Program {
    Program {
        region: code(region),
        id: program_id(id),
        pillar,
        display_name: format!("Program {id}"),
        owner_agency: String::new(),
        flagship: true,
        quick_win: false,
        source: SOURCE.to_owned(),
        years: takar_domain::registry::PlannedYears::default(),
        budget: None,
    }
}

pub(crate) fn tally(running: i32, planned: i32) -> Tally {
    Tally::counted(running, planned, 0, SOURCE).expect("counts")
}

pub(crate) fn runs() -> Progress {
    Progress::new(ProgramStatus::Running, "").expect("a report")
}

pub(crate) fn score(value: &str) -> Score {
    Score::parse(value, SOURCE, scale()).expect("a score")
}

fn scale() -> Scale {
    Scale::parse("0", "4").expect("a scale")
}

pub(crate) fn citation(reason: &str) -> Citation {
    Citation::parse("", "", SOURCE, reason).expect("a citation")
}

/// The thing that an operation found to be missing.
pub(crate) fn missing<T: std::fmt::Debug>(result: Result<T, Error>) -> Resource {
    match result {
        Err(Error::NotFound(resource)) => resource,
        other => panic!("not a missing thing: {other:?}"),
    }
}

/// The thing that an operation found to be there already.
pub(crate) fn existing<T: std::fmt::Debug>(result: Result<T, Error>) -> Resource {
    match result {
        Err(Error::AlreadyExists(resource)) => resource,
        other => panic!("not a thing that exists already: {other:?}"),
    }
}
