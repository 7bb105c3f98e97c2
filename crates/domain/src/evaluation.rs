//! One region in one cycle: what was reported and what was scored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    access::Principal,
    assessment::Assessment,
    evidence::Evidence,
    fault::{Fault, Faults},
    instrument::{Instrument, Scale},
    life::Life,
    name::{CycleId, ProgramId, RegionCode, parse_optional_text, parse_required_text},
    rupiah::Rupiah,
    tally::{Tally, TallyOrigin},
    vocabulary::{Component, Derivation, EvaluationState, Level, Pillar, ProgramStatus},
};

/// The most reports in one request: more than any masterplan has programmes.
pub const REPORTS_MAX: usize = 1_000;

/// What was reported and scored of one region in one cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The region's current code.
    pub region: RegionCode,
    /// The cycle.
    pub cycle: CycleId,
    /// Whether its cycle is simulated; false in evaluations kept from before there were any.
    #[serde(default)]
    pub simulated: bool,
    /// Where it stands.
    pub state: EvaluationState,
    /// Tallies that were reported as counts.
    pub counted_tallies: BTreeMap<Pillar, Tally>,
    /// By whom and when those were reported, where that is known.
    pub tallies_given: BTreeMap<Pillar, Given>,
    /// Reports on registered programmes, by programme.
    pub program_reports: Vec<ProgramReport>,
    /// Final scores of pillars.
    pub pillar_scores: BTreeMap<Pillar, Score>,
    /// Final scores of directly scored components.
    pub component_scores: BTreeMap<Component, Score>,
    /// Scores before the final ones.
    pub assessments: Vec<Assessment>,
    /// What the region shows for it, by id; none in evaluations kept from before there was any.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// How it came to its state, and what went with that.
    pub life: Life,
    /// When it was created.
    pub create_time: DateTime<Utc>,
    /// When anything of it was last written.
    pub update_time: DateTime<Utc>,
}

/// What a region reports of one registered programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramReport {
    /// The programme, within the evaluation's region.
    pub program: ProgramId,
    /// The programme's pillar.
    pub pillar: Pillar,
    /// How it does, and why.
    pub progress: Progress,
    /// By whom and when it was reported, where that is known.
    pub given: Option<Given>,
}

/// How a programme does in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    status: ProgramStatus,
    reason: String,
    /// Absent from what was published before it was reported.
    #[serde(default)]
    delivery: Delivery,
}

/// What of a programme was delivered in a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What was budgeted for the cycle.
    pub budget: Option<Rupiah>,
    /// What of it was spent.
    pub realised_budget: Option<Rupiah>,
    /// Whether it counts as a quick win of the cycle.
    pub quick_win: bool,
}

/// A score as it was given, with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    value: Decimal,
    source: String,
    given: Option<Given>,
}

/// By whom and when something was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Who.
    pub principal: Principal,
    /// When.
    pub time: DateTime<Utc>,
}

impl Evaluation {
    /// Whether a scorecard follows from it. What was withdrawn or can't be assessed has none, which is
    /// not a score of 0.
    pub const fn has_scorecard(&self) -> bool {
        !matches!(self.state, EvaluationState::Withdrawn | EvaluationState::NotAssessable)
    }

    /// The assessors' scores, without those of assessors who are recused.
    pub fn counting_assessments(&self) -> impl Iterator<Item = &Assessment> {
        self.assessments.iter().filter(|assessment| {
            assessment.level == Level::Desk && self.life.assesses(&assessment.principal)
        })
    }

    /// The tally of every pillar of which anything was reported.
    pub fn tallies(&self) -> BTreeMap<Pillar, Tally> {
        let mut statuses: BTreeMap<Pillar, Vec<ProgramStatus>> = BTreeMap::new();
        for report in &self.program_reports {
            statuses.entry(report.pillar).or_default().push(report.progress.status);
        }
        let of_programs =
            statuses.into_iter().map(|(pillar, statuses)| (pillar, Tally::of_programs(statuses)));
        self.counted_tallies.clone().into_iter().chain(of_programs).collect()
    }
}

impl Progress {
    /// Reads a report's status and reason.
    ///
    /// # Errors
    /// A [`Fault`] of `reason` where a stopped programme or one not due has none.
    pub fn new(status: ProgramStatus, reason: &str) -> Result<Self, Fault> {
        let needs_reason = matches!(status, ProgramStatus::Stopped | ProgramStatus::NotDue);
        let parse = if needs_reason { parse_required_text } else { parse_optional_text };
        let reason = parse(reason).map_err(|fault| fault.at("reason"))?;
        Ok(Self { status, reason, delivery: Delivery::default() })
    }

    /// The same, with what was delivered.
    #[must_use]
    pub const fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// What was delivered.
    pub const fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// How the programme does.
    pub const fn status(&self) -> ProgramStatus {
        self.status
    }

