//! Evaluations: tallies, reports and scores.

use std::time::SystemTime;

use takar_domain::{
    evaluation::{
        Evaluation, ProgramReport, Progress, REPORTS_MAX, Score, check_directly_scored,
        tally_source,
    },
    fault::{Fault, Faults},
    instrument::Instrument,
    name::{ProgramId, RegionCode},
    registry::Region,
    tally::{Tally, TallyOrigin},
    vocabulary::{Component, Pillar},
};
use takar_proto::v1;

use super::{check_count, each_once, words};
use crate::name;

pub(crate) fn evaluation(evaluation: Evaluation) -> v1::Evaluation {
    let tallies = evaluation.tallies();
    let Evaluation {
        region,
        cycle,
        state,
        counted_tallies: _,
        program_reports,
        pillar_scores,
        component_scores,
        create_time,
        update_time,
    } = evaluation;
    let reports = program_reports.into_iter().map(|report| program_report(&region, report));
    let pillar_scores = pillar_scores.into_iter().map(|(pillar, score)| v1::PillarScore {
        pillar: words::pillar(pillar).into(),
        score: score.value().to_string(),
        source: score.source().to_owned(),
    });
    let component_scores =
        component_scores.into_iter().map(|(component, score)| v1::ComponentScore {
            component: words::component(component).into(),
            score: score.value().to_string(),
            source: score.source().to_owned(),
        });
    v1::Evaluation {
        name: format!("regions/{region}/evaluations/{cycle}"),
        region: format!("regions/{region}"),
        cycle: format!("cycles/{cycle}"),
        state: words::state(state).into(),
        tallies: tallies.iter().map(|(pillar, counts)| tally(*pillar, counts)).collect(),
        program_reports: reports.collect(),
        pillar_scores: pillar_scores.collect(),
        component_scores: component_scores.collect(),
        create_time: Some(SystemTime::from(create_time).into()),
        update_time: Some(SystemTime::from(update_time).into()),
    }
}

fn tally(pillar: Pillar, tally: &Tally) -> v1::Tally {
    let origin = match tally.origin {
        TallyOrigin::Counts { source: _ } => v1::tally::Origin::Counts,
        TallyOrigin::Programs => v1::tally::Origin::Programs,
    };
    // Counts are bounded far below i32::MAX, on the way in and in the database.
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    v1::Tally {
        pillar: words::pillar(pillar).into(),
        running: count(tally.ratio.running()),
        planned: count(tally.ratio.planned()),
        not_due: count(tally.not_due),
        origin: origin.into(),
        source: tally_source(tally).to_owned(),
    }
}

fn program_report(region: &RegionCode, report: ProgramReport) -> v1::ProgramReport {
    let ProgramReport { program, pillar: _, progress } = report;
    v1::ProgramReport {
        program: format!("regions/{region}/programs/{program}"),
        status: words::status(progress.status()).into(),
        reason: progress.reason().to_owned(),
    }
}

/// Tallies reported as counts, each pillar once.
pub(crate) fn parse_tallies(tallies: Vec<v1::Tally>) -> Result<Vec<(Pillar, Tally)>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "tallies", tallies.len(), 1, Pillar::ALL.len());
    let parse = |tally| {
        let v1::Tally { pillar, running, planned, not_due, origin: _, source } = tally;
        let mut faults = Faults::none();
        let pillar = faults.keep("pillar", words::parse_pillar(pillar));
        let tally = faults.merge(Tally::counted(running, planned, not_due, &source));
        faults.into_result(pillar.zip(tally))
    };
    let pillar = |(pillar, _): &(Pillar, _)| *pillar;
    let tallies = each_once(&mut faults, "tallies", tallies, parse, ("pillar", pillar));
    faults.into_result(tallies)
}

