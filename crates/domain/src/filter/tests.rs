use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::*;
use crate::vocabulary::RegionKind;

mod properties;

/// Something with a field of each kind.
#[derive(Clone, Debug, PartialEq)]
struct Thing {
    id: u32,
    title: String,
    note: String,
    kind: RegionKind,
    open: bool,
    planned_year: Option<i64>,
    amount: Option<Decimal>,
    start_date: Option<NaiveDate>,
    update_time: Option<DateTime<Utc>>,
    tags: Vec<String>,
    years: Vec<i64>,
}

impl Filterable for Thing {
    const FIELDS: &'static [Field<Self>] = &[
        Field::searched("title", Kind::Text, |thing| Value::text(&thing.title)),
        Field::new("note", Kind::Text, |thing| Value::text(&thing.note)),
        Field::new("kind", Kind::Word { words: &RegionKind::WORDS, prefix: "KIND" }, |thing| {
            Value::Word(thing.kind.as_str())
        }),
        Field::new("open", Kind::Boolean, |thing| Value::Boolean(thing.open)),
        Field::new("planned_year", Kind::Integer, |thing| {
            thing.planned_year.map(Value::Integer).into()
        }),
        Field::new("budget.amount", Kind::Decimal, |thing| thing.amount.map(Value::Decimal).into()),
        Field::new("start_date", Kind::Date, |thing| thing.start_date.map(Value::Date).into()),
        Field::new("update_time", Kind::Time, |thing| thing.update_time.map(Value::Time).into()),
        Field::searched("tags", Kind::List(&Kind::Text), |thing| {
            Value::List(thing.tags.iter().map(Value::text).collect())
        }),
        Field::new("years", Kind::List(&Kind::Integer), |thing| {
            Value::List(thing.years.iter().copied().map(Value::Integer).collect())
        }),
    ];
}

fn full() -> Thing {
    Thing {
        id: 1,
        title: "Balada Pak KIS".to_owned(),
        note: String::new(),
        kind: RegionKind::Kabupaten,
        open: true,
        planned_year: Some(2022),
        amount: Some(Decimal::new(150, 2)),
        start_date: NaiveDate::from_ymd_opt(2022, 3, 1),
        update_time: Some("2022-03-01T01:00:00Z".parse().unwrap()),
        tags: vec!["Air Bersih".to_owned(), "jalan".to_owned()],
        years: vec![2021, 2022],
    }
}

fn empty() -> Thing {
    Thing {
        id: 2,
        title: String::new(),
        note: String::new(),
        kind: RegionKind::Province,
        open: false,
        planned_year: None,
        amount: None,
        start_date: None,
        update_time: None,
        tags: Vec::new(),
        years: Vec::new(),
    }
}

