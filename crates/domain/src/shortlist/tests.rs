use proptest::prelude::*;

use super::*;
use crate::population::testing::{region, survey};

const GOVERNANCE: Measure = Measure::PillarScore(Pillar::Governance);

fn terms(places: u16, rules: Vec<Rule>) -> Terms {
    Terms { basis: Basis::Score, places: [places; 6], rules }
}

fn governance(shortlist: &Shortlist) -> &PillarShortlist {
    &shortlist.pillars[0]
}

fn scored(scores: &[(&str, &str)]) -> Survey {
    survey(scores.iter().map(|(code, score)| region(code, &[(GOVERNANCE, score)])).collect())
}

fn entries(pillar: &PillarShortlist) -> Vec<(usize, &str, bool)> {
    let entries = pillar.entries.iter();
    entries.map(|entry| (entry.rank, entry.region.code.as_str(), entry.is_tied_at_cut)).collect()
}

#[test]
fn a_tie_at_the_cut_is_shown_whole_and_leaves_its_places_open() {
    let survey =
        scored(&[("33.01", "3"), ("33.02", "4"), ("33.03", "3"), ("33.04", "3"), ("33.05", "1")]);
    let three = Shortlist::of(&survey, &terms(3, Vec::new()));
    let tied = [(1, "33.02", false), (2, "33.01", true), (2, "33.03", true), (2, "33.04", true)];
    assert_eq!(entries(governance(&three)), tied);
    assert_eq!((governance(&three).undecided_places, governance(&three).vacant_places), (2, 0));

    let four = Shortlist::of(&survey, &terms(4, Vec::new()));
    assert_eq!(governance(&four).undecided_places, 0, "the tie fits");
    assert!(governance(&four).entries.iter().all(|entry| !entry.is_tied_at_cut));

    let seven = Shortlist::of(&survey, &terms(7, Vec::new()));
    assert_eq!((governance(&seven).entries.len(), governance(&seven).vacant_places), (5, 2));
    let none = Shortlist::of(&survey, &terms(0, Vec::new()));
    assert_eq!((governance(&none).entries.len(), governance(&none).undecided_places), (0, 0));
}

#[test]
fn a_region_without_a_value_is_named_and_never_last() {
    let mut survey = scored(&[("33.01", "0")]);
    survey.present.push(region("33.02", &[]));
    let shortlist = Shortlist::of(&survey, &terms(5, Vec::new()));
    assert_eq!(entries(governance(&shortlist)), [(1, "33.01", false)]);
    assert_eq!(governance(&shortlist).without_value[0].code.as_str(), "33.02");
}

#[test]
fn who_is_not_eligible_is_named_with_the_rules() {
    let realised =
        |least: &'static str| Pillar::ALL.map(|pillar| (Measure::PillarRealisation(pillar), least));
    let with = |code, index, pooled, realisation| {
        let mut figures = realised(realisation).to_vec();
        figures.extend([(Measure::Index, index), (Measure::PooledRealisation, pooled)]);
        region(code, &figures)
    };
    let rules = vec![
        Rule::MinimumIndex(Decimal::from(3)),
        Rule::AllPillarsAtOrAboveThreshold,
        Rule::MinimumPooledRealisation(Decimal::from(90)),
        Rule::NotOfCohort(
            CohortId::parse("winners").unwrap(),
            BTreeSet::from([RegionCode::parse("33.05").unwrap()]),
        ),
    ];
    let survey = survey(vec![
        with("33.01", "3", "90", "80"),
        with("33.02", "299/100", "90", "80"),
        with("33.03", "3", "90", "7999/100"),
        with("33.04", "3", "8999/100", "80"),
        with("33.05", "1", "90", "80"),
        region("33.06", &[]),
    ]);
    let shortlist = Shortlist::of(&survey, &terms(1, rules));
    let excluded = shortlist.excluded.iter();
    let excluded: Vec<_> = excluded
        .map(|excluded| (excluded.region.code.as_str(), excluded.rules.as_slice()))
        .collect();
    let expected: [(&str, &[usize]); 5] = [
        ("33.02", &[0]),
        ("33.03", &[1]),
        ("33.04", &[2]),
        ("33.05", &[0, 3]),
        ("33.06", &[0, 1, 2]),
    ];
    assert_eq!(excluded, expected);
    assert_eq!(shortlist.eligible_count, 1);
}

#[test]
fn a_pillar_is_compared_by_its_score_or_its_realisation() {
    let realisation = Measure::PillarRealisation(Pillar::Governance);
    let survey = survey(vec![
        region("33.01", &[(GOVERNANCE, "4"), (realisation, "50")]),
        region("33.02", &[(GOVERNANCE, "3"), (realisation, "60")]),
    ]);
    let first = |basis| {
        let shortlist = Shortlist::of(&survey, &Terms { basis, ..terms(1, Vec::new()) });
        governance(&shortlist).entries[0].region.code.to_string()
    };
    assert_eq!(
        (first(Basis::Score), first(Basis::Realisation)),
        ("33.01".to_owned(), "33.02".to_owned())
    );
}

#[test]
fn places_are_those_of_2021_unless_they_are_given() {
    assert_eq!(Pillar::ALL.map(default_places), [17, 17, 17, 16, 17, 16]);
    assert_eq!(parse_places(0), Ok(0));
    assert_eq!(parse_places(1_000), Ok(PLACES_MAX));
    assert!(parse_places(1_001).is_err());
    assert!(parse_places(-1).is_err());
}

proptest! {
    #[test]
    fn who_is_shown_fills_the_places_and_who_is_not_is_worse(
        scores in prop::collection::vec(0_u8..6, 0..30),
        places in 0_u16..12,
    ) {
        let regions = scores.iter().zip(10..).map(|(score, number)| {
            region(&format!("33.{number}"), &[(GOVERNANCE, &score.to_string())])
        });
        let shortlist = Shortlist::of(&survey(regions.collect()), &terms(places, Vec::new()));
        let pillar = governance(&shortlist);
        let tied = pillar.entries.iter().filter(|entry| entry.is_tied_at_cut).count();
        let decided = pillar.entries.len() - tied;
        prop_assert_eq!(decided + pillar.undecided_places + pillar.vacant_places, usize::from(places));
        prop_assert!(tied == 0 || tied > pillar.undecided_places && pillar.undecided_places > 0);
        if let Some(last) = pillar.entries.last() {
            let as_good = scores.iter().filter(|score| Exact::from(u64::from(**score)) >= last.value);
            prop_assert_eq!(as_good.count(), pillar.entries.len());
        }
    }
}
