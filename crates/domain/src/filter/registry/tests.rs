use std::collections::BTreeSet;

use super::*;
use crate::{
    deadline::{Deadline, parse_local_time},
    filter::Filter,
    instrument::{
        Band, Composition, Definition, Scale, ShownDecimals, ThresholdPercent, WeightedComponent,
    },
    name::{CohortId, ProgramId},
    region_history::{FormerName, RegionHistory, Relation},
    registry::{CohortMember, FormerCode},
    vocabulary::{Derivation, RegionChange, Zone},
};

fn region() -> Region {
    Region {
        code: RegionCode::parse("33.05").unwrap(),
        kind: RegionKind::Kabupaten,
        display_name: "Kabupaten Kebumen".to_owned(),
        former_codes: vec![
            former("11.05", Some("2002-10-25".parse().unwrap())),
            former("12.05", None),
        ],
        history: RegionHistory {
            former_names: vec![FormerName {
                display_name: "Kabupaten Panjer".to_owned(),
                end_time: "1936-01-01T00:00:00Z".parse().unwrap(),
            }],
            end_date: Some("2026-01-31".parse().unwrap()),
            predecessors: vec![relation("33.06", RegionChange::Split)],
            successors: vec![relation("33.07", RegionChange::Merge)],
        },
    }
}

fn relation(region: &str, change: RegionChange) -> Relation {
    Relation {
        region: RegionCode::parse(region).unwrap(),
        change,
        change_date: "1936-01-01".parse().unwrap(),
        source: "a law".to_owned(),
    }
}

fn former(code: &str, end_date: Option<chrono::NaiveDate>) -> FormerCode {
    FormerCode { code: RegionCode::parse(code).unwrap(), end_date, source: "a law".to_owned() }
}

fn cohort() -> Cohort {
    Cohort {
        id: CohortId::parse("smart-governance-2021").unwrap(),
        display_name: "Smart Governance".to_owned(),
        source: "a letter".to_owned(),
        members: vec![CohortMember {
            region: RegionCode::parse("33.05").unwrap(),
            display_name: "Kabupaten Kebumen".to_owned(),
        }],
    }
}

fn cycle() -> Cycle {
    Cycle {
        id: CycleId::parse("2022").unwrap(),
        display_name: "Tahap II".to_owned(),
        instrument: InstrumentId::parse("kominfo-2022").unwrap(),
        previous_cycle: Some(CycleId::parse("2021").unwrap()),
        open_time: Some("2022-03-01T00:00:00Z".parse().unwrap()),
        deadline: Some(deadline()),
        eligible_regions: vec![RegionCode::parse("33.05").unwrap()],
        simulated: true,
    }
}

fn deadline() -> Deadline {
    Deadline::new(parse_local_time("2022-05-31T23:59:59").unwrap(), Zone::Wib)
}

fn program() -> Program {
    Program {
        region: RegionCode::parse("33.05").unwrap(),
        id: ProgramId::parse("balada-pak-kis").unwrap(),
        pillar: Pillar::Society,
        display_name: "Balada Pak KIS".to_owned(),
        owner_agency: "Dinas Kominfo".to_owned(),
        flagship: true,
        quick_win: false,
        source: "the masterplan".to_owned(),
        years: crate::registry::PlannedYears::parse(2022, 2026).unwrap(),
        budget: Some(crate::rupiah::Rupiah::parse("1250000000.00").unwrap()),
    }
}

fn instrument() -> Instrument {
    let part = WeightedComponent::parse(Component::QuickWin, "100", Derivation::Direct);
    let definition = Definition {
        display_name: "Pedoman 2022".to_owned(),
        source: "a guideline".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: vec![part.unwrap()],
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: Some(ThresholdPercent::parse("50.5").unwrap()),
        bands: vec![Band::parse("Baik", "0", "4").unwrap()],
        decimals: ShownDecimals::parse(2, 3).unwrap(),
        quick_win_repeat_limit: Some(2),
        composition: Composition::MINISTRY,
    };
    Instrument::new(InstrumentId::parse("kominfo-2022").unwrap(), definition).unwrap()
}