fn filter(text: &str) -> Filter<Thing> {
    Filter::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn matching(text: &str) -> (bool, bool) {
    let filter = filter(text);
    (filter.matches(&full()), filter.matches(&empty()))
}

#[test]
fn each_kind_compares_by_its_values() {
    for text in [
        "planned_year = 2022",
        "plannedYear = \"2022\"",
        "planned_year:2022",
        "planned_year >= 2022",
        "planned_year > -1",
        "planned_year < 2023",
        "planned_year != 2021",
        "budget.amount = 1.5",
        "budget.amount = 15e-1",
        "budget.amount <= 1.500",
        "start_date = 2022-03-01",
        "start_date > 2022-02-28",
        "update_time = 2022-03-01T08:00:00+07:00",
        "update_time < \"2022-03-01T01:00:00.1Z\"",
        "kind = kabupaten",
        "kind = KIND_KABUPATEN",
        "kind:kabupaten",
        "kind != province",
        "open = true",
        "open:true",
        "open != false",
        "title = 'Balada Pak KIS'",
        "title > Balada",
        "title >= ''",
        "title <= 'Balada Pak KIS'",
        "years:2021",
        "tags:jalan",
        "tags:'Air*'",
        "-tags:Air",
        "kind = (kota OR kabupaten)",
        "kind != (kota OR province)",
        "planned_year > (1 AND -2022)",
        "planned_year:(NOT 2021)",
    ] {
        assert!(matching(text).0, "{text}");
    }
    for text in [
        "planned_year = 2021",
        "planned_year < 2022",
        "budget.amount > 1.5",
        "kind = kota",
        "start_date < 2022-03-01",
        "update_time > 2022-03-01T08:00:00+07:00",
        "open = false",
        "title = 'balada pak kis'",
        "title = Balada",
        "years:2023",
        "tags:Jalan",
        "kind != (kota OR kabupaten)",
    ] {
        assert!(!matching(text).0, "{text}");
    }
}

#[test]
fn a_star_opens_an_end_of_a_text_and_has_looks_within_in_any_case() {
    for text in [
        "title = Balada*",
        "title = '*KIS'",
        "title = '*Pak*'",
        "title = *",
        "title = '**'",
        "title:pak",
        "title:'k k'",
        "title:BALADA*",
        "title:*kis",
        "title:*",
        "title:''",
    ] {
        assert_eq!(matching(text), (true, false), "{text}");
    }
    for text in ["title = Pak*", "title = *Pak", "title:kis*", "title:'\\*'", "title = 'B\\*'"] {
        assert_eq!(matching(text), (false, false), "{text}");
    }
    assert_eq!(filter("title = 'a*'"), filter("title = a*"));
    assert_ne!(filter("title = 'a\\*'"), filter("title = a*"));
}

#[test]
fn a_missing_value_compares_with_nothing_and_differs_from_everything() {
    for text in [
        "planned_year = 0",
        "planned_year < 1",
        "planned_year >= 0",
        "planned_year:0",
        "budget.amount <= 0",
        "title < z",
        "title >= ''",
        "title:a",
        "tags:a",
        "years:0",
        "start_date:*",
        "planned_year:*",
        "tags:*",
        "years:*",
        "title:*",
        "update_time:*",
        "start_date < 9999-12-31",
    ] {
        assert!(!matching(text).1, "{text}");
    }
    for text in [
        "planned_year != 0",
        "title != a",
        "-planned_year = 0",
        "NOT start_date:*",
        "title = ''",
        "note = ''",
        "-title != ''",
        "open = false",
        "open:*",
    ] {
        assert!(matching(text).1, "{text}");
    }
}

#[test]
fn a_bare_word_is_searched_in_the_searched_fields_alone() {
    assert_eq!(matching("balada"), (true, false));
    assert_eq!(matching("kis bersih"), (true, false));
    assert_eq!(matching("'air b*'"), (true, false));
    assert_eq!(matching("2022 OR kabupaten"), (false, false));
    let noted = Thing { note: "balada".to_owned(), ..empty() };
    assert!(!filter("balada").matches(&noted));
    assert_eq!(matching(""), (true, true));
    assert!(filter(" ").is_empty());
}

#[test]
fn a_fault_says_which_fields_and_values_there_are() {
    let fields = "one of the fields title, note, kind, open, planned_year, budget.amount, \
                  start_date, update_time, tags, years";
    for (text, value, allowed) in [
        ("a AND nama = b", "nama", &*format!("{fields}, at character 7")),
        ("Title = b", "Title", &*format!("{fields}, at character 1")),
        ("budget = 1", "budget", &*format!("{fields}, at character 1")),
        ("planned_year = abc", "abc", "an integer such as 2022, of 64 bits, at character 16"),
        ("planned_year = 20*", "20*", "an integer such as 2022, of 64 bits, at character 16"),
        ("kind = desa", "desa", "one of province, kabupaten, kota, at character 8"),
        ("kind = (kota OR x)", "x", "one of province, kabupaten, kota, at character 17"),
        ("open > true", "open", "=, != or : as the operator of a word or boolean, at character 1"),
        ("kind < kota", "kind", "=, != or : as the operator of a word or boolean, at character 1"),
        ("tags = a", "tags", ": as the operator of a list, at character 1"),
        ("years != 1", "years", ": as the operator of a list, at character 1"),
        (
            "title = 'a*b'",
            "a*b",
            "* at the ends alone, and \"\\*\" for the character itself, at character 9",
        ),
        (
            "'title' = a",
            "title",
            "a field, which has no quotes, before an operator, at character 1",
        ),
        (
            "title = (a b = c)",
            "b",
            "values alone in parentheses after an operator, at character 12",
        ),
    ] {
        let fault = Filter::<Thing>::parse(text).unwrap_err();
        assert_eq!((fault.value.as_str(), fault.allowed.as_str()), (value, allowed), "{text}");
    }
}

fn ids(things: &[Thing]) -> Vec<u32> {
    things.iter().map(|thing| thing.id).collect()
}

#[test]
fn missing_values_come_last_in_both_directions_and_words_in_their_order() {
    let thing = |id, planned_year, kind| Thing { id, kind, planned_year, ..empty() };
    let things = vec![
        thing(1, None, RegionKind::Kota),
        thing(2, Some(1), RegionKind::Kabupaten),
        thing(3, Some(2), RegionKind::Province),
    ];
    for (order, expected) in [
        ("planned_year", [2, 3, 1]),
        ("planned_year desc", [3, 2, 1]),
        ("kind", [3, 2, 1]),
        ("kind desc", [1, 2, 3]),
        ("", [1, 2, 3]),
        ("title, open desc", [1, 2, 3]),
    ] {
        let order = OrderBy::parse(order).unwrap();
        let all = filter("");
        let sorted = select(things.clone(), &all, &order, None, 9, |thing| thing.id);
        assert_eq!(ids(&sorted), expected);
    }
}

#[test]
fn a_position_of_another_order_is_refused() {
    let order = OrderBy::<Thing>::parse("planned_year").unwrap();
    assert!(order.parse_position(&[], 1).is_err());
    assert!(order.parse_position(&[Some("abc".to_owned())], 1).is_err());
    assert!(order.parse_position(&[None], 1).is_ok());
}
