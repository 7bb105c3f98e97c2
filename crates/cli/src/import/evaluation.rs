//! Imports an evaluation: programmes, tallies, scores, and the publication.
//!
//! What is not published is work in progress: what the file says replaces what is there. What is
//! published is only compared, unless the file gives the reason of a correction, which is a further
//! revision then. [`super::play`] takes the evaluation to where the file has it.

use takar_proto::v1::{
    self, CreateEvaluationRequest, CreateProgramRequest, GetEvaluationRequest, GetProgramRequest,
    GetScorecardRequest, PublishEvaluationRequest, evaluation::State,
};

use super::{
    Difference, Importer, OnDifference, difference, importer,
    play::Parts,
    result_file::{EvaluationFile, Program},
};
use crate::{contract, error::Error};

/// The parts of a file that are to be written, and the differences of those that are not.
struct Comparison<T> {
    to_write: Vec<T>,
    same: usize,
    differences: Vec<Difference>,
}

/// Whether anything may still be written of what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Openness {
    /// It is published, and the file gives no reason to correct it.
    Closed,
    /// It isn't published yet, or is to be corrected.
    Open,
}

impl Importer {
    pub(super) async fn evaluation(&mut self, file: &EvaluationFile) -> Result<(), Error> {
        self.check_region("region", &file.region, &file.region_name).await?;
        let name = format!("regions/{}/evaluations/{}", file.region, file.cycle);
        let (stored, is_new) = self.create_evaluation(file, &name).await?;
        let is_published = stored.state() == State::Published;
        // Before anything is written: all of the file or nothing.
        let is_corrected = is_published
            && self.on_difference == OnDifference::Refuse
            && self.is_correction(file).await?;
        let openness =
            if is_published && !is_corrected { Openness::Closed } else { Openness::Open };
        let parts = Parts {
            tallies: self.tallies_to_report(file, &stored, openness)?,
            pillar_scores: self.pillar_scores_to_send(file, &stored, openness)?,
            component_scores: self.component_scores_to_send(file, &stored, openness)?,
        };
        for program in &file.programs {
            self.program(file, program).await?;
        }
        if is_new {
            self.created(1);
        } else {
            self.existing(1);
        }
        match openness {
            Openness::Closed => {
                self.existing(usize::from(file.publication.is_some()));
                Ok(())
            }
            Openness::Open => self.play(file, stored, parts).await,
        }
    }

    async fn create_evaluation(
        &mut self,
        file: &EvaluationFile,
        name: &str,
    ) -> Result<(v1::Evaluation, bool), Error> {
        let create = CreateEvaluationRequest {
            parent: format!("regions/{}", file.region),
            cycle: format!("cycles/{}", file.cycle),
            request_id: String::new(),
        };
        let get = || GetEvaluationRequest { name: name.to_owned() };
        let mut creating = self.client.evaluation.clone();
        let create = creating.create_evaluation(create);
        let existing =
            importer::existing(create, self.client.evaluation.get_evaluation(get())).await?;
        if let Some(existing) = existing {
            return Ok((existing, false));
        }
        let answer = self.client.evaluation.get_evaluation(get()).await?;
        Ok((answer.into_inner(), true))
    }

    async fn program(&mut self, file: &EvaluationFile, program: &Program) -> Result<(), Error> {
        let parent = format!("regions/{}", file.region);
        let name = format!("{parent}/programs/{}", program.id);
        let wanted = v1::Program {
            name: name.clone(),
            pillar: program.pillar,
            display_name: program.display_name.clone(),
            flagship: program.flagship,
            source: file.source.clone(),
            ..v1::Program::default()
        };
        let create = CreateProgramRequest {
            parent,
            program_id: program.id.clone(),
            program: Some(wanted.clone()),
            request_id: String::new(),
        };
        let get = GetProgramRequest { name: name.clone() };
        let (mut creating, mut getting) = self.two_registries();
        let create = creating.create_program(create);
        let existing = importer::existing(create, getting.get_program(get)).await?;
        self.compare("Program", &name, &wanted, existing.as_ref())
    }

    fn tallies_to_report(
        &mut self,
        file: &EvaluationFile,
        stored: &v1::Evaluation,
        openness: Openness,
    ) -> Result<Vec<v1::Tally>, Error> {
        let wanted = file.tally_messages();
        let compared = self.compare_parts(openness, "Tally", wanted, |tally| {
            let mut all = stored.tallies.iter();
            let label = format!("tallies[{}]", contract::word("Pillar", tally.pillar));
            (label, all.find(|other| other.pillar == tally.pillar))
        });
        self.settle_parts(&stored.name, compared)
    }

