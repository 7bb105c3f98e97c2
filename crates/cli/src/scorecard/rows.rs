//! A scorecard as rows, a figure each, for spreadsheets and programs.
//!
//! What a letter stated stands in the row of the figure it is a statement of, beside what is
//! computed here.

use takar_proto::v1::{
    Component, Figure, Pillar, PublishedFigure, Scorecard, figure::NullReason,
    published_figure::Measure,
};

use crate::{contract, region::id};

/// The columns.
pub(super) const COLUMNS: [&str; 17] = [
    "region",
    "region_name",
    "cycle",
    "measure",
    "item",
    "running",
    "planned",
    "not_due",
    "at_or_above_threshold",
    "weight",
    "value",
    "unrounded",
    "exact",
    "status",
    "null_reason",
    "published",
    "difference",
];

/// A figure with what stands beside it.
#[derive(Default)]
struct Row<'a> {
    measure: Measure,
    pillar: i32,
    component: i32,
    counts: [Option<i32>; 3],
    at_or_above_threshold: Option<bool>,
    weight: &'a str,
    figure: Option<&'a Figure>,
}

/// The rows of a scorecard.
pub(super) fn of(scorecard: &Scorecard) -> Vec<Vec<String>> {
    let computed = computed(scorecard);
    let stated_only = scorecard.published_figures.iter().filter_map(|published| {
        let is_computed = computed.iter().any(|row| is_of(published, row));
        (!is_computed).then(|| Row {
            measure: published.measure(),
            pillar: published.pillar,
            component: published.component,
            ..Row::default()
        })
    });
    let stated_only: Vec<_> = stated_only.collect();
    let rows = computed.iter().chain(&stated_only);
    rows.map(|row| cells(scorecard, row)).collect()
}

fn computed(scorecard: &Scorecard) -> Vec<Row<'_>> {
    let realisations = scorecard.pillars.iter().map(|result| Row {
        measure: Measure::PillarRealisation,
        pillar: result.pillar,
        counts: [result.running, result.planned, result.not_due],
        at_or_above_threshold: result.at_or_above_threshold,
        figure: result.realisation.as_ref(),
        ..Row::default()
    });
    let pooled = Row {
        measure: Measure::PooledRealisation,
        figure: scorecard.pooled_realisation.as_ref(),
        ..Row::default()
    };
    let mean = Row {
        measure: Measure::MeanOfPillarsRealisation,
        at_or_above_threshold: scorecard.all_pillars_at_or_above_threshold,
        figure: scorecard.mean_of_pillars_realisation.as_ref(),
        ..Row::default()
    };
    let scores = scorecard.pillars.iter().map(|result| Row {
        measure: Measure::PillarScore,
        pillar: result.pillar,
        figure: result.score.as_ref(),
        ..Row::default()
    });
    let components = scorecard.components.iter().map(|result| Row {
        measure: Measure::ComponentScore,
        component: result.component,
        weight: &result.weight,
        figure: result.score.as_ref(),
        ..Row::default()
    });
    let index = Row { measure: Measure::Index, figure: scorecard.index.as_ref(), ..Row::default() };
    let improvement = Row {
        measure: Measure::Improvement,
        figure: scorecard.improvement.as_ref(),
        ..Row::default()
    };
    let last = [index, improvement];
    realisations.chain([pooled, mean]).chain(scores).chain(components).chain(last).collect()
}

fn is_of(published: &PublishedFigure, row: &Row<'_>) -> bool {
    published.measure() == row.measure
        && published.pillar == row.pillar
        && published.component == row.component
}

fn cells(scorecard: &Scorecard, row: &Row<'_>) -> Vec<String> {
    let optional = |text: Option<&String>| text.cloned().unwrap_or_default();
    let item = if row.pillar != Pillar::Unspecified as i32 {
        contract::word("Pillar", row.pillar)
    } else if row.component != Component::Unspecified as i32 {
        contract::word("Component", row.component)
    } else {
        String::new()
    };
    let published = scorecard.published_figures.iter().find(|published| is_of(published, row));
    let figure = row.figure;
    let null_reason = figure.map_or(NullReason::Unspecified, Figure::null_reason);
    let mut cells = vec![
        id(&scorecard.region).to_owned(),
        scorecard.region_display_name.clone(),
        id(&scorecard.cycle).to_owned(),
        contract::word("PublishedFigure.Measure", row.measure.into()),
        item,
    ];
    let count = |count: Option<i32>| count.map(|count| count.to_string()).unwrap_or_default();
    cells.extend(row.counts.map(count));
    let reached = row.at_or_above_threshold;
    cells.extend([
        reached.map(|reached| reached.to_string()).unwrap_or_default(),
        row.weight.to_owned(),
        optional(figure.and_then(|figure| figure.value.as_ref())),
        optional(figure.and_then(|figure| figure.unrounded.as_ref())),
        optional(figure.and_then(|figure| figure.exact.as_ref())),
        figure.map(|figure| contract::word("ObservationStatus", figure.status)).unwrap_or_default(),
        match null_reason {
            NullReason::Unspecified => String::new(),
            reason => contract::word("Figure.NullReason", reason.into()),
        },
        published.map(|published| published.value.clone()).unwrap_or_default(),
        optional(published.and_then(|published| published.difference.as_ref())),
    ]);
    cells
}
