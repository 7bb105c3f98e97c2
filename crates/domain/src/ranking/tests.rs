use proptest::prelude::*;

use super::*;
use crate::population::{
    MissingReason,
    testing::{region, survey},
};

fn ranking() -> Survey {
    let improved = |code, value| region(code, &[(Measure::Improvement, value)]);
    let mut apart = improved("33.04", "3");
    apart.improvement_is_break = true;
    let mut survey = survey(vec![
        improved("33.01", "1/3"),
        improved("33.03", "1/2"),
        apart,
        improved("33.05", "2/6"),
        region("33.06", &[]),
        improved("33.07", "-1"),
    ]);
    let missing = |code| MissingRegion {
        region: region(code, &[]).region,
        reason: MissingReason::NotPublished,
    };
    survey.missing = vec![missing("33.02"), missing("33.08")];
    survey
}

fn rows<'a>(entries: &[Entry<'a>]) -> Vec<(&'a str, Option<usize>, &'static str)> {
    let row = |entry: &Entry<'a>| {
        let (rank, kind) = match entry {
            Entry::Ranked(rank, _, _) => (Some(*rank), "ranked"),
            Entry::Break(..) => (None, "break"),
            Entry::Null(..) => (None, "null"),
            Entry::Missing(_) => (None, "missing"),
        };
        (entry.region().code.as_str(), rank, kind)
    };
    entries.iter().map(row).collect()
}

#[test]
fn who_cannot_be_ranked_comes_behind_in_the_order_of_codes() {
    let survey = ranking();
    let ranking = Ranking::of(&survey, Measure::Improvement, TieRule::Standard);
    let table = [
        ("33.03", Some(1), "ranked"),
        ("33.01", Some(2), "ranked"),
        ("33.05", Some(2), "ranked"),
        ("33.07", Some(4), "ranked"),
        ("33.02", None, "missing"),
        ("33.04", None, "break"),
        ("33.06", None, "null"),
        ("33.08", None, "missing"),
    ];
    assert_eq!(rows(&ranking.entries), table);
    assert_eq!(ranking.ranked_count, 4);
}

/// The rows of all pages of these sizes, each after what comes between it and the one before.
fn pages(surveys: &[Survey], size: usize, rule: TieRule) -> Vec<Entry<'_>> {
    let mut shown = Shown::default();
    let mut rows = Vec::new();
    for survey in surveys {
        let ranking = Ranking::after(&shown, survey, Measure::Index, rule);
        let page = &ranking.entries[..size.min(ranking.entries.len())];
        rows.extend_from_slice(page);
        // As the token of the next page has it.
        shown = Shown::parse(&shown.and(page).to_string()).unwrap();
    }
    rows
}

/// Of the letters that name them, the regions by number: a letter keeps its number under any code.
fn lettered(letter: char, code: &str, index: Option<&str>) -> PublishedRegion {
    let figures: Vec<_> = index.iter().map(|index| (Measure::Index, *index)).collect();
    let mut region = region(code, &figures);
    region.region.number = i64::from(u32::from(letter));
    region
}

#[test]
fn pages_go_on_whatever_lands_between_them() {
    let present = |rows: &[(char, &str, Option<&str>)]| {
        let rows = rows.iter().map(|(letter, code, index)| lettered(*letter, code, *index));
        rows.collect::<Vec<_>>()
    };
    let missing = |rows: &[(char, &str)]| {
        let missing = |(letter, code): &(char, &str)| MissingRegion {
            region: lettered(*letter, code, None).region,
            reason: MissingReason::Withdrawn,
        };
        rows.iter().map(missing).collect::<Vec<_>>()
    };
    let of = |rows: &[_], gone: &[_]| Survey { missing: missing(gone), ..survey(present(rows)) };
    let surveys = [
        of(
            &[
                ('a', "33.01", Some("4")),
                ('b', "33.02", Some("3")),
                ('c', "33.03", Some("3")),
                ('d', "33.04", Some("3")),
                ('e', "33.05", Some("2")),
                ('f', "33.06", Some("1")),
                ('g', "33.07", None),
            ],
            &[],
        ),
        // The first is withdrawn; of the tied, one that was shown comes last, one that was not first.
        of(
            &[
                ('b', "33.90", Some("3")),
                ('c', "33.03", Some("3")),
                ('d', "11.01", Some("3")),
                ('e', "33.05", Some("2")),
                ('f', "33.06", Some("1")),
                ('g', "33.07", None),
            ],
            &[('a', "33.01")],
        ),
        // One that was not shown is withdrawn, and who has no index is coded before the others.
        of(
            &[
                ('b', "33.90", Some("3")),
                ('c', "33.03", Some("3")),
                ('d', "11.01", Some("3")),
                ('f', "33.06", Some("1")),
                ('g', "11.02", None),
            ],
            &[('a', "33.01"), ('e', "33.05")],
        ),
        of(
            &[
                ('b', "33.90", Some("3")),
                ('c', "33.03", Some("3")),
                ('d', "11.01", Some("3")),
                ('f', "33.06", Some("1")),
                ('g', "33.99", None),
            ],
            &[('a', "33.01"), ('e', "33.05")],
        ),
    ];
    let table = |rule| {
        let row = |entry: &Entry<'_>| {
            let letter = u32::try_from(entry.region().number).unwrap();
            let rank = rows(std::slice::from_ref(entry))[0].1;
            (char::from_u32(letter).unwrap(), rank)
        };
        pages(&surveys, 2, rule).iter().map(row).collect::<Vec<_>>()
    };
    let by_hand = |ranks: [usize; 5]| {
        let ranks = ranks.map(Some).into_iter().chain([None, None]);
        "abdcfge".chars().zip(ranks).collect::<Vec<_>>()
    };
    assert_eq!(table(TieRule::Standard), by_hand([1, 2, 2, 2, 5]));
    assert_eq!(table(TieRule::Dense), by_hand([1, 2, 2, 2, 3]));
}

