//! Cohorts, instruments, cycles and programmes.

use takar_domain::{
    instrument::{
        Band, Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
    },
    name::{CohortId, ProgramId},
    registry::{Cohort, CohortMember, Cycle, Program},
    vocabulary::{Pillar, RegionKind},
};
use takar_store::{Page, Resource};

use crate::support::{
    SOURCE, Scene, after, all, code, cycle, cycle_id, definition, existing, formerly, instrument,
    instrument_id, length, missing, program, program_id, region,
};

fn cohort_id(id: &str) -> CohortId {
    CohortId::parse(id).expect("an id")
}

fn cohort(id: &str, members: &[&str]) -> Cohort {
    let member =
        |region: &&str| CohortMember { region: code(region), display_name: "not read".to_owned() };
    Cohort {
        id: cohort_id(id),
        display_name: "Penerima penghargaan".to_owned(),
        source: SOURCE.to_owned(),
        members: members.iter().map(member).collect(),
    }
}

#[tokio::test]
async fn a_cohort_shows_its_members_by_current_code_and_name() {
    let scene = Scene::with_regions().await;
    let renumbered = formerly(region("33.98", RegionKind::Kabupaten, "Kabupaten Lama"), &["33.01"]);
    scene.hand.create_regions(&[renumbered]).await.unwrap();
    // The last two are one region.
    let written = cohort("winners", &["35.71", "33.05", "33.01", "33.98"]);
    scene.hand.create_cohort(&written).await.unwrap();

    let read = scene.store.cohort(&written.id).await.unwrap();
    let members: Vec<_> = read
        .members
        .iter()
        .map(|member| (member.region.as_str(), member.display_name.as_str()))
        .collect();
    assert_eq!(
        members,
        [("33.05", "Kabupaten Kebumen"), ("33.98", "Kabupaten Lama"), ("35.71", "Kota Kediri")]
    );
    assert_eq!(existing(scene.hand.create_cohort(&written).await), Resource::Cohort(written.id));
}

#[tokio::test]
async fn a_cohort_with_an_unknown_member_writes_nothing() {
    let scene = Scene::with_regions().await;
    let result = scene.hand.create_cohort(&cohort("winners", &["33.05", "33.99"])).await;
    assert_eq!(missing(result), Resource::Region(code("33.99")));
    assert_eq!(scene.sql("select from cohort").await.unwrap(), 0);
    assert_eq!(scene.sql("select from cohort_member").await.unwrap(), 0);
    assert_eq!(
        missing(scene.store.cohort(&cohort_id("winners")).await),
        Resource::Cohort(cohort_id("winners"))
    );
}