/// Reports on programmes of `region`, by any of its codes, each programme once.
pub(crate) fn parse_reports(
    reports: Vec<v1::ProgramReport>,
    region: &Region,
) -> Result<Vec<(ProgramId, Progress)>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "reports", reports.len(), 1, REPORTS_MAX);
    let parse = |report| {
        let v1::ProgramReport { program, status, reason } = report;
        let mut faults = Faults::none();
        let id = faults.keep("program", parse_program_of(&program, region));
        let status = faults.keep("status", words::parse_status(status));
        let progress = status
            .and_then(|status| faults.merge(Progress::new(status, &reason).map_err(Faults::from)));
        faults.into_result(id.zip(progress))
    };
    let id = |(id, _): &(ProgramId, _)| id.clone();
    let reports = each_once(&mut faults, "reports", reports, parse, ("program", id));
    faults.into_result(reports)
}

fn parse_program_of(program: &str, region: &Region) -> Result<ProgramId, Fault> {
    let (code, id) = name::program(program)?;
    let mut former_codes = region.former_codes.iter();
    if code == region.code || former_codes.any(|former| former.code == code) {
        Ok(id)
    } else {
        let allowed = format!("a programme of the evaluation's region, regions/{}", region.code);
        Err(Fault::new(program, allowed))
    }
}

/// Scores of pillars and of components.
type Scores = (Vec<(Pillar, Score)>, Vec<(Component, Score)>);

/// Scores of pillars and components on the instrument's scale, each once and at least one.
pub(crate) fn parse_scores(
    pillars: Vec<v1::PillarScore>,
    components: Vec<v1::ComponentScore>,
    instrument: &Instrument,
) -> Result<Scores, Faults> {
    let mut faults = Faults::none();
    if pillars.is_empty() && components.is_empty() {
        faults.push(
            Fault::new("0 scores", "at least one score of a pillar or component")
                .at("pillar_scores"),
        );
    }
    let pillars = faults.merge(parse_pillar_scores(pillars, instrument));
    let components = faults.merge(parse_component_scores(components, instrument));
    faults.into_result(pillars.zip(components))
}

/// Scores of pillars on the instrument's scale, each pillar once.
fn parse_pillar_scores(
    scores: Vec<v1::PillarScore>,
    instrument: &Instrument,
) -> Result<Vec<(Pillar, Score)>, Faults> {
    let scale = instrument.definition().scale;
    let mut faults = Faults::none();
    check_count(&mut faults, "pillar_scores", scores.len(), 0, Pillar::ALL.len());
    let parse = |score| {
        let v1::PillarScore { pillar, score, source } = score;
        let mut faults = Faults::none();
        let pillar = faults.keep("pillar", words::parse_pillar(pillar));
        let score = faults.merge(Score::parse(&score, &source, scale));
        faults.into_result(pillar.zip(score))
    };
    let pillar = |(pillar, _): &(Pillar, _)| *pillar;
    let scores = each_once(&mut faults, "pillar_scores", scores, parse, ("pillar", pillar));
    faults.into_result(scores)
}

/// Scores of directly scored components on the instrument's scale, each component once.
fn parse_component_scores(
    scores: Vec<v1::ComponentScore>,
    instrument: &Instrument,
) -> Result<Vec<(Component, Score)>, Faults> {
    let scale = instrument.definition().scale;
    let mut faults = Faults::none();
    check_count(&mut faults, "component_scores", scores.len(), 0, Component::ALL.len());
    let parse = |score| {
        let v1::ComponentScore { component, score, source } = score;
        let mut faults = Faults::none();
        let component = words::parse_component(component)
            .and_then(|component| check_directly_scored(component, instrument).map(|()| component));
        let component = faults.keep("component", component);
        let score = faults.merge(Score::parse(&score, &source, scale));
        faults.into_result(component.zip(score))
    };
    let component = |(component, _): &(Component, _)| *component;
    let scores =
        each_once(&mut faults, "component_scores", scores, parse, ("component", component));
    faults.into_result(scores)
}