    fn pillar_scores_to_send(
        &mut self,
        file: &EvaluationFile,
        stored: &v1::Evaluation,
        openness: Openness,
    ) -> Result<Vec<v1::PillarScore>, Error> {
        let wanted = file.pillar_scores.iter().map(|score| v1::PillarScore {
            pillar: score.pillar,
            score: score.score.clone(),
            source: file.source.clone(),
            ..v1::PillarScore::default()
        });
        let compared = self.compare_parts(openness, "PillarScore", wanted, |score| {
            let mut all = stored.pillar_scores.iter();
            let label = format!("pillarScores[{}]", contract::word("Pillar", score.pillar));
            (label, all.find(|other| other.pillar == score.pillar))
        });
        self.settle_parts(&stored.name, compared)
    }

    fn component_scores_to_send(
        &mut self,
        file: &EvaluationFile,
        stored: &v1::Evaluation,
        openness: Openness,
    ) -> Result<Vec<v1::ComponentScore>, Error> {
        let wanted = file.component_scores.iter().map(|score| v1::ComponentScore {
            component: score.component,
            score: score.score.clone(),
            source: file.source.clone(),
            ..v1::ComponentScore::default()
        });
        let compared = self.compare_parts(openness, "ComponentScore", wanted, |score| {
            let mut all = stored.component_scores.iter();
            let word = contract::word("Component", score.component);
            let label = format!("componentScores[{word}]");
            (label, all.find(|other| other.component == score.component))
        });
        self.settle_parts(&stored.name, compared)
    }

    /// Sorts the parts of a file into those to write and those that are there, equal or not.
    fn compare_parts<'a, T: prost::Message + Default + 'a>(
        &self,
        openness: Openness,
        kind: &str,
        wanted: impl Iterator<Item = T>,
        find: impl Fn(&T) -> (String, Option<&'a T>),
    ) -> Comparison<T> {
        let is_open = openness == Openness::Open;
        let replaces = is_open && self.on_difference == OnDifference::Refuse;
        let mut comparison = Comparison { to_write: Vec::new(), same: 0, differences: Vec::new() };
        for part in wanted {
            let (label, existing) = find(&part);
            let nothing = T::default();
            let differences = difference::between(kind, &part, existing.unwrap_or(&nothing));
            if differences.is_empty() {
                comparison.same += 1;
            } else if replaces || (is_open && existing.is_none()) {
                comparison.to_write.push(part);
            } else {
                comparison.differences.extend(
                    differences
                        .into_iter()
                        .map(|one| Difference { field: format!("{label}.{}", one.field), ..one }),
                );
            }
        }
        comparison
    }

    fn settle_parts<T>(&mut self, name: &str, compared: Comparison<T>) -> Result<Vec<T>, Error> {
        let Comparison { to_write, same, differences } = compared;
        if !differences.is_empty() {
            self.keep(name, |resource| Error::DifferentPublication { resource, differences })?;
        }
        self.existing(same);
        Ok(to_write)
    }

    /// Whether the file corrects what is published: it gives a reason that is not yet that of the
    /// newest revision. Otherwise it must say what is published.
    async fn is_correction(&mut self, file: &EvaluationFile) -> Result<bool, Error> {
        let Some(publication) = &file.publication else {
            return Ok(false);
        };
        let name = format!("regions/{}/scorecards/{}", file.region, file.cycle);
        let request = GetScorecardRequest { name: name.clone(), as_of: None };
        let stored = self.client.evaluation.get_scorecard(request).await?.into_inner();
        let (mut wanted, figures) = publication.to_messages();
        let mut existing = stored.publication.clone().unwrap_or_default();
        if !wanted.reason.is_empty() && wanted.reason != existing.reason {
            return Ok(true);
        }
        // A file without a reason is compared by what else it states.
        wanted.reason.clear();
        existing.reason.clear();
        let mut differences = difference::between("Publication", &wanted, &existing);
        differences.extend(difference::between(
            "PublishEvaluationRequest",
            &with_figures(figures),
            &with_figures(stored.published_figures),
        ));
        if differences.is_empty() {
            return Ok(false);
        }
        Err(Error::DifferentPublication { resource: name, differences })
    }
}

impl EvaluationFile {
    fn tally_messages(&self) -> impl Iterator<Item = v1::Tally> {
        self.tallies.iter().map(|tally| v1::Tally {
            pillar: tally.pillar,
            running: tally.running,
            planned: tally.planned,
            source: self.source.clone(),
            ..v1::Tally::default()
        })
    }

    /// The tallies, where the file is of this region and cycle.
    pub(super) fn tallies_of(&self, region: &str, cycle: &str) -> Result<Vec<v1::Tally>, Error> {
        if (self.region.as_str(), self.cycle.as_str()) == (region, cycle) {
            return Ok(self.tally_messages().collect());
        }
        let needed = format!("region: \"{region}\", cycle: \"{cycle}\"");
        Err(Error::OtherFile { needed })
    }
}

/// Figures in a message, so that they can be compared as one.
fn with_figures(published_figures: Vec<v1::PublishedFigure>) -> PublishEvaluationRequest {
    PublishEvaluationRequest { published_figures, ..PublishEvaluationRequest::default() }
}
