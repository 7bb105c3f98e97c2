//! The command line of what is said of many regions.

use std::num::NonZeroUsize;

use clap::{ArgGroup, Args};
use prost_types::Timestamp;
use takar_proto::v1::{Component, Pillar, published_figure::Measure};

use super::{parse_cohort, parse_cycle, parse_region, value};
use crate::contract;

/// Whose figures, and of when.
#[derive(Debug, Args)]
pub(crate) struct Whom {
    /// Only the regions of this cohort: `smart-governance-2021`
    #[arg(long, value_name = "ID", value_parser = parse_cohort, conflicts_with = "province")]
    pub(crate) cohort: Option<String>,

    /// Only the regions of this province: `33`
    #[arg(long, value_name = "CODE", value_parser = parse_region)]
    pub(crate) province: Option<String>,

    /// As it was published at this time: `2026-12-31T23:59:59+07:00`
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub(crate) as_of: Option<Timestamp>,
}

/// What is summarised.
#[derive(Debug, Args)]
pub(crate) struct Summary {
    /// The cycle: `2022`
    #[arg(value_parser = parse_cycle)]
    pub(crate) cycle: String,

    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// What is ranked.
#[derive(Debug, Args)]
pub(crate) struct Ranking {
    /// The cycle: `2022`
    #[arg(value_parser = parse_cycle)]
    pub(crate) cycle: String,

    /// By what: index, improvement, realisation, mean-realisation, a pillar (its score),
    /// a pillar's realisation such as governance-realisation, or a component
    #[arg(long, value_name = "MEASURE", default_value = "index", value_parser = measured)]
    pub(crate) by: Measured,

    /// Leave no rank out after a tie: 1-2-2-3 in place of 1-2-2-4
    #[arg(long)]
    pub(crate) dense: bool,

    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<NonZeroUsize>,

    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// Whose trend is shown.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whose").required(true)))]
pub(crate) struct Trend {
    /// The region's Kemendagri code, current or former: `33.05`
    #[arg(value_parser = parse_region, group = "whose")]
    pub(crate) region: Option<String>,

    /// A cohort in place of a region: `smart-governance-2021`
    #[arg(long, value_name = "ID", value_parser = parse_cohort, group = "whose")]
    pub(crate) cohort: Option<String>,

    /// What is shown, by the words of `takar ranking`
    #[arg(long, value_name = "MEASURE", default_value = "index", value_parser = measured)]
    pub(crate) by: Measured,

    /// The last cycle; that of the newest chain of real ones unless given
    #[arg(long, value_name = "CYCLE", value_parser = parse_cycle)]
    pub(crate) until: Option<String>,

    /// As it was published at this time: `2026-12-31T23:59:59+07:00`
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub(crate) as_of: Option<Timestamp>,
}

/// Under what a shortlist is drawn up.
#[derive(Debug, Args)]
pub(crate) struct Shortlist {
    /// The cycle: `2022`
    #[arg(value_parser = parse_cycle)]
    pub(crate) cycle: String,

    /// Compare the pillars' realisations in place of their scores
    #[arg(long)]
    pub(crate) by_realisation: bool,

    /// How many places a pillar has, `living=16`; 17 each unless given, 16 for living and environment
    #[arg(long, value_name = "PILLAR=COUNT", value_parser = value::places)]
    pub(crate) places: Vec<(Pillar, i32)>,

    /// Only regions whose index is this at least: `3.00`
    #[arg(long, value_name = "INDEX", default_value = "", hide_default_value = true)]
    pub(crate) minimum_index: String,

    /// Only regions whose pooled realisation is this at least, in percent: `90`
    #[arg(long, value_name = "PERCENT", default_value = "", hide_default_value = true)]
    pub(crate) minimum_realisation: String,

    /// Only regions all of whose pillars reach the threshold of realisation
    #[arg(long)]
    pub(crate) all_pillars: bool,

    /// No region of this cohort, such as former winners: `smart-governance-2021`
    #[arg(long, value_name = "ID", value_parser = parse_cohort)]
    pub(crate) not_of: Option<String>,

    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// A measure with its pillar or component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) measure: Measure,
    pub(crate) pillar: Pillar,
    pub(crate) component: Component,
}

/// Reads `index`, `governance`, `governance-realisation` or `output`.
fn measured(text: &str) -> Result<Measured, String> {
    let alone = |measure| Measured {
        measure,
        pillar: Pillar::Unspecified,
        component: Component::Unspecified,
    };
    let (word, is_realisation) = match text.strip_suffix("-realisation") {
        Some("mean") => return Ok(alone(Measure::MeanOfPillarsRealisation)),
        Some(word) => (word, true),
        None => (text, false),
    };
    match text {
        "index" => return Ok(alone(Measure::Index)),
        "improvement" => return Ok(alone(Measure::Improvement)),
        "realisation" => return Ok(alone(Measure::PooledRealisation)),
        _ => {}
    }
    if let Some(pillar) = value::pillar(word) {
        let measure =
            if is_realisation { Measure::PillarRealisation } else { Measure::PillarScore };
        return Ok(Measured { pillar, ..alone(measure) });
    }
    match value::component(text) {
        Some(component) => Ok(Measured { component, ..alone(Measure::ComponentScore) }),
        None => Err(format!(
            "{text:?} is none of index, improvement, realisation, mean-realisation, {}; those of \
             pillars also with -realisation",
            contract::words("Pillar")
                .into_iter()
                .chain(contract::words("Component"))
                .map(|(word, _)| word.to_ascii_lowercase().replace('_', "-"))
                .collect::<Vec<_>>()
                .join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_a_word() {
        let of = |text| {
            let Measured { measure, pillar, component } = measured(text).expect("a measure");
            (measure, pillar, component)
        };
        let (no_pillar, no_component) = (Pillar::Unspecified, Component::Unspecified);
        for (text, measure, pillar, component) in [
            ("index", Measure::Index, no_pillar, no_component),
            ("improvement", Measure::Improvement, no_pillar, no_component),
            ("realisation", Measure::PooledRealisation, no_pillar, no_component),
            ("mean-realisation", Measure::MeanOfPillarsRealisation, no_pillar, no_component),
            ("governance", Measure::PillarScore, Pillar::Governance, no_component),
            ("Living-realisation", Measure::PillarRealisation, Pillar::Living, no_component),
            ("quick-win", Measure::ComponentScore, no_pillar, Component::QuickWin),
        ] {
            assert_eq!(of(text), (measure, pillar, component), "{text}");
        }
        for wrong in ["", "rank", "output-realisation", "-realisation"] {
            assert!(measured(wrong).is_err(), "{wrong}");
        }
    }
}
