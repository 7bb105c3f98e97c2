//! An evaluation as rows, a count or score each, for spreadsheets and programs.

use prost_types::Timestamp;
use takar_proto::v1::{Assessment, Evaluation, Item, Tally, item};

use crate::{contract, region::id};

/// The columns.
pub(super) const COLUMNS: [&str; 12] = [
    "region",
    "cycle",
    "item",
    "level",
    "running",
    "planned",
    "not_due",
    "score",
    "status",
    "principal",
    "source",
    "record_time",
];

/// What a row says after the evaluation and the item.
#[derive(Default)]
struct Row<'a> {
    level: String,
    counts: [String; 3],
    score: &'a str,
    status: String,
    principal: &'a str,
    source: &'a str,
    record_time: Option<Timestamp>,
}

/// The rows of an evaluation: counts, then self-assessed and desk scores, then the final ones.
pub(super) fn of(evaluation: &Evaluation) -> Vec<Vec<String>> {
    let row = |item: Option<item::Item>, row: Row<'_>| {
        let mut cells = vec![
            id(&evaluation.region).to_owned(),
            id(&evaluation.cycle).to_owned(),
            word(item),
            row.level,
        ];
        cells.extend(row.counts);
        cells.extend([row.score.to_owned(), row.status, row.principal.to_owned()]);
        cells.push(row.source.to_owned());
        cells.push(row.record_time.map(|time| time.to_string()).unwrap_or_default());
        cells
    };
    let tallies = evaluation
        .tallies
        .iter()
        .map(|tally| row(Some(item::Item::Pillar(tally.pillar)), counted(tally)));
    let assessments = evaluation.assessments.iter().map(|assessment| {
        row(assessment.item.as_ref().and_then(|Item { item }| *item), assessed(assessment))
    });
    let pillars = evaluation.pillar_scores.iter().map(|score| {
        let last = (score.score.as_str(), score.principal.as_str(), score.source.as_str());
        row(Some(item::Item::Pillar(score.pillar)), last_word(last, score.record_time))
    });
    let components = evaluation.component_scores.iter().map(|score| {
        let last = (score.score.as_str(), score.principal.as_str(), score.source.as_str());
        row(Some(item::Item::Component(score.component)), last_word(last, score.record_time))
    });
    tallies.chain(assessments).chain(pillars).chain(components).collect()
}

fn counted(tally: &Tally) -> Row<'_> {
    Row {
        level: "REPORTED".to_owned(),
        counts: [tally.running, tally.planned, tally.not_due].map(|count| count.to_string()),
        source: &tally.source,
        ..Row::default()
    }
}

fn assessed(assessment: &Assessment) -> Row<'_> {
    Row {
        level: contract::word("Assessment.Level", assessment.level),
        score: &assessment.score,
        status: contract::word("ObservationStatus", assessment.status),
        principal: &assessment.principal,
        source: &assessment.source,
        record_time: assessment.record_time,
        ..Row::default()
    }
}

fn last_word<'a>(
    (score, principal, source): (&'a str, &'a str, &'a str),
    record_time: Option<Timestamp>,
) -> Row<'a> {
    Row { level: "FINAL".to_owned(), score, principal, source, record_time, ..Row::default() }
}

fn word(item: Option<item::Item>) -> String {
    match item {
        Some(item::Item::Pillar(pillar)) => contract::word("Pillar", pillar),
        Some(item::Item::Component(component)) => contract::word("Component", component),
        None => String::new(),
    }
}
