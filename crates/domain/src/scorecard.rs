//! What an instrument computes from an evaluation (rapor), each number with how it came about.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    exact::Exact,
    fault::Fault,
    name::{CycleId, InstrumentId, RegionCode},
    publication::PublishedFigure,
    vocabulary::{Component, Pillar},
};

/// How many decimals `unrounded` values are given with, to show what rounding hid.
pub const UNROUNDED_DECIMALS: u32 = 6;

/// The scorecard of one region in one cycle.
///
/// A publication stores it whole, so what was published never depends on later code or data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scorecard {
    /// The region's code.
    pub region: RegionCode,
    /// The region's name.
    pub region_display_name: String,
    /// The cycle.
    pub cycle: CycleId,
    /// Whether the cycle is simulated; false in scorecards published before there were any.
    #[serde(default)]
    pub simulated: bool,
    /// The instrument by which it was computed.
    pub instrument: InstrumentId,
    /// The six pillars, in their order.
    pub pillars: Vec<PillarResult>,
    /// Sum of running over sum of planned, in percent.
    pub pooled_realisation: Figure,
    /// Mean of the pillars' exact realisations, in percent.
    pub mean_of_pillars_realisation: Figure,
    /// The threshold of realisation, in percent, as the instrument gives it.
    pub threshold_percent: Decimal,
    /// Whether all six pillars reach the threshold; `None` where that cannot be said.
    pub all_pillars_at_or_above_threshold: Option<bool>,
    /// The components of the index, in their order.
    pub components: Vec<ComponentResult>,
    /// What the instrument aggregates of the components' unrounded scores.
    pub index: Figure,
    /// The label of the index's band.
    pub band: Option<String>,
    /// The index less an earlier one.
    pub improvement: Improvement,
    /// What a letter stated, beside what is computed.
    pub published_figures: Vec<PublishedFigure>,
}

/// What is known of one pillar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PillarResult {
    /// The pillar.
    pub pillar: Pillar,
    /// Its counts, where anything was reported.
    pub counts: Option<Counts>,
    /// Running over planned, in percent.
    pub realisation: Figure,
    /// Whether the exact realisation reaches the threshold.
    pub at_or_above_threshold: Option<bool>,
    /// Its score.
    pub score: Figure,
}

/// The counts of a pillar's programmes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Programmes that run.
    pub running: u32,
    /// Programmes planned and due.
    pub planned: u32,
    /// Programmes planned but not due.
    pub not_due: u32,
}

/// What is known of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentResult {
    /// The component.
    pub component: Component,
    /// Its weight in percent.
    pub weight: Decimal,
    /// Its score.
    pub score: Figure,
    /// The score as it goes into the index; `None` where it does as it is. Scorecards of such
    /// instruments are stored as they were before there were others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalised: Option<Figure>,
}

/// A number with how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The value, or why there is none.
    pub outcome: Outcome,
    /// How it is computed.
    pub method: Method,
    /// The computation written out with its numbers; empty where no value came of it.
    pub formula: String,
    /// What went into it, in the order of the formula.
    pub inputs: Vec<Input>,
    /// Names of inputs that are missing, whether or not there is a value without them.
    pub missing: Vec<String>,
}

/// A figure's value, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is a value.
    Value {
        /// The exact value.
        exact: Exact,
        /// The value as shown, rounded half up by the instrument.
        shown: Decimal,
    },
    /// There is none, which is never 0.
    Null(NullReason),
}

/// Why a figure has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullReason {
    /// Nothing was planned, so there is nothing to realise.
    NothingPlanned,
    /// Nothing was reported.
    NotReported,
    /// It was not scored.
    NotScored,
    /// Something that it is computed from is missing.
    InputMissing,
    /// No earlier cycle has a published index of the region.
    NoEarlierIndex,
    /// It is relative to other regions: a scorecard alone has none, nor has a population of one.
    NeedsPopulation,
    /// All regions have the same score, so nothing can be measured by their spread.
    NoSpread,
    /// A geometric or harmonic mean is not defined of a score of 0 or less.
    NotPositive,
}

impl NullReason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NothingPlanned,
        Self::NotReported,
        Self::NotScored,
        Self::InputMissing,
        Self::NoEarlierIndex,
        Self::NeedsPopulation,
        Self::NoSpread,
        Self::NotPositive,
    ];

    /// The word, as a kept scorecard has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingPlanned => "nothing_planned",
            Self::NotReported => "not_reported",
            Self::NotScored => "not_scored",
            Self::InputMissing => "input_missing",
            Self::NoEarlierIndex => "no_earlier_index",
            Self::NeedsPopulation => "needs_population",
            Self::NoSpread => "no_spread",
            Self::NotPositive => "not_positive",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// A [`Fault`] that lists the words.
    pub fn parse(word: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|reason| reason.as_str() == word);
        found.ok_or_else(|| Fault::new(word, Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// How a figure is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Running over planned, in percent.
    Ratio,
    /// Sum of running over sum of planned, in percent.
    Pooled,
    /// Arithmetic mean of the pillars' exact values.
    MeanOfPillars,
    /// Weighted arithmetic mean of the components' exact scores.
    WeightedMean,
    /// As it was given.
    Direct,
    /// A realisation laid onto the scale.
    ScaledRealisation,
    /// One index less another.
    Difference,
    /// A score laid between its goalposts.
    Goalposts,
    /// Weighted geometric mean of the components' scores, rounded half up to 12 decimals.
    WeightedGeometricMean,
    /// Weighted harmonic mean of the components' exact scores.
    WeightedHarmonicMean,
    /// With how much of the weights the region outranks the others.
    Copeland,
}

/// How far the index moved since the region's last published one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Improvement {
    /// The difference.
    pub difference: Figure,
    /// What the index is compared with.
    pub earlier: Option<EarlierIndex>,
    /// Whether another instrument scored the earlier one, so that the two are not comparable.
    pub is_break: bool,
}

/// A region's published index of an earlier cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierIndex {
    /// The cycle.
    pub cycle: CycleId,
    /// The revision that was the newest then.
    pub revision: i32,
    /// The instrument that scored it.
    pub instrument: InstrumentId,
    /// The exact index.
    pub index: Exact,
}

/// One number that went into a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What it is.
    pub name: String,
    /// Its exact value as text; `None` where it is missing.
    pub value: Option<String>,
    /// Its weight, where the method weighs.
    pub weight: Option<Decimal>,
    /// Where it is stated; empty where it is itself computed.
    pub source: String,
}

impl ComponentResult {
    /// What goes into the index.
    pub fn aggregated(&self) -> &Figure {
        self.normalised.as_ref().unwrap_or(&self.score)
    }
}

impl Figure {
    /// The exact value, or why there is none.
    pub fn into_cell(self) -> Result<Exact, NullReason> {
        match self.outcome {
            Outcome::Value { exact, .. } => Ok(exact),
            Outcome::Null(reason) => Err(reason),
        }
    }

    /// The exact value, where there is one.
    pub const fn exact(&self) -> Option<&Exact> {
        match &self.outcome {
            Outcome::Value { exact, .. } => Some(exact),
            Outcome::Null(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_reason_has_the_word_that_a_kept_scorecard_has() {
        for reason in NullReason::ALL {
            let kept = serde_json::to_string(&reason).unwrap();
            assert_eq!(kept, format!("{:?}", reason.as_str()));
            assert_eq!(NullReason::parse(reason.as_str()), Ok(reason));
        }
        assert!(NullReason::parse("unknown").is_err());
    }
}
