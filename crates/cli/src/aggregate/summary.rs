//! A summary as a page, and as rows, a measure each.

use std::fmt::Write as _;

use takar_proto::v1::{
    MeasureSummary, MissingRegion, PooledRealisation, Summary, measure_summary::Extreme,
};

use super::{NONE, cells, heading, measure_name, population_name, shown};
use crate::{
    contract,
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Heading, Label},
};

/// The columns of a summary as CSV.
pub(super) const COLUMNS: [&str; 24] = [
    "cycle",
    "simulated",
    "population",
    "expected",
    "present",
    "measure",
    "item",
    "count",
    "breaks",
    "mean",
    "mean_unrounded",
    "mean_exact",
    "standard_deviation",
    "minimum",
    "minimum_regions",
    "lower_quartile",
    "median",
    "upper_quartile",
    "maximum",
    "maximum_regions",
    "threshold_percent",
    "at_or_above_threshold",
    "at_or_above_threshold_percent",
    "nulls",
];

/// The rows of a summary.
pub(super) fn rows(summary: &Summary) -> Vec<Vec<String>> {
    summary.measures.iter().map(|found| row(summary, found)).collect()
}

fn row(summary: &Summary, found: &MeasureSummary) -> Vec<String> {
    let population = summary.population.clone().unwrap_or_default();
    let item = match (found.pillar, found.component) {
        (0, 0) => String::new(),
        (0, component) => contract::word("Component", component),
        (pillar, _) => contract::word("Pillar", pillar),
    };
    let mut row = vec![
        id(&summary.cycle).to_owned(),
        summary.simulated.to_string(),
        population.display_name,
        population.expected_count.to_string(),
        population.present_count.to_string(),
        contract::word("PublishedFigure.Measure", found.measure),
        item,
        found.count.to_string(),
        found.break_count.to_string(),
    ];
    row.extend(cells(found.mean.as_ref()));
    let unrounded = |number| {
        let [_, unrounded, _] = cells(number);
        unrounded
    };
    row.push(unrounded(found.standard_deviation.as_ref()));
    row.extend(extreme(found.minimum.as_ref()));
    let quartiles = [&found.lower_quartile, &found.median, &found.upper_quartile];
    row.extend(quartiles.map(|number| unrounded(number.as_ref())));
    row.extend(extreme(found.maximum.as_ref()));
    let threshold = found.threshold.as_ref();
    row.extend([
        threshold.map(|found| found.threshold_percent.clone()).unwrap_or_default(),
        threshold.map(|found| found.count.to_string()).unwrap_or_default(),
        unrounded(threshold.and_then(|found| found.share_percent.as_ref())),
        found.nulls.iter().map(|null| null.count).sum::<i32>().to_string(),
    ]);
    row
}

fn extreme(extreme: Option<&Extreme>) -> [String; 2] {
    let [_, unrounded, _] = cells(extreme.and_then(|extreme| extreme.value.as_ref()));
    let regions = extreme
        .map(|extreme| extreme.regions.iter().map(|name| id(name)).collect::<Vec<_>>().join("|"));
    [unrounded, regions.unwrap_or_default()]
}

/// A summary for people.
pub(super) fn page(summary: &Summary, language: Language) -> String {
    let population = summary.population.clone().unwrap_or_default();
    let title = Heading::Summary {
        cycle: &plain(id(&summary.cycle)),
        population: &population_name(summary.population.as_ref()),
    };
    let mut page = heading(&title.say(language), summary.simulated, language);
    let instrument = plain(id(&summary.instrument));
    let _ = writeln!(page, "{}: {instrument}", Label::Instrument.say(language));
    let _ = writeln!(page, "{}\n", Heading::coverage(&population).say(language));
    page += &measures(summary, language);
    page.push('\n');
    if let Some(pooled) =
        summary.pooled_realisation.as_ref().filter(|found| found.percent.is_some())
    {
        let _ = writeln!(page, "{}", pooled_line(pooled, language));
    }
    let breaks: i32 = summary.measures.iter().map(|found| found.break_count).sum();
    if breaks > 0 {
        let _ = writeln!(page, "{}", Heading::Breaks { count: breaks }.say(language));
    }
    let _ = writeln!(page, "{}", Heading::Methods.say(language));
    if !summary.missing.is_empty() {
        page.push('\n');
        page += &missing(&summary.missing, language);
    }
    page
}

fn pooled_line(pooled: &PooledRealisation, language: Language) -> String {
    let percent = shown(pooled.percent.as_ref(), language);
    let PooledRealisation { running, planned, .. } = pooled;
    Heading::Pooled { running: *running, planned: *planned, percent: &percent }.say(language)
}

fn measures(summary: &Summary, language: Language) -> String {
    let say = |label: Label| label.say(language);
    let threshold = summary.measures.iter().find_map(|found| found.threshold.as_ref());
    let threshold = threshold.map(|found| language.decimal(&plain(&found.threshold_percent)));
    let threshold = format!("≥ {}%", threshold.as_deref().unwrap_or(NONE));
    let mut table = Table::new(&[
        (say(Label::Figure), Side::Left),
        (say(Label::Count), Side::Right),
        (say(Label::Mean), Side::Right),
        (say(Label::Deviation), Side::Right),
        (say(Label::Minimum), Side::Right),
        (say(Label::LowerQuartile), Side::Right),
        (say(Label::Median), Side::Right),
        (say(Label::UpperQuartile), Side::Right),
        (say(Label::Maximum), Side::Right),
        (&threshold, Side::Right),
    ]);
    for found in &summary.measures {
        let value = |extreme: &Option<Extreme>| {
            let value = extreme.as_ref().and_then(|extreme| extreme.value.as_ref());
            shown(value, language)
        };
        let reached =
            found.threshold.as_ref().map_or(NONE.to_owned(), |found| found.count.to_string());
        table.push([
            measure_name(found.measure, found.pillar, found.component, language),
            found.count.to_string(),
            shown(found.mean.as_ref(), language),
            shown(found.standard_deviation.as_ref(), language),
            value(&found.minimum),
            shown(found.lower_quartile.as_ref(), language),
            shown(found.median.as_ref(), language),
            shown(found.upper_quartile.as_ref(), language),
            value(&found.maximum),
            reached,
        ]);
    }
    table.render()
}

fn missing(missing: &[MissingRegion], language: Language) -> String {
    let mut table = Table::new(&[
        (Label::Code.say(language), Side::Left),
        (Label::Missing.say(language), Side::Left),
        (Label::Reason.say(language), Side::Left),
    ]);
    for region in missing {
        table.push([
            id(&region.region).to_owned(),
            region.display_name.clone(),
            text::missing_reason(region.reason, language),
        ]);
    }
    table.render()
}