#[test]
fn who_joins_above_what_was_shown_is_not_lost() {
    let row = |letter, code, index| lettered(letter, code, Some(index));
    let surveys = [
        survey(vec![row('a', "33.01", "3"), row('b', "33.02", "2"), row('c', "33.03", "1")]),
        survey(vec![
            row('a', "33.01", "3"),
            row('b', "33.02", "2"),
            row('c', "33.03", "1"),
            row('d', "33.04", "4"),
        ]),
    ];
    let all = pages(&surveys, 2, TieRule::Standard);
    let table = [("33.01", 1), ("33.02", 2), ("33.04", 2), ("33.03", 4)];
    let table = table.map(|(code, rank)| (code, Some(rank), "ranked"));
    assert_eq!(rows(&all), table);
}

#[test]
fn what_was_shown_is_read_back_as_written() {
    let survey = ranking();
    let ranking = Ranking::of(&survey, Measure::Improvement, TieRule::Dense);
    for count in 1..=ranking.entries.len() {
        let shown = Shown::default().and(&ranking.entries[..count]);
        assert_eq!(Shown::parse(&shown.to_string()), Ok(shown));
    }
    for text in
        ["", "1", "1 1 3", "1 1 3 ", "1 x 3 0.1", "1 1 x 0.1", "x 1 3 0.1", "1 1 3 0", "- - - 0.1"]
    {
        assert!(Shown::parse(text).is_err(), "{text}");
    }
}

fn exact(numerator: i64, denominator: i64) -> Option<Exact> {
    Exact::quotient(numerator, denominator)
}

#[test]
fn equal_values_share_a_rank_and_what_is_missing_has_none() {
    // By hand; the second and the fourth differ in what two decimals would hide.
    let values = [
        exact(10, 3),
        exact(16_667, 5_000),
        None,
        exact(33_333, 10_000),
        exact(20, 6),
        exact(4, 1),
        exact(-1, 2),
        exact(0, 1),
        None,
    ];
    let table = [
        (TieRule::Standard, [3, 2, 0, 5, 3, 1, 7, 6, 0]),
        (TieRule::Dense, [3, 2, 0, 4, 3, 1, 6, 5, 0]),
    ];
    for (rule, expected) in table {
        let expected = expected.map(|rank| Some(rank).filter(|rank| *rank > 0));
        assert_eq!(ranks(&values, rule), expected, "{rule:?}");
    }
    assert_eq!(ranks::<Exact>(&[], TieRule::Standard), []);
    assert_eq!(ranks::<Exact>(&[None, None], TieRule::Dense), [None, None]);
}

#[test]
fn a_tie_rule_has_a_word() {
    for rule in [TieRule::Standard, TieRule::Dense] {
        assert_eq!(TieRule::parse(rule.as_str()), Ok(rule));
    }
    assert_eq!(TieRule::parse("fractional").unwrap_err().allowed, "standard or dense");
}

proptest! {
    #[test]
    fn a_rank_is_one_more_than_those_who_are_better(
        values in prop::collection::vec(prop::option::of(0_u8..12), 0..40),
    ) {
        let standard = ranks(&values, TieRule::Standard);
        let dense = ranks(&values, TieRule::Dense);
        for (index, value) in values.iter().enumerate() {
            let mut better: Vec<_> = values.iter().filter(|other| *other > value).collect();
            prop_assert_eq!(standard[index], value.map(|_| better.len() + 1));
            better.sort_unstable();
            better.dedup();
            prop_assert_eq!(dense[index], value.map(|_| better.len() + 1));
        }
    }

    /// Regions come and go under new codes, their figures stay: each is met once, and what was met is a
    /// ranking by the rule.
    #[test]
    fn all_pages_together_are_a_ranking(
        values in prop::collection::vec(prop::option::of(0_u8..6), 1..30),
        size in 1_usize..8,
        withdrawn in prop::collection::vec(0_usize..10, 30),
        codes in prop::collection::vec(Just((1..=30_usize).collect::<Vec<_>>()).prop_shuffle(), 30),
        is_dense in any::<bool>(),
    ) {
        let rule = if is_dense { TieRule::Dense } else { TieRule::Standard };
        let surveys: Vec<_> = codes.iter().enumerate().map(|(page, codes)| {
            let mut found = survey(Vec::new());
            for (place, value) in values.iter().enumerate() {
                let code = format!("33.{:02}", codes[place]);
                let value = value.map(|value| value.to_string());
                let mut published = lettered('a', &code, value.as_deref());
                published.region.number = i64::try_from(place).unwrap() * 40;
                if withdrawn[place] < page {
                    let reason = MissingReason::Withdrawn;
                    found.missing.push(MissingRegion { region: published.region, reason });
                } else {
                    found.present.push(published);
                }
            }
            found
        }).collect();
        let all = pages(&surveys, size, rule);
        let mut met: Vec<_> = all.iter().map(|entry| entry.region().number).collect();
        met.sort_unstable();
        met.dedup();
        prop_assert_eq!((met.len(), all.len()), (values.len(), values.len()));
        let shown: Vec<_> = all.iter().map(|entry| match entry {
            Entry::Ranked(_, _, value) => Some(*value),
            _ => None,
        }).collect();
        let own: Vec<_> = all.iter().map(|entry| match entry {
            Entry::Ranked(rank, ..) => Some(*rank),
            _ => None,
        }).collect();
        prop_assert_eq!(own, ranks(&shown, rule));
    }
}