/// Each filter keeps `item`, its negation does not, and all the fields are named by some filter.
fn check<T: Filterable>(item: &T, filters: &[&str]) {
    let mut named = BTreeSet::new();
    for text in filters {
        let matches = |text: &str| Filter::<T>::parse(text).unwrap().matches(item);
        assert!(matches(text), "{text}");
        assert!(!matches(&format!("NOT ({text})")), "{text}");
        named.insert(text.split([' ', ':']).next().unwrap());
    }
    for field in T::FIELDS {
        assert!(named.contains(field.name()), "{}", field.name());
        let values = match (field.value)(item) {
            Value::List(values) => values,
            value => vec![value],
        };
        assert!(!values.is_empty(), "{}", field.name());
        for value in values {
            let written = value.written().unwrap_or_else(|| panic!("{} is missing", field.name()));
            assert_eq!(field.kind.parse(&written), Ok(value), "{} has its kind", field.name());
        }
    }
    assert_eq!(T::FIELDS.iter().map(Field::name).collect::<BTreeSet<_>>().len(), T::FIELDS.len());
}

#[test]
fn every_field_is_written_as_the_api_shows_it() {
    check(
        &region(),
        &[
            "name = regions/33.05",
            "former_names.display_name:\"Kabupaten Panjer\"",
            "end_date = 2026-01-31",
            "predecessors.region:regions/33.06",
            "successors.region:regions/33.07",
            "code = 33.05",
            "code = 33.*",
            "kind = KIND_KABUPATEN",
            "display_name:kebumen",
            "province = regions/33",
            "former_codes.code:11.05",
            "former_codes.end_date:2002-10-25",
            "33.05",
            "kebumen",
        ],
    );
    check(
        &cohort(),
        &[
            "name = cohorts/smart-governance-2021",
            "display_name = 'Smart Governance'",
            "source:letter",
            "members.region:regions/33.05",
            "members.display_name:*Kebumen",
            "kebumen",
        ],
    );
    check(
        &cycle(),
        &[
            "name = cycles/2022",
            "display_name:'tahap ii'",
            "instrument = instruments/kominfo-2022",
            "previous_cycle = cycles/2021",
            "previousCycle:*",
            "open_time > '2022-02-28T00:00:00Z'",
            "deadline.time = '2022-05-31T16:59:59Z'",
            "eligible_regions:regions/33.05",
            "simulated = true",
        ],
    );
    check(
        &program(),
        &[
            "name = regions/33.05/programs/balada-pak-kis",
            "pillar = (PILLAR_SOCIETY OR living)",
            "display_name > 'Balada'",
            "owner_agency:kominfo",
            "flagship = true",
            "quick_win = false",
            "source:masterplan",
            "first_year <= 2022",
            "last_year > 2025",
            "budget = 1.25e9",
        ],
    );
    check(
        &instrument(),
        &[
            "name = instruments/kominfo-2022",
            "display_name = Pedoman*",
            "source:guideline",
            "scale.minimum = 0.0",
            "scale.maximum >= 4",
            "components.component:COMPONENT_QUICK_WIN",
            "threshold_percent = 80",
            "availability_threshold_percent < 50.51",
            "bands.label:Baik",
            "quick_win_repeat_limit = 2",
            "normalisation = NORMALISATION_NONE",
            "aggregation = AGGREGATION_ARITHMETIC",
            "percent_decimals = 2",
            "score_decimals != 2",
        ],
    );
}

#[test]
fn a_province_lies_in_none() {
    let province = Region { code: RegionCode::parse("33").unwrap(), ..region() };
    let matches = |text: &str| Filter::<Region>::parse(text).unwrap().matches(&province);
    assert!(matches("NOT province:*"));
    assert!(matches("province != regions/33"));
    assert!(!matches("province = regions/33"));
}
