//! Reports, tallies and scores of many regions into their evaluations.

use std::collections::HashMap;

use takar_domain::{
    evaluation::{Delivery, Evaluation, Given, Progress, Score},
    fault::Fault,
    import::{Counts, Effect, Entry, Kind, RowFault},
    life::{self, Caller, Command, Refusal},
    name::CycleId,
    workflow::{Edit, Illegal},
};
use takar_store::{ImportRegion, ImportedEvaluation, StagedRow, Unbegun, Write};

use super::{
    batch::Written,
    messages::Reporter,
    plan::{Part, PlannedRow},
};
use crate::{convert, error::Error, etag::tag, write::changed};

/// The rows that change an evaluation.
struct Chosen<'a> {
    staged: Vec<StagedRow<'a>>,
    /// The evaluations that they change, in the order of the regions.
    changed: Vec<&'a ImportedEvaluation>,
    counts: Counts,
}

/// Writes rows of a cycle.
pub(super) async fn write(
    write: &mut Write,
    part: Part<'_>,
    cycle: &CycleId,
    reporter: &Reporter,
) -> Written {
    // Final scores are given in a review, which nothing imported begins.
    let begins = part.order.kind != Kind::Scores;
    let locked = write.lock_imported_evaluations(cycle, &part.regions(), begins).await?;
    let given = Given { principal: write.caller().principal, time: write.now().await? };
    let chosen = match choose(part, &locked, &write.caller(), &given) {
        Ok(chosen) => chosen,
        Err(faults) => return Ok(Err(faults)),
    };
    write.stage_import_rows(&chosen.staged, |count| reporter.staged(count)).await?;
    reporter.writing(0);
    let faults = write_staged(write, part, &given).await?;
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    write.discard_import_rows().await?;
    tell(write, &chosen.changed, &given).await?;
    Ok(Ok(chosen.counts))
}

/// Which rows change anything, under the rules of the single calls.
fn choose<'a>(
    part: Part<'a>,
    locked: &'a HashMap<ImportRegion, Result<ImportedEvaluation, Unbegun>>,
    caller: &Caller,
    given: &Given,
) -> Result<Chosen<'a>, Vec<RowFault>> {
    let mut faults = Vec::new();
    let mut chosen = Chosen { staged: Vec::new(), changed: Vec::new(), counts: Counts::default() };
    for (region, rows) in part.by_region() {
        let allowed = match &locked[region] {
            Ok(imported) => life::decide(&imported.evaluation, command(rows), caller, given.time)
                .map(|_| imported)
                .map_err(|refusal| refused(&refusal, part.order.kind, caller)),
            Err(unbegun) => Err(why_unbegun(*unbegun)),
        };
        match allowed {
            Ok(imported) => chosen.add(region, rows, imported),
            // One for the region: it is no fault of each of its rows.
            Err(allowed) => {
                let fault = Fault::new(&region.code, allowed).at("region");
                faults.push(RowFault::new(rows[0].number, fault));
            }
        }
    }
    if faults.is_empty() { Ok(chosen) } else { Err(faults) }
}

impl<'a> Chosen<'a> {
    fn add(
        &mut self,
        region: &'a ImportRegion,
        rows: &'a [PlannedRow],
        imported: &'a ImportedEvaluation,
    ) {
        let before = self.staged.len();
        for row in rows {
            let effect = effect(&imported.evaluation, &row.entry);
            self.counts.count(effect);
            if effect != Effect::Unchanged {
                self.staged.push(StagedRow {
                    number: row.number,
                    region,
                    entry: &row.entry,
                    evaluation: Some(imported.evaluation_id),
                });
            }
        }
        self.counts.evaluations_created += usize::from(imported.is_new);
        if self.staged.len() > before {
            self.changed.push(imported);
        }
    }
}

/// The command that asks for the same as rows of one region.
fn command(rows: &[PlannedRow]) -> Command {
    let (mut tallies, mut reports) = (Vec::new(), Vec::new());
    let (mut pillars, mut components) = (Vec::new(), Vec::new());
    for row in rows {
        match row.entry.clone() {
            Entry::Tally(pillar, tally) => tallies.push((pillar, tally)),
            Entry::Report(program, progress) => reports.push((program, progress)),
            Entry::PillarScore(pillar, score) => pillars.push((pillar, score)),
            Entry::ComponentScore(component, score) => components.push((component, score)),
            Entry::Program(_) => {}
        }
    }
    if !tallies.is_empty() {
        Command::ReportTallies(tallies)
    } else if !reports.is_empty() {
        Command::ReportPrograms(reports)
    } else {
        Command::Moderate { pillars, components }
    }
}

