use proptest::prelude::*;

use super::*;
use crate::{
    instrument::{
        Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent,
    },
    name::InstrumentId,
    vocabulary::{Component, Derivation},
};

fn instrument() -> Instrument {
    let part = |component, weight, derivation| {
        WeightedComponent::parse(component, weight, derivation).unwrap()
    };
    let definition = Definition {
        display_name: "An instrument".to_owned(),
        source: "a test".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: vec![
            part(Component::Output, "60", Derivation::Direct),
            part(Component::Impact, "40", Derivation::MeanOfPillars),
        ],
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    };
    Instrument::new(InstrumentId::parse("one").unwrap(), definition).unwrap()
}

/// Cells of a line; `#` before digits makes a number of them.
fn cells(line: &str) -> Vec<Cell<'_>> {
    let cell = |text: &'static str| match text.strip_prefix('#') {
        Some(digits) => Cell::Number(digits.to_owned()),
        None => Cell::text(text),
    };
    line.to_owned().leak().split('|').map(cell).collect()
}

fn read(kind: Kind, line: &str) -> Result<Row, Vec<RowFault>> {
    let instrument = instrument();
    let subject = match kind {
        Kind::Programs => Subject::Programs,
        Kind::ProgramReports => Subject::ProgramReports,
        Kind::Tallies => Subject::Tallies,
        Kind::Scores => Subject::Scores(&instrument),
    };
    let heading = columns_of(kind).join("|");
    let columns = Columns::read(kind, 1, &cells(&heading), false).unwrap();
    Reader::new(subject, columns, "").read(7, &cells(line)).map_err(|(_, faults)| faults)
}

fn faulty(kind: Kind, line: &str) -> Vec<(String, String)> {
    let faults = read(kind, line).unwrap_err();
    assert!(faults.iter().all(|fault| fault.row == 7 && !fault.allowed.is_empty()));
    faults.into_iter().map(|fault| (fault.column, fault.value)).collect()
}

fn pair(column: &str, value: &str) -> (String, String) {
    (column.to_owned(), value.to_owned())
}

#[test]
fn columns_stand_in_any_order_and_each_once() {
    let read = |line: &str, has_source| {
        let columns = Columns::read(Kind::Tallies, 1, &cells(line), has_source);
        columns.map_err(|faults| {
            faults.into_iter().map(|fault| (fault.column, fault.value)).collect::<Vec<_>>()
        })
    };
    assert!(read("source|not_due|planned|running|pillar|region", false).is_ok());
    assert!(read("Region|PILLAR|running|planned|not_due|source||", false).is_ok());
    assert!(read("region|pillar|running|planned|not_due", true).is_ok());
    assert_eq!(read("region|pillar|running|planned|not_due", false), Err(vec![pair("source", "")]));
    assert_eq!(
        read("region|dimensi|pillar|pillar|running|planned|source", true),
        Err(vec![pair("", "dimensi"), pair("pillar", "pillar"), pair("not_due", "")])
    );
}

#[test]
fn a_row_says_all_that_is_wrong_in_it() {
    assert_eq!(
        faulty(Kind::Programs, "3305|Satu|GOVERNMENT||x|maybe|ya|2022.5|1980|1,5|"),
        [
            pair("region", "3305"),
            pair("program", "Satu"),
            pair("pillar", "GOVERNMENT"),
            pair("display_name", ""),
            pair("flagship", "maybe"),
            pair("first_year", "2022.5"),
            pair("budget", "1,5"),
            pair("source", ""),
        ]
    );
    assert_eq!(
        faulty(Kind::Tallies, "33.05|LIVING|10|9||a letter||beyond"),
        [pair("", "beyond"), pair("running", "10")]
    );
    assert_eq!(
        faulty(Kind::ProgramReports, "33.05|one|STOPPED|||-1|"),
        [pair("reason", ""), pair("realised_budget", "-1")]
    );
}

#[test]
fn a_number_is_the_code_whose_zero_a_spreadsheet_dropped_and_a_text_is_none() {
    let region = |code: &str| {
        let line = format!("{code}|LIVING|1|2||a letter");
        read(Kind::Tallies, &line).map(|row| row.region.to_string())
    };
    assert_eq!(region("#33.1"), Ok("33.10".to_owned()));
    assert_eq!(region("#33.05"), Ok("33.05".to_owned()));
    assert_eq!(region("33.10"), Ok("33.10".to_owned()));
    assert_eq!(region("33.1").unwrap_err()[0].column, "region");
    assert_eq!(region("33,05").unwrap_err()[0].column, "region");
}