#[tokio::test]
async fn cohorts_are_listed_after_a_key_and_one_more_than_the_page() {
    let scene = Scene::with_regions().await;
    for id in ["b", "a", "c"] {
        scene.hand.create_cohort(&cohort(id, &["33.05"])).await.unwrap();
    }
    let ids = async |page: Page<CohortId>| {
        let cohorts = scene.store.cohorts(&page).await.unwrap();
        cohorts.into_iter().map(|cohort| cohort.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(all()).await, ["a", "b", "c"]);
    assert_eq!(scene.store.count_cohorts().await.unwrap(), 3);
    assert_eq!(ids(after(cohort_id("a"))).await, ["b", "c"]);
    assert_eq!(ids(Page { after: None, size: 1 }).await, ["a", "b"]);
}

#[tokio::test]
async fn an_instrument_is_read_back_whole() {
    let scene = Scene::empty().await;
    let band = |label, minimum, maximum| Band::parse(label, minimum, maximum).unwrap();
    let definition = Definition {
        scale: Scale::parse("0.00", "4.0").unwrap(),
        threshold: ThresholdPercent::parse("80.50").unwrap(),
        availability_threshold: Some(ThresholdPercent::parse("0.0").unwrap()),
        // Not in the alphabet's order.
        bands: vec![
            band("kurang", "0.00", "2.500000"),
            band("baik", "2.50", "3.5"),
            band("amat baik", "3.5", "4.0"),
        ],
        decimals: ShownDecimals::parse(0, 6).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
        ..definition()
    };
    let written = Instrument::new(instrument_id("whole"), definition).unwrap();
    scene.hand.create_instrument(&written).await.unwrap();
    let read = scene.store.instrument(&instrument_id("whole")).await.unwrap();
    assert_eq!(read, written);
    // 0 equals 0.00, and 80.5 equals 80.50; people see the difference.
    assert_eq!(format!("{read:?}"), format!("{written:?}"));
}

#[tokio::test]
async fn an_instrument_in_use_never_changes_in_the_database() {
    let scene = Scene::empty().await;
    let definition =
        Definition { bands: vec![Band::parse("all", "0", "4").unwrap()], ..definition() };
    let written = Instrument::new(instrument_id("fixed"), definition).unwrap();
    scene.hand.create_instrument(&written).await.unwrap();
    // A draft may change.
    assert_eq!(scene.sql("update instrument_band set label = 'some'").await.unwrap(), 1);
    assert_eq!(scene.sql("update instrument_band set label = 'all'").await.unwrap(), 1);
    let used = Cycle { instrument: written.id().clone(), ..cycle("2022") };
    scene.hand.create_cycle(&used).await.unwrap();
    for (sql, constraint) in [
        ("update instrument set score_decimals = 1", "instrument_in_use"),
        ("delete from instrument", "instrument_in_use"),
        ("truncate instrument cascade", "instrument_append_only"),
        ("update instrument_component set weight = 1", "instrument_in_use"),
        ("delete from instrument_component", "instrument_in_use"),
        ("truncate instrument_component", "instrument_component_append_only"),
        ("update instrument_band set label = 'none'", "instrument_in_use"),
        ("delete from instrument_band", "instrument_in_use"),
        ("insert into instrument_band values ('fixed', 9, 'none', 1, 2)", "instrument_in_use"),
        ("truncate instrument_band", "instrument_band_append_only"),
    ] {
        assert_eq!(scene.refused_by(sql).await, constraint, "{sql}");
    }
    assert_eq!(scene.store.instrument(written.id()).await.unwrap(), written);
    assert_eq!(
        existing(scene.hand.create_instrument(&written).await),
        Resource::Instrument(written.id().clone())
    );
}

#[tokio::test]
async fn instruments_are_listed_after_a_key_and_one_more_than_the_page() {
    let scene = Scene::empty().await;
    for id in ["b", "a", "c"] {
        scene.hand.create_instrument(&instrument(id)).await.unwrap();
    }
    let ids = async |page| {
        let instruments = scene.store.instruments(&page).await.unwrap();
        instruments.iter().map(|instrument| instrument.id().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(all()).await, ["a", "b", "c"]);
    assert_eq!(scene.store.count_instruments().await.unwrap(), 3);
    assert_eq!(ids(after(instrument_id("a"))).await, ["b", "c"]);
    assert_eq!(ids(Page { after: None, size: 1 }).await, ["a", "b"]);
}

#[tokio::test]
async fn a_cycle_is_opened_once_under_a_known_instrument() {
    let scene = Scene::with_cycles().await;
    assert_eq!(scene.store.cycle(&cycle_id("2022")).await.unwrap(), cycle("2022"));
    assert_eq!(
        existing(scene.hand.create_cycle(&cycle("2022")).await),
        Resource::Cycle(cycle_id("2022"))
    );
    let unfounded = Cycle { instrument: instrument_id("unknown"), ..cycle("2023") };
    assert_eq!(
        missing(scene.hand.create_cycle(&unfounded).await),
        Resource::Instrument(instrument_id("unknown"))
    );
    assert_eq!(
        missing(scene.store.cycle(&cycle_id("2023")).await),
        Resource::Cycle(cycle_id("2023"))
    );
}

#[tokio::test]
async fn cycles_are_listed_after_a_key_and_one_more_than_the_page() {
    let scene = Scene::with_cycles().await;
    let ids = async |page| {
        let cycles = scene.store.cycles(&page).await.unwrap();
        cycles.into_iter().map(|cycle| cycle.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(all()).await, ["2021", "2022", "2024-1"]);
    assert_eq!(scene.store.count_cycles().await.unwrap(), 3);
    assert_eq!(ids(after(cycle_id("2021"))).await, ["2022", "2024-1"]);
    assert_eq!(ids(Page { after: None, size: 1 }).await, ["2021", "2022"]);
}

#[tokio::test]
async fn a_programme_is_found_by_any_code_of_its_region_and_in_no_other() {
    let scene = Scene::with_regions().await;
    let renumbered = formerly(region("33.98", RegionKind::Kabupaten, "Kabupaten Lama"), &["33.01"]);
    scene.hand.create_regions(&[renumbered]).await.unwrap();
    let written = Program {
        owner_agency: "Diskominfo".to_owned(),
        flagship: false,
        quick_win: true,
        ..program("33.01", "soimah", Pillar::Environment)
    };
    scene.hand.create_program(&written).await.unwrap();

    let expected = Program { region: code("33.98"), ..written.clone() };
    for region in ["33.98", "33.01"] {
        let read = scene.store.program(&code(region), &written.id).await.unwrap();
        assert_eq!(read, expected);
    }
    assert_eq!(
        missing(scene.store.program(&code("33.05"), &written.id).await),
        Resource::Program(code("33.05"), written.id.clone())
    );
    let unknown = program_id("unknown");
    assert_eq!(
        missing(scene.store.program(&code("33.98"), &unknown).await),
        Resource::Program(code("33.98"), unknown)
    );
    assert_eq!(
        existing(scene.hand.create_program(&expected).await),
        Resource::Program(code("33.98"), written.id)
    );
    let lost = program("33.99", "soimah", Pillar::Environment);
    assert_eq!(missing(scene.hand.create_program(&lost).await), Resource::Region(code("33.99")));
}

#[tokio::test]
async fn each_condition_of_the_list_of_programmes_excludes_by_itself() {
    let scene = Scene::with_regions().await;
    for (region, id) in [("33.05", "a"), ("33.05", "b"), ("33.05", "c"), ("33.06", "d")] {
        scene.hand.create_program(&program(region, id, Pillar::Living)).await.unwrap();
    }
    let ids = async |region: &str, page: Page<ProgramId>| {
        let whole = scene.store.programs(&code(region), &all()).await.unwrap();
        assert_eq!(scene.store.count_programs(&code(region)).await.unwrap(), length(&whole));
        let programs = scene.store.programs(&code(region), &page).await.unwrap();
        programs.into_iter().map(|program| program.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids("33.05", all()).await, ["a", "b", "c"]);
    assert_eq!(ids("33.05", after(program_id("a"))).await, ["b", "c"]);
    assert_eq!(ids("33.05", Page { after: None, size: 1 }).await, ["a", "b"]);
    assert_eq!(ids("33.06", after(program_id("a"))).await, ["d"]);
    assert_eq!(ids("35.71", all()).await, [""; 0]);
    assert_eq!(
        missing(scene.store.programs(&code("33.99"), &all()).await),
        Resource::Region(code("33.99"))
    );
}
