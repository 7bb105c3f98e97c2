//! A cycle under another instrument.

use std::fmt::Write as _;

use takar_proto::v1::{RegionShift, WhatIfResponse, figure::NullReason, region_shift::Standing};

use super::missing;
use crate::{
    aggregate::{NONE, cells, heading, null_reason, population_name, shown},
    contract,
    language::Language,
    reference::components_table,
    region::id,
    table::{Side, Table, plain},
    text::{self, Analysis, Heading, Label},
};

/// The columns as CSV.
pub(super) const COLUMNS: [&str; 16] = [
    "region",
    "region_name",
    "revision",
    "value_before",
    "unrounded_before",
    "exact_before",
    "rank_before",
    "null_reason_before",
    "value_after",
    "unrounded_after",
    "exact_after",
    "rank_after",
    "null_reason_after",
    "rise",
    "cycle",
    "simulated",
];

/// All regions, by code.
pub(super) fn rows(answer: &WhatIfResponse) -> Vec<Vec<String>> {
    let row = |shift: &RegionShift| {
        let mut row = vec![
            id(&shift.region).to_owned(),
            shift.region_display_name.clone(),
            shift.revision.to_string(),
        ];
        for standing in [&shift.before, &shift.after] {
            let standing = standing.clone().unwrap_or_default();
            row.extend(cells(standing.index.as_ref()));
            row.push(number(standing.rank));
            row.push(match standing.null_reason() {
                NullReason::Unspecified => String::new(),
                reason => contract::word("Figure.NullReason", reason.into()),
            });
        }
        row.extend([
            number(shift.rise),
            id(&answer.cycle).to_owned(),
            answer.simulated.to_string(),
        ]);
        row
    };
    answer.regions.iter().map(row).collect()
}

fn number(number: Option<i32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// What was tried, how far the orders agree, who moves most, and all regions by their new rank.
pub(super) fn page(answer: &WhatIfResponse, language: Language) -> String {
    let population = answer.population.clone().unwrap_or_default();
    let title = Analysis::WhatIf {
        cycle: &plain(id(&answer.cycle)),
        population: &population_name(answer.population.as_ref()),
    };
    let mut text = heading(&title.say(language), answer.simulated, language);
    text += &tried(answer, language);
    let _ = writeln!(text, "{}", Heading::coverage(&population).say(language));
    text += &missing(&answer.missing, language);
    for region in &answer.not_kept {
        let line = Analysis::NotKept { region: &plain(&region.region_display_name) };
        let _ = writeln!(text, "  {}", line.say(language));
    }
    if let (Some(spearman), Some(kendall)) = (&answer.spearman, &answer.kendall) {
        let (spearman, kendall) = (language.decimal(spearman), language.decimal(kendall));
        let line = Analysis::Correlations { spearman: &spearman, kendall: &kendall };
        let _ = writeln!(text, "{}", line.say(language));
    }
    for (title, movers) in
        [(Analysis::Risers, &answer.risers), (Analysis::Fallers, &answer.fallers)]
    {
        if !movers.is_empty() {
            let _ = write!(text, "\n{}\n{}", title.say(language), table(movers.iter(), language));
        }
    }
    let mut regions: Vec<_> = answer.regions.iter().collect();
    regions.sort_by_key(|shift| {
        shift.after.as_ref().and_then(|standing| standing.rank).unwrap_or(i32::MAX)
    });
    let _ = write!(text, "\n{}\n{}", Analysis::ByNewRank.say(language), table(regions, language));
    text
}

/// The instrument that was tried.
fn tried(answer: &WhatIfResponse, language: Language) -> String {
    let Some(tried) = &answer.tried else { return String::new() };
    format!(
        "{}: {}\n{}: {}\n{}: {}\n\n{}\n",
        Label::Instrument.say(language),
        plain(id(&tried.name)),
        Label::Normalisation.say(language),
        text::normalisation(tried.normalisation, language),
        Label::Aggregation.say(language),
        text::aggregation(tried.aggregation, language),
        components_table(tried, language).render(),
    )
}

fn table<'a>(shifts: impl IntoIterator<Item = &'a RegionShift>, language: Language) -> String {
    let say = |label: Label| label.say(language);
    let [index_before, index_after] =
        [Label::Before, Label::After].map(|side| format!("{}, {}", say(Label::Index), say(side)));
    let [rank_before, rank_after] =
        [Label::Before, Label::After].map(|side| format!("{}, {}", say(Label::Rank), say(side)));
    let mut table = Table::new(&[
        (say(Label::Code), Side::Left),
        (say(Label::Name), Side::Left),
        (&index_before, Side::Right),
        (&index_after, Side::Right),
        (&rank_before, Side::Right),
        (&rank_after, Side::Right),
        (say(Label::Rise), Side::Right),
        (say(Label::Note), Side::Left),
    ]);
    for shift in shifts {
        let standings = [&shift.before, &shift.after].map(|one| one.clone().unwrap_or_default());
        let [before, after] = &standings;
        let rank =
            |standing: &Standing| standing.rank.map_or(NONE.to_owned(), |rank| rank.to_string());
        table.push([
            id(&shift.region).to_owned(),
            shift.region_display_name.clone(),
            unrounded(before, language),
            unrounded(after, language),
            rank(before),
            rank(after),
            shift.rise.map_or(NONE.to_owned(), |rise| format!("{rise:+}")),
            match after.null_reason() {
                NullReason::Unspecified => String::new(),
                reason => null_reason(reason.into(), language),
            },
        ]);
    }
    table.render()
}

/// Unrounded, as that decides the rank.
fn unrounded(standing: &Standing, language: Language) -> String {
    match &standing.index {
        None => shown(None, language),
        Some(number) => language.decimal(&plain(&number.unrounded)),
    }
}
