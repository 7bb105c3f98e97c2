//! Scorecards, one a line.

use takar_proto::v1::{Figure, Scorecard};

use crate::{
    language::Language,
    region::id,
    table::{Side, Table},
    text::Label,
};

/// The columns of a list as CSV.
pub(super) const COLUMNS: [&str; 8] = [
    "region",
    "region_name",
    "cycle",
    "revision",
    "pooled_realisation",
    "mean_of_pillars_realisation",
    "all_pillars_at_or_above_threshold",
    "index",
];

/// One scorecard as a row of [`COLUMNS`].
pub(super) fn row(scorecard: &Scorecard) -> Vec<String> {
    let revision = scorecard.publication.as_ref().map(|publication| publication.revision);
    let reached = scorecard.all_pillars_at_or_above_threshold;
    vec![
        id(&scorecard.region).to_owned(),
        scorecard.region_display_name.clone(),
        id(&scorecard.cycle).to_owned(),
        revision.map(|revision| revision.to_string()).unwrap_or_default(),
        value(scorecard.pooled_realisation.as_ref()),
        value(scorecard.mean_of_pillars_realisation.as_ref()),
        reached.map(|reached| reached.to_string()).unwrap_or_default(),
        value(scorecard.index.as_ref()),
    ]
}

fn value(figure: Option<&Figure>) -> String {
    figure.and_then(|figure| figure.value.clone()).unwrap_or_default()
}

/// Scorecards as a table.
pub(super) fn table(scorecards: &[Scorecard], language: Language) -> String {
    let say = |label: Label| label.say(language);
    let pooled = format!("{} %", say(Label::Pooled));
    let mean = format!("{} %", say(Label::MeanOfPillars));
    let threshold = say(Label::AllPillars);
    let mut table = Table::new(&[
        (say(Label::Code), Side::Left),
        (say(Label::Name), Side::Left),
        (say(Label::Cycle), Side::Left),
        (say(Label::Revision), Side::Left),
        (&pooled, Side::Right),
        (&mean, Side::Right),
        (threshold, Side::Left),
        (say(Label::Index), Side::Right),
    ]);
    for scorecard in scorecards {
        table.push(cells(scorecard, language));
    }
    table.render()
}

fn cells(scorecard: &Scorecard, language: Language) -> [String; 8] {
    let revision = match &scorecard.publication {
        Some(publication) => publication.revision.to_string(),
        None => Label::Provisional.say(language).to_owned(),
    };
    let reached = match scorecard.all_pillars_at_or_above_threshold {
        Some(true) => Label::Yes.say(language),
        Some(false) => Label::No.say(language),
        None => NONE,
    };
    let shown = |figure: Option<&Figure>| match figure.and_then(|figure| figure.value.as_deref()) {
        Some(value) => language.decimal(value),
        None => NONE.to_owned(),
    };
    [
        id(&scorecard.region).to_owned(),
        scorecard.region_display_name.clone(),
        id(&scorecard.cycle).to_owned(),
        revision,
        shown(scorecard.pooled_realisation.as_ref()),
        shown(scorecard.mean_of_pillars_realisation.as_ref()),
        reached.to_owned(),
        shown(scorecard.index.as_ref()),
    ]
}

/// What stands where there is no value.
pub(super) const NONE: &str = "–";
