//! A ranking, a region a line.

use takar_proto::v1::{
    ListRankingResponse, ObservationStatus, RankedRegion, TieRule, figure::NullReason,
    missing_region::Reason,
};

use super::{NONE, heading, measure_name, null_reason, population_name};
use crate::{
    contract,
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Heading, Label},
};

/// The columns as CSV.
pub(super) const COLUMNS: [&str; 13] = [
    "rank",
    "region",
    "region_name",
    "province",
    "value",
    "unrounded",
    "exact",
    "status",
    "null_reason",
    "missing_reason",
    "revision",
    "cycle",
    "simulated",
];

/// One region as a row of [`COLUMNS`].
pub(super) fn row(region: &RankedRegion) -> Vec<String> {
    let null_reason = match region.null_reason() {
        NullReason::Unspecified => String::new(),
        reason => contract::word("Figure.NullReason", reason.into()),
    };
    let missing_reason = match region.missing_reason() {
        Reason::Unspecified => String::new(),
        reason => contract::word("MissingRegion.Reason", reason.into()),
    };
    vec![
        region.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        id(&region.region).to_owned(),
        region.region_display_name.clone(),
        id(&region.province).to_owned(),
        region.value.clone().unwrap_or_default(),
        region.unrounded.clone().unwrap_or_default(),
        region.exact.clone().unwrap_or_default(),
        contract::word("ObservationStatus", region.status),
        null_reason,
        missing_reason,
        region.revision.to_string(),
        id(&region.cycle).to_owned(),
        region.simulated.to_string(),
    ]
}

/// A ranking for people.
pub(super) fn page(cycle: &str, whole: &ListRankingResponse, language: Language) -> String {
    let population = whole.population.clone().unwrap_or_default();
    let title = Heading::Ranking {
        cycle: &plain(cycle),
        population: &population_name(whole.population.as_ref()),
        measure: &measure_name(whole.measure, whole.pillar, whole.component, language),
    };
    let ranked =
        Heading::Ranked { count: whole.ranked_count, is_dense: whole.tie_rule() == TieRule::Dense };
    let mut table = Table::new(&[
        (Label::Rank.say(language), Side::Right),
        (Label::Code.say(language), Side::Left),
        (Label::Name.say(language), Side::Left),
        (Label::Value.say(language), Side::Right),
        (Label::Unrounded.say(language), Side::Right),
        (Label::Note.say(language), Side::Left),
    ]);
    for region in &whole.ranking {
        let decimal = |value: &Option<String>| {
            value.as_deref().map_or(NONE.to_owned(), |value| language.decimal(value))
        };
        table.push([
            region.rank.map_or(NONE.to_owned(), |rank| rank.to_string()),
            id(&region.region).to_owned(),
            region.region_display_name.clone(),
            decimal(&region.value),
            decimal(&region.unrounded),
            note(region, language),
        ]);
    }
    format!(
        "{}{}\n{}\n\n{}",
        heading(&title.say(language), whole.simulated, language),
        Heading::coverage(&population).say(language),
        ranked.say(language),
        table.render()
    )
}

/// Why a region has no rank.
fn note(region: &RankedRegion, language: Language) -> String {
    if region.missing_reason() != Reason::Unspecified {
        text::missing_reason(region.missing_reason, language)
    } else if region.null_reason() != NullReason::Unspecified {
        null_reason(region.null_reason, language)
    } else if region.status() == ObservationStatus::Break {
        Heading::Break.say(language)
    } else {
        String::new()
    }
}
