//! Evaluations: tallies, reports and scores.

use takar_domain::{
    assessment::spreads,
    evaluation::{Delivery, Evaluation, ProgramReport, Score, tally_source},
    life::Life,
    name::RegionCode,
    tally::{Tally, TallyOrigin},
    vocabulary::{Component, Pillar},
};
use takar_proto::v1;

use super::{life, timestamp, words};

pub(crate) fn evaluation(evaluation: Evaluation) -> v1::Evaluation {
    let tallies = evaluation.tallies();
    let spreads = spreads(evaluation.counting_assessments());
    let Evaluation {
        region,
        cycle,
        simulated,
        state,
        counted_tallies: _,
        tallies_given: _,
        program_reports,
        pillar_scores,
        component_scores,
        assessments,
        // A resource of its own.
        evidence: _,
        life,
        create_time,
        update_time,
    } = evaluation;
    let deadline_time = life.deadline_time();
    let Life {
        cycle_open_time: _,
        cycle_deadline_time: _,
        return_deadline_time: _,
        submit_time,
        late,
        extensions,
        assignments,
        objections,
        transitions,
    } = life;
    let reports = program_reports.into_iter().map(|report| program_report(&region, report));
    v1::Evaluation {
        name: format!("regions/{region}/evaluations/{cycle}"),
        region: format!("regions/{region}"),
        cycle: format!("cycles/{cycle}"),
        simulated,
        state: words::state(state).into(),
        tallies: tallies.iter().map(|(pillar, counts)| tally(*pillar, counts)).collect(),
        program_reports: reports.collect(),
        pillar_scores: pillar_scores.iter().map(pillar_score).collect(),
        component_scores: component_scores.iter().map(component_score).collect(),
        create_time: Some(timestamp(create_time)),
        update_time: Some(timestamp(update_time)),
        etag: String::new(),
        deadline_time: deadline_time.map(timestamp),
        submit_time: submit_time.map(timestamp),
        late,
        assessments: assessments.into_iter().map(life::assessment).collect(),
        spreads: spreads.into_iter().map(life::spread).collect(),
        assignments: assignments.into_iter().map(life::assignment).collect(),
        objections: objections.into_iter().map(life::objection).collect(),
        extensions: extensions.into_iter().map(life::extension).collect(),
        transitions: transitions.into_iter().map(life::transition).collect(),
    }
}

fn pillar_score((pillar, score): (&Pillar, &Score)) -> v1::PillarScore {
    v1::PillarScore {
        pillar: words::pillar(*pillar).into(),
        score: score.value().to_string(),
        source: score.source().to_owned(),
        principal: score.given().map(|given| given.principal.to_string()).unwrap_or_default(),
        record_time: score.given().map(|given| timestamp(given.time)),
    }
}

fn component_score((component, score): (&Component, &Score)) -> v1::ComponentScore {
    v1::ComponentScore {
        component: words::component(*component).into(),
        score: score.value().to_string(),
        source: score.source().to_owned(),
        principal: score.given().map(|given| given.principal.to_string()).unwrap_or_default(),
        record_time: score.given().map(|given| timestamp(given.time)),
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
    let ProgramReport { program, pillar: _, progress, given: _ } = report;
    let Delivery { budget, realised_budget, quick_win } = progress.delivery();
    v1::ProgramReport {
        program: format!("regions/{region}/programs/{program}"),
        status: words::status(progress.status()).into(),
        reason: progress.reason().to_owned(),
        budget: budget.map(|budget| budget.to_string()).unwrap_or_default(),
        realised_budget: realised_budget.map(|budget| budget.to_string()).unwrap_or_default(),
        quick_win,
    }
}