fn effect(evaluation: &Evaluation, entry: &Entry) -> Effect {
    match entry {
        Entry::Tally(pillar, tally) => Effect::of(evaluation.counted_tallies.get(pillar), tally),
        Entry::Report(program, progress) => {
            let mut reports = evaluation.program_reports.iter();
            let before = reports.find(|report| report.program == *program);
            let before = before.map(|report| shown_progress(&report.progress));
            Effect::of(before.as_ref(), &shown_progress(progress))
        }
        Entry::PillarScore(pillar, score) => {
            effect_of_score(evaluation.pillar_scores.get(pillar), score)
        }
        Entry::ComponentScore(component, score) => {
            effect_of_score(evaluation.component_scores.get(component), score)
        }
        Entry::Program(_) => Effect::Unchanged,
    }
}

/// What a report shows: amounts and scores have the zeros that they were given with.
fn shown_progress(progress: &Progress) -> impl PartialEq + use<> {
    let Delivery { budget, realised_budget, quick_win } = progress.delivery();
    let amounts = [budget, realised_budget].map(|amount| amount.map(|amount| amount.to_string()));
    (progress.status(), progress.reason().to_owned(), amounts, quick_win)
}

fn effect_of_score(before: Option<&Score>, score: &Score) -> Effect {
    let shown = |score: &Score| (score.value().to_string(), score.source().to_owned());
    Effect::of(before.map(shown).as_ref(), &shown(score))
}

async fn write_staged(
    write: &mut Write,
    part: Part<'_>,
    given: &Given,
) -> Result<Vec<RowFault>, Error> {
    match part.order.kind {
        Kind::Tallies => {
            let faults = write.claim_staged_pillars("counts").await?;
            if faults.is_empty() {
                write.write_staged_tallies(given).await?;
            }
            Ok(faults)
        }
        Kind::ProgramReports => {
            let mut faults = write.staged_reports_of_nothing().await?;
            if faults.is_empty() {
                faults = write.claim_staged_pillars("programs").await?;
            }
            if faults.is_empty() {
                write.write_staged_reports(given).await?;
                faults = write.staged_quick_wins_repeated(part.plan.quick_win_limit).await?;
            }
            Ok(faults)
        }
        Kind::Scores => {
            write.write_staged_scores(given).await?;
            Ok(Vec::new())
        }
        Kind::Programs => Ok(Vec::new()),
    }
}

/// Notes for the audit trail what changed, an entry for each evaluation.
async fn tell(
    write: &mut Write,
    evaluations: &[&ImportedEvaluation],
    given: &Given,
) -> Result<(), Error> {
    let ids: Vec<_> = evaluations.iter().map(|imported| imported.evaluation_id).collect();
    let after = write.touch_imported_evaluations(&ids, given).await?;
    for imported in evaluations {
        let shown = |evaluation: &Evaluation| tag(convert::evaluation(evaluation.clone()));
        let before = (!imported.is_new).then(|| shown(&imported.evaluation));
        let after = after.get(&imported.evaluation_id).map(shown);
        changed(write, before.as_ref(), after.as_ref());
        write.end_entry();
    }
    Ok(())
}

/// What would be allowed where the evaluation's life refuses the rows.
fn refused(refusal: &Refusal, kind: Kind, caller: &Caller) -> String {
    let Refusal::Illegal(Illegal { verb: _, state, role: _ }) = refusal else {
        return refusal.to_string();
    };
    let edit = if kind == Kind::Scores { Edit::Moderate } else { Edit::Report };
    let states: Vec<_> = edit.states(caller.role).iter().map(|state| state.as_str()).collect();
    format!("a region whose evaluation is in state {}; it is in state {state}", states.join(", "))
}

fn why_unbegun(unbegun: Unbegun) -> String {
    match unbegun {
        Unbegun::Missing => "a region that has an evaluation in the cycle".to_owned(),
        Unbegun::Province => "a kabupaten or kota, not a province".to_owned(),
        Unbegun::Ended => "a region that has not ended by a merger".to_owned(),
        Unbegun::NotEligible => "a region that the cycle evaluates".to_owned(),
        Unbegun::NotOpen(not_open) => format!("a cycle that is open; {not_open}"),
    }
}
