use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A term, and what it means.
type Term = (&'static str, fn(&Thing) -> bool);

const TERMS: [Term; 9] = [
    ("title = a*", |thing| thing.title.starts_with('a')),
    ("title:B", |thing| thing.title.contains(['b', 'B'])),
    ("kind = KIND_KOTA", |thing| thing.kind == RegionKind::Kota),
    ("open:true", |thing| thing.open),
    ("planned_year > 1", |thing| thing.planned_year.is_some_and(|year| year > 1)),
    ("planned_year != 1", |thing| thing.planned_year != Some(1)),
    ("planned_year <= 2", |thing| thing.planned_year.is_some_and(|year| year <= 2)),
    ("planned_year:*", |thing| thing.planned_year.is_some()),
    ("ab", |thing| {
        thing.tags.iter().chain([&thing.title]).any(|text| text.to_lowercase().contains("ab"))
    }),
];

#[derive(Clone, Debug)]
enum Naive {
    Term(usize),
    All(Vec<Naive>),
    Any(Vec<Naive>),
    Not(Box<Naive>),
}

impl Naive {
    fn holds(&self, thing: &Thing) -> bool {
        match self {
            Self::Term(index) => (TERMS[*index].1)(thing),
            Self::All(parts) => parts.iter().fold(true, |all, part| all & part.holds(thing)),
            Self::Any(parts) => parts.iter().fold(false, |any, part| any | part.holds(thing)),
            Self::Not(part) => !part.holds(thing),
        }
    }

    fn text(&self) -> String {
        let join = |parts: &[Self], by| {
            parts.iter().map(|part| format!("({})", part.text())).collect::<Vec<_>>().join(by)
        };
        match self {
            Self::Term(index) => TERMS[*index].0.to_owned(),
            Self::All(parts) => join(parts, if parts.len() == 2 { " " } else { " AND " }),
            Self::Any(parts) => join(parts, " OR "),
            Self::Not(part) => format!("NOT ({})", part.text()),
        }
    }
}

fn naive() -> impl Strategy<Value = Naive> {
    (0..TERMS.len()).prop_map(Naive::Term).prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Naive::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Naive::Any),
            inner.prop_map(|part| Naive::Not(Box::new(part))),
        ]
    })
}

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let thing = (
        "[aAbB]{0,3}",
        prop::sample::select(RegionKind::ALL.to_vec()),
        any::<bool>(),
        prop::option::of(0..4_i64),
        prop::collection::vec("[aAbB]{1,2}", 0..3),
    );
    prop::collection::vec(thing, 0..12).prop_map(|parts| {
        let things = (0..).zip(parts).map(|(id, (title, kind, open, planned_year, tags))| Thing {
            id,
            title,
            kind,
            open,
            planned_year,
            tags,
            ..empty()
        });
        things.collect()
    })
}

fn orders() -> impl Strategy<Value = OrderBy<Thing>> {
    prop::sample::select(vec![
        "",
        "title",
        "kind desc",
        "planned_year desc, title",
        "plannedYear, open desc",
    ])
    .prop_map(|text| OrderBy::parse(text).unwrap())
}

proptest! {
    #[test]
    fn a_filter_means_what_its_terms_mean(naive in naive(), things in things()) {
        let filter = filter(&naive.text());
        for thing in &things {
            prop_assert_eq!(filter.matches(thing), naive.holds(thing), "{}", naive.text());
        }
    }

    #[test]
    fn a_negation_goes_through_and_and_or(left in naive(), right in naive(), things in things()) {
        let (left, right) = (left.text(), right.text());
        for (one, other) in [
            (format!("NOT (({left}) OR ({right}))"), format!("-({left}) -({right})")),
            (format!("-(({left}) AND ({right}))"), format!("NOT ({left}) OR NOT ({right})")),
        ] {
            let (one, other) = (filter(&one), filter(&other));
            prop_assert!(things.iter().all(|thing| one.matches(thing) == other.matches(thing)));
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition(
        things in things(),
        naive in naive(),
        order in orders(),
        size in 1_usize..4,
        gone in prop::collection::btree_set(0_u32..12, 0..4),
    ) {
        let filter = filter(&naive.text());
        let id = |thing: &Thing| thing.id;
        let mut expected: Vec<Thing> = things.clone();
        expected.retain(|thing| naive.holds(thing));
        expected.sort_by(|left, right| order.compare(left, right).then(left.id.cmp(&right.id)));
        let whole = select(things.clone(), &filter, &order, None, usize::MAX, id);
        prop_assert_eq!(&whole, &expected);

        // Things that disappear after the first page, its last one too, move nothing else.
        let (mut left, mut seen, mut after) = (things, Vec::new(), None);
        loop {
            let page = select(left.clone(), &filter, &order, after.as_ref(), size, id);
            let Some(last) = page.last() else { break };
            let position = order.position(last, last.id);
            after = Some(order.parse_position(&position.written(), *position.key()).unwrap());
            prop_assert_eq!(after.as_ref(), Some(&position));
            seen.extend(ids(&page));
            left.retain(|thing| !gone.contains(&thing.id));
        }
        let first: BTreeSet<u32> = seen.iter().take(size).copied().collect();
        expected.retain(|thing| first.contains(&thing.id) || !gone.contains(&thing.id));
        prop_assert_eq!(seen, ids(&expected));
    }
}