    /// Why it was stopped or is not due.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Score {
    /// Reads a score and its source.
    ///
    /// # Errors
    /// [`Faults`] of `score`, where it is no decimal on the scale, and `source`.
    pub fn parse(score: &str, source: &str, scale: Scale) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let value = faults.keep("score", scale.parse_score(score));
        let source = faults.keep("source", parse_required_text(source));
        let parts = value.zip(source);
        faults.into_result(parts.map(|(value, source)| Self { value, source, given: None }))
    }

    /// A score that was checked against its instrument when it was stored.
    pub const fn stored(value: Decimal, source: String, given: Option<Given>) -> Self {
        Self { value, source, given }
    }

    /// By whom and when it was given, where that is known.
    pub const fn given(&self) -> Option<&Given> {
        self.given.as_ref()
    }

    /// The score, with the decimals that it was given with.
    pub const fn value(&self) -> Decimal {
        self.value
    }

    /// Where it is stated.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// Checks that assessors score `component` under this instrument.
///
/// # Errors
/// A [`Fault`] where the instrument derives it or does not have it.
pub fn check_directly_scored(component: Component, instrument: &Instrument) -> Result<(), Fault> {
    let is_direct = |part: &Component| instrument.derivation(*part) == Some(Derivation::Direct);
    if is_direct(&component) {
        return Ok(());
    }
    let direct: Vec<_> =
        Component::ALL.into_iter().filter(is_direct).map(Component::as_str).collect();
    let allowed = match direct.as_slice() {
        [] => format!("no component: {} derives all of them", instrument.id()),
        direct => format!("{}, which {} has scored directly", direct.join(", "), instrument.id()),
    };
    Err(Fault::new(component, allowed))
}

/// Where the counts of a tally are stated; empty where they are counted from programmes.
pub fn tally_source(tally: &Tally) -> &str {
    match &tally.origin {
        TallyOrigin::Counts { source } => source,
        TallyOrigin::Programs => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        instrument::{Composition, Definition, ShownDecimals, ThresholdPercent, WeightedComponent},
        name::InstrumentId,
    };

    fn scale() -> Scale {
        Scale::parse("0", "4").unwrap()
    }

    fn instrument(components: &[(Component, &str, Derivation)]) -> Instrument {
        let part = |&(component, weight, derivation)| {
            WeightedComponent::parse(component, weight, derivation).unwrap()
        };
        let definition = Definition {
            display_name: "An instrument".to_owned(),
            source: "a test".to_owned(),
            scale: scale(),
            components: components.iter().map(part).collect(),
            threshold: ThresholdPercent::parse("80").unwrap(),
            availability_threshold: None,
            bands: Vec::new(),
            decimals: ShownDecimals::parse(2, 2).unwrap(),
            quick_win_repeat_limit: None,
            composition: Composition::MINISTRY,
        };
        Instrument::new(InstrumentId::parse("kominfo-2022").unwrap(), definition).unwrap()
    }

    #[test]
    fn a_programme_stopped_or_not_due_says_why() {
        for status in [ProgramStatus::Stopped, ProgramStatus::NotDue] {
            assert_eq!(Progress::new(status, "").unwrap_err().field, "reason");
            assert_eq!(Progress::new(status, "no budget").unwrap().reason(), "no budget");
        }
        for status in [ProgramStatus::Running, ProgramStatus::Planned] {
            assert_eq!(Progress::new(status, "").unwrap().status(), status);
            assert_eq!(Progress::new(status, "soon").unwrap().reason(), "soon");
            assert_eq!(Progress::new(status, "two\nlines").unwrap_err().field, "reason");
        }
    }

    #[test]
    fn a_score_lies_on_the_scale_and_keeps_its_decimals() {
        for score in ["0", "4.00", "3.60", "0.000001"] {
            let parsed = Score::parse(score, "a letter", scale()).unwrap();
            assert_eq!((parsed.value().to_string().as_str(), parsed.source()), (score, "a letter"));
        }
        for score in ["-0.000001", "4.000001", "3,6", ""] {
            let faults = Score::parse(score, "a letter", scale()).unwrap_err();
            let fault = faults.iter().next().unwrap();
            assert_eq!((fault.field.as_str(), fault.value.as_str()), ("score", score));
        }
        let faults = Score::parse("5", "", scale()).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["score", "source"]);
    }

    #[test]
    fn only_components_that_an_assessor_scores_are_given_scores() {
        let instrument = instrument(&[
            (Component::Output, "40", Derivation::Direct),
            (Component::QuickWin, "20", Derivation::Direct),
            (Component::Impact, "40", Derivation::MeanOfPillars),
        ]);
        for direct in [Component::Output, Component::QuickWin] {
            assert_eq!(check_directly_scored(direct, &instrument), Ok(()));
        }
        // Derived, and not of the instrument at all.
        for refused in [Component::Impact, Component::Baseline] {
            let fault = check_directly_scored(refused, &instrument).unwrap_err();
            assert_eq!(fault.value, refused.as_str());
            assert_eq!(fault.allowed, "output, quick_win, which kominfo-2022 has scored directly");
        }
    }

    #[test]
    fn an_instrument_that_derives_everything_has_nothing_scored() {
        let derived = instrument(&[(Component::Impact, "100", Derivation::MeanOfPillars)]);
        let fault = check_directly_scored(Component::Impact, &derived).unwrap_err();
        assert_eq!(fault.allowed, "no component: kominfo-2022 derives all of them");
    }
}
