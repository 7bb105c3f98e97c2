//! Many regions of one cycle: which are expected, what of them is published, and who is missing.
//!
//! All that is said of many regions at once rests on it, and so on published scorecards only: a
//! figure never depends on who asks.

use chrono::{DateTime, Utc};

use crate::{
    exact::Exact,
    fault::Fault,
    instrument::Instrument,
    name::{CohortId, CycleId, RegionCode},
    publication::Measure,
    scorecard::NullReason,
    tally::Ratio,
    vocabulary::{EvaluationState, Pillar},
};

/// Which regions are meant, of those that a cycle evaluates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Population {
    /// All of them.
    Nation,
    /// Those of a province.
    Province(RegionCode),
    /// Those of a cohort.
    Cohort(CohortId),
}

/// What is published of a population in one cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Whose figures they are; a province by its current code.
    pub population: Population,
    /// What the population is called.
    pub display_name: String,
    /// The cycle.
    pub cycle: CycleId,
    /// Whether the cycle is simulated: then all figures are made up.
    pub simulated: bool,
    /// The instrument by which the cycle is scored.
    pub instrument: Instrument,
    /// The regions whose scorecard is published, by code.
    pub present: Vec<PublishedRegion>,
    /// The regions that are expected too, by code.
    pub missing: Vec<MissingRegion>,
}

/// What names a region of a population, as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRegion {
    /// The store's number of it, which stays when code and name change. Nobody is shown it.
    pub number: i64,
    /// Its current code.
    pub code: RegionCode,
    /// Its name: `Kabupaten Kebumen`.
    pub display_name: String,
    /// The code of its province.
    pub province: RegionCode,
}

/// The figures of a region's newest revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRegion {
    /// The region.
    pub region: NamedRegion,
    /// The number of the revision.
    pub revision: i32,
    /// When it was published.
    pub publish_time: DateTime<Utc>,
    /// Its figures.
    pub figures: KeptFigures,
    /// Whether another instrument scored the index that its improvement is measured from.
    pub improvement_is_break: bool,
    /// The programmes of each pillar, in the pillars' order; `None` where nothing was reported.
    pub ratios: [Option<Ratio>; Pillar::ALL.len()],
}

/// A region that is expected, but of which nothing is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRegion {
    /// The region.
    pub region: NamedRegion,
    /// Why.
    pub reason: MissingReason,
}

/// Why a region is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingReason {
    /// It has no evaluation in the cycle.
    NoEvaluation,
    /// Nothing of its evaluation is published, or was at the time.
    NotPublished,
    /// Its evaluation was withdrawn.
    Withdrawn,
    /// It could not be assessed, which is not a score of 0.
    NotAssessable,
}

/// The exact figures of one revision, for each measure of [`Measure::KEPT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFigures(Box<[KeptFigure]>);

/// One exact figure of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptFigure {
    /// Its value.
    Value(Exact),
    /// It has none, which is never 0.
    Null(NullReason),
    /// A component that the instrument does not have.
    NotOfInstrument,
}

impl Survey {
    /// How many regions are expected.
    pub const fn expected_count(&self) -> usize {
        self.present.len() + self.missing.len()
    }

    /// When the newest of these revisions was published; `None` where none is.
    ///
    /// Publications are stamped in the order in which they are committed, so what is read as of this
    /// time later is what is here.
    pub fn newest_publish_time(&self) -> Option<DateTime<Utc>> {
        self.present.iter().map(|region| region.publish_time).max()
    }
}

impl MissingReason {
    /// Why a region of which nothing is published is missing, by the state of its evaluation.
    pub const fn of_state(state: Option<EvaluationState>) -> Self {
        match state {
            None => Self::NoEvaluation,
            Some(EvaluationState::Withdrawn) => Self::Withdrawn,
            Some(EvaluationState::NotAssessable) => Self::NotAssessable,
            Some(
                EvaluationState::Draft
                | EvaluationState::Submitted
                | EvaluationState::InReview
                | EvaluationState::Returned
                | EvaluationState::Scored
                | EvaluationState::Objection
                | EvaluationState::Final
                | EvaluationState::Published,
            ) => Self::NotPublished,
        }
    }
}

impl KeptFigures {
    /// Figures in the order of [`Measure::KEPT`].
    ///
    /// # Errors
    /// A [`Fault`] where there are more or fewer.
    pub fn new(figures: Vec<KeptFigure>) -> Result<Self, Fault> {
        let allowed = Measure::KEPT.len();
        if figures.len() != allowed {
            return Err(Fault::new(figures.len(), format!("{allowed} figures")));
        }
        Ok(Self(figures.into_boxed_slice()))
    }

    /// The figure of a measure; `None` where the store keeps none of it.
    pub fn get(&self, measure: Measure) -> Option<&KeptFigure> {
        self.at(measure.kept_position()?)
    }

    /// The figure at a position of [`Measure::KEPT`], found once for many regions.
    pub(crate) fn at(&self, position: usize) -> Option<&KeptFigure> {
        self.0.get(position)
    }

    /// The exact value of a measure, where it has one.
    pub fn exact(&self, measure: Measure) -> Option<&Exact> {
        match self.get(measure)? {
            KeptFigure::Value(exact) => Some(exact),
            KeptFigure::Null(_) | KeptFigure::NotOfInstrument => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_figure_is_found_by_its_measure() {
        let numbers = (0..21).map(|position| KeptFigure::Value(Exact::from(position)));
        let figures = KeptFigures::new(numbers.collect()).unwrap();
        for (position, measure) in Measure::KEPT.into_iter().enumerate() {
            assert_eq!(figures.exact(measure), Some(&Exact::from(position as u64)), "{measure:?}");
        }
        for measure in [Measure::PreviousIndex, Measure::NationalRank, Measure::ProvinceRank] {
            assert_eq!(figures.get(measure), None);
        }
        assert!(KeptFigures::new(vec![KeptFigure::NotOfInstrument; 20]).is_err());
    }

    #[test]
    fn a_region_is_missing_for_want_of_an_evaluation_or_for_its_state() {
        assert_eq!(MissingReason::of_state(None), MissingReason::NoEvaluation);
        for state in EvaluationState::ALL {
            let reason = match state {
                EvaluationState::Withdrawn => MissingReason::Withdrawn,
                EvaluationState::NotAssessable => MissingReason::NotAssessable,
                _ => MissingReason::NotPublished,
            };
            assert_eq!(MissingReason::of_state(Some(state)), reason);
        }
    }
}
