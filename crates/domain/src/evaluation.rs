//! One region in one cycle: what was reported and what was scored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    exact::parse_decimal,
    fault::{Fault, Faults},
    instrument::{Instrument, Scale},
    name::{CycleId, ProgramId, RegionCode, parse_optional_text, parse_required_text},
    tally::{Tally, TallyOrigin},
    vocabulary::{Component, Derivation, EvaluationState, Pillar, ProgramStatus},
};

/// The most reports in one request: more than any masterplan has programmes.
pub const REPORTS_MAX: usize = 1_000;

/// What was reported and scored of one region in one cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The region's current code.
    pub region: RegionCode,
    /// The cycle.
    pub cycle: CycleId,
    /// Where it stands.
    pub state: EvaluationState,
    /// Tallies that were reported as counts.
    pub counted_tallies: BTreeMap<Pillar, Tally>,
    /// Reports on registered programmes, by programme.
    pub program_reports: Vec<ProgramReport>,
    /// Scores of pillars.
    pub pillar_scores: BTreeMap<Pillar, Score>,
    /// Scores of directly scored components.
    pub component_scores: BTreeMap<Component, Score>,
    /// When it was created.
    pub create_time: DateTime<Utc>,
    /// When anything of it was last written.
    pub update_time: DateTime<Utc>,
}

/// What a region reports of one registered programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramReport {
    /// The programme, within the evaluation's region.
    pub program: ProgramId,
    /// The programme's pillar.
    pub pillar: Pillar,
    /// How it does, and why.
    pub progress: Progress,
}

/// How a programme does in a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    status: ProgramStatus,
    reason: String,
}

/// A score as it was given, with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    value: Decimal,
    source: String,
}

impl Evaluation {
    /// The tally of every pillar of which anything was reported.
    pub fn tallies(&self) -> BTreeMap<Pillar, Tally> {
        let mut statuses: BTreeMap<Pillar, Vec<ProgramStatus>> = BTreeMap::new();
        for report in &self.program_reports {
            statuses
                .entry(report.pillar)
                .or_default()
                .push(report.progress.status);
        }
        let of_programs = statuses
            .into_iter()
            .map(|(pillar, statuses)| (pillar, Tally::of_programs(statuses)));
        self.counted_tallies
            .clone()
            .into_iter()
            .chain(of_programs)
            .collect()
    }
}

impl Progress {
    /// Reads a report's status and reason.
    ///
    /// # Errors
    /// A [`Fault`] of `reason` where a stopped programme or one not due has none.
    pub fn new(status: ProgramStatus, reason: &str) -> Result<Self, Fault> {
        let needs_reason = matches!(status, ProgramStatus::Stopped | ProgramStatus::NotDue);
        let parse = if needs_reason {
            parse_required_text
        } else {
            parse_optional_text
        };
        let reason = parse(reason).map_err(|fault| fault.at("reason"))?;
        Ok(Self { status, reason })
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
        let value = faults.keep("score", parse_on_scale(score, scale));
        let source = faults.keep("source", parse_required_text(source));
        faults.into_result(
            value
                .zip(source)
                .map(|(value, source)| Self { value, source }),
        )
    }

    /// A score that was checked against its instrument when it was stored.
    pub const fn stored(value: Decimal, source: String) -> Self {
        Self { value, source }
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
    let direct: Vec<_> = Component::ALL
        .into_iter()
        .filter(is_direct)
        .map(Component::as_str)
        .collect();
    let allowed = match direct.as_slice() {
        [] => format!("no component: {} derives all of them", instrument.id()),
        direct => format!(
            "{}, which {} has scored directly",
            direct.join(", "),
            instrument.id()
        ),
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

fn parse_on_scale(score: &str, scale: Scale) -> Result<Decimal, Fault> {
    let value = parse_decimal(score)?;
    if (scale.minimum()..=scale.maximum()).contains(&value) {
        Ok(value)
    } else {
        Err(Fault::new(
            score,
            format!(
                "{} to {}, the instrument's scale",
                scale.minimum(),
                scale.maximum()
            ),
        ))
    }
}