#[test]
fn a_score_is_of_a_pillar_or_of_a_component_that_is_scored_directly() {
    let of = |line| read(Kind::Scores, line).map(|row| row.entry.key().1.to_owned());
    assert_eq!(of("33.05|living||3.60|a letter").as_deref(), Ok("living"));
    assert_eq!(of("33.05||Output|#3.6|a letter").as_deref(), Ok("output"));
    assert_eq!(faulty(Kind::Scores, "33.05|||3|a letter"), [pair("pillar", "")]);
    assert_eq!(faulty(Kind::Scores, "33.05|living|output|3|x"), [pair("component", "output")]);
    assert_eq!(faulty(Kind::Scores, "33.05||impact|3|x"), [pair("component", "impact")]);
    for score in ["3,6", "4.01", "", "#3.3147000000000002"] {
        let line = format!("33.05|living||{score}|a letter");
        assert_eq!(faulty(Kind::Scores, &line), [pair("score", score.trim_start_matches('#'))]);
    }
}

#[test]
fn what_cannot_be_read_without_loss_is_a_fault_of_its_cell() {
    let columns = Columns::read(
        Kind::Tallies,
        1,
        &cells("region|pillar|running|planned|not_due|source"),
        false,
    );
    let reader = Reader::new(Subject::Tallies, columns.unwrap(), "");
    let mut row = cells("33.05|LIVING|1|2||a letter");
    row[3] = Cell::Other { shown: "#REF!".to_owned(), allowed: "no error" };
    let (region, faults) = reader.read(2, &row).unwrap_err();
    assert_eq!(region.map(String::from).as_deref(), Some("33.05"));
    assert_eq!((faults[0].column.as_str(), faults[0].value.as_str()), ("planned", "#REF!"));
}

#[test]
fn the_same_file_with_the_same_options_is_the_same_import() {
    let order = Order {
        region: None,
        kind: Kind::Tallies,
        cycle: Some(CycleId::parse("2026").unwrap()),
        atomicity: Atomicity::File,
        source: "a letter".to_owned(),
        sheet: String::new(),
        sha256: Sha256Digest::of(b"a"),
    };
    assert_eq!(order.id(), order.clone().id());
    assert_eq!(ImportId::parse(order.id().as_str()), Ok(order.id()));
    let others = [
        Order { region: Some(RegionCode::parse("33.05").unwrap()), ..order.clone() },
        Order { kind: Kind::Scores, ..order.clone() },
        Order { cycle: Some(CycleId::parse("2027").unwrap()), ..order.clone() },
        Order { atomicity: Atomicity::Region, ..order.clone() },
        Order { source: String::new(), sheet: "a letter".to_owned(), ..order.clone() },
        Order { sha256: Sha256Digest::of(b"b"), ..order.clone() },
    ];
    for other in others {
        assert_ne!(other.id(), order.id(), "{other:?}");
    }
}

#[test]
fn an_import_shows_its_first_faults_and_counts_them_all() {
    let fault = |row| RowFault::new(row, Fault::new("", "a value"));
    let faults = |count| (0..count).rev().map(fault).collect::<Vec<_>>();
    let most = u32::try_from(ERRORS_SHOWN_MAX).unwrap();
    let ended = |count| Outcome::running(9, 1).ended(Counts::default(), faults(count));
    assert_eq!(ended(most).errors.len(), ERRORS_SHOWN_MAX);
    let more = ended(most + 1);
    assert_eq!((more.errors.len(), more.error_count), (ERRORS_SHOWN_MAX, ERRORS_SHOWN_MAX + 1));
    assert_eq!((more.errors[0].row, more.state), (0, State::Refused));
    let counts = Counts { regions_written: 1, ..Counts::default() };
    assert_eq!(Outcome::running(9, 2).ended(counts, faults(1)).state, State::Partial);
    assert_eq!(Outcome::running(9, 2).ended(counts, Vec::new()).state, State::Succeeded);
}

#[test]
fn the_roles_that_write_row_by_row_import() {
    for kind in Kind::ALL {
        assert!(kind.is_written_by(Role::Secretariat), "{kind}");
        assert!(!kind.is_written_by(Role::Public), "{kind}");
        assert_eq!(kind.is_written_by(Role::Operator), kind != Kind::Scores, "{kind}");
    }
}

proptest! {
    #[test]
    fn no_row_makes_the_reader_panic(line in "\\PC*", kind in 0..Kind::ALL.len()) {
        let _ = read(Kind::ALL[kind], &line);
    }
}
