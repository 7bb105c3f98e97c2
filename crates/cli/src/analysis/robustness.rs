//! How robust ranks are.

use std::fmt::Write as _;

use takar_proto::v1::{
    Robustness,
    robustness::{Estimate, RegionSpread, Sensitivity},
};

use super::missing;
use crate::{
    aggregate::{heading, null_reason, population_name},
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Analysis, Heading, Label},
};

/// The columns as CSV.
pub(super) const COLUMNS: [&str; 12] = [
    "region",
    "region_name",
    "revision",
    "nominal_rank",
    "median_rank",
    "fifth_percentile_rank",
    "ninety_fifth_percentile_rank",
    "top_percent",
    "draws",
    "seed",
    "cycle",
    "simulated",
];

/// The regions, by nominal rank.
pub(super) fn rows(answer: &Robustness) -> Vec<Vec<String>> {
    let row = |spread: &RegionSpread| {
        vec![
            id(&spread.region).to_owned(),
            spread.region_display_name.clone(),
            spread.revision.to_string(),
            spread.nominal_rank.to_string(),
            spread.median_rank.clone(),
            spread.fifth_percentile_rank.clone(),
            spread.ninety_fifth_percentile_rank.clone(),
            spread.top_percent.clone(),
            answer.draws.to_string(),
            answer.seed.to_string(),
            id(&answer.cycle).to_owned(),
            answer.simulated.to_string(),
        ]
    };
    answer.regions.iter().map(row).collect()
}

/// What was drawn, what explains the shifts, and the interval of each region.
pub(super) fn page(answer: &Robustness, language: Language) -> String {
    let population = answer.population.clone().unwrap_or_default();
    let title = Analysis::Robustness {
        cycle: &plain(id(&answer.cycle)),
        population: &population_name(answer.population.as_ref()),
    };
    let mut text = heading(&title.say(language), answer.simulated, language);
    let _ = writeln!(text, "{}", Heading::coverage(&population).say(language));
    text += &missing(&answer.missing, language);
    for region in &answer.unranked {
        let why = null_reason(region.null_reason, language);
        let _ = writeln!(text, "  {}: {why}", plain(&region.region_display_name));
    }
    let factors = answer.factors.iter().map(|factor| text::factor(*factor, language));
    let factors = factors.collect::<Vec<_>>().join(", ");
    let concentration = language.decimal(&plain(&answer.weight_concentration));
    let draws = Analysis::Draws {
        draws: answer.draws,
        seed: answer.seed,
        factors: &factors,
        concentration: &concentration,
    };
    let shift = language.decimal(&plain(&answer.mean_rank_shift));
    let shift = Analysis::MeanShift { shift: &shift };
    let _ = writeln!(text, "{}\n{}", draws.say(language), shift.say(language));
    if !answer.sensitivities.is_empty() {
        let _ = write!(text, "\n{}", sensitivities(&answer.sensitivities, language));
    }
    let _ = write!(text, "\n{}", regions(answer, language));
    text
}

fn sensitivities(sensitivities: &[Sensitivity], language: Language) -> String {
    let mut table = Table::new(&[
        (Label::Factor.say(language), Side::Left),
        (Label::FirstOrder.say(language), Side::Right),
        (Label::TotalOrder.say(language), Side::Right),
    ]);
    let estimate = |estimate: &Option<Estimate>| {
        let Estimate { value, standard_error } = estimate.clone().unwrap_or_default();
        format!("{} ± {}", language.decimal(&value), language.decimal(&standard_error))
    };
    for Sensitivity { factor, first_order, total_order } in sensitivities {
        let factor = text::factor(*factor, language);
        table.push([factor, estimate(first_order), estimate(total_order)]);
    }
    table.render()
}

fn regions(answer: &Robustness, language: Language) -> String {
    let top = Analysis::Top { count: answer.top_count }.say(language);
    let mut table = Table::new(&[
        (Label::Rank.say(language), Side::Right),
        (Label::Code.say(language), Side::Left),
        (Label::Name.say(language), Side::Left),
        (Label::Median.say(language), Side::Right),
        ("5 %", Side::Right),
        ("95 %", Side::Right),
        (&top, Side::Right),
    ]);
    for spread in &answer.regions {
        table.push([
            spread.nominal_rank.to_string(),
            id(&spread.region).to_owned(),
            spread.region_display_name.clone(),
            language.decimal(&spread.median_rank),
            language.decimal(&spread.fifth_percentile_rank),
            language.decimal(&spread.ninety_fifth_percentile_rank),
            language.decimal(&spread.top_percent),
        ]);
    }
    table.render()
}
