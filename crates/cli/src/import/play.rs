//! Takes an evaluation through its life, to where a file has it.

use takar_proto::v1::{
    self, ConcludeEvaluationRequest, Evaluation, FinalizeEvaluationRequest,
    ModerateEvaluationRequest, PublishEvaluationRequest, ReportTalliesRequest,
    ReviewEvaluationRequest, SubmitEvaluationRequest, evaluation::State,
};
use tonic::Code;

use super::{
    Importer, OnDifference,
    result_file::{EvaluationFile, Publication},
};
use crate::{
    change::{Change, carry_out},
    error::Error,
};

/// What of a file is still to be written.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) tallies: Vec<v1::Tally>,
    pub(super) pillar_scores: Vec<v1::PillarScore>,
    pub(super) component_scores: Vec<v1::ComponentScore>,
}

impl Parts {
    fn scores(&self) -> usize {
        self.pillar_scores.len() + self.component_scores.len()
    }
}

impl Importer {
    /// Writes the parts, each once the state allows it, and goes as far as the file says: with a
    /// publication until it is published, else no step.
    ///
    /// A sample goes on only where an import of it could have stopped: whatever else people did to
    /// the evaluation stays.
    pub(super) async fn play(
        &mut self,
        file: &EvaluationFile,
        evaluation: Evaluation,
        parts: Parts,
    ) -> Result<(), Error> {
        if self.on_difference == OnDifference::Refuse {
            return self.play_on(file, evaluation, parts).await;
        }
        let name = evaluation.name.clone();
        let could_have_stopped = matches!(
            evaluation.state(),
            State::Draft | State::Submitted | State::InReview | State::Scored | State::Final
        );
        if self.has_kept() {
            return Ok(());
        }
        if could_have_stopped {
            match self.play_on(file, evaluation, parts).await {
                Err(Error::Status(status)) if status.code() == Code::FailedPrecondition => {}
                played => return played,
            }
        }
        self.keep_as_it_is(name);
        Ok(())
    }

    async fn play_on(
        &mut self,
        file: &EvaluationFile,
        mut evaluation: Evaluation,
        mut parts: Parts,
    ) -> Result<(), Error> {
        let mut is_corrected = evaluation.state() == State::Published;
        loop {
            let state = evaluation.state();
            if state != State::Submitted {
                evaluation = self.report(evaluation, &mut parts).await?;
            }
            if !matches!(state, State::Draft | State::Returned | State::Submitted) {
                evaluation = self.moderate(evaluation, &mut parts).await?;
            }
            let Some(publication) = &file.publication else { break };
            evaluation = match state {
                State::Submitted => {
                    self.step(&evaluation, ReviewEvaluationRequest::default()).await?
                }
                State::InReview => {
                    self.step(&evaluation, ConcludeEvaluationRequest::default()).await?
                }
                State::Scored | State::Objection => {
                    self.step(&evaluation, FinalizeEvaluationRequest::default()).await?
                }
                State::Published if !is_corrected => break,
                State::Final | State::Published => {
                    is_corrected = false;
                    self.publish(&evaluation, publication).await?
                }
                // From the states that end it nothing leads on; the server says so.
                State::Draft
                | State::Returned
                | State::Withdrawn
                | State::NotAssessable
                | State::Unspecified => {
                    let note = file.source.clone();
                    let submit = SubmitEvaluationRequest { note, ..Default::default() };
                    self.step(&evaluation, submit).await?
                }
            };
        }
        self.waiting(parts.tallies.len() + parts.scores());
        Ok(())
    }

    async fn report(
        &mut self,
        evaluation: Evaluation,
        parts: &mut Parts,
    ) -> Result<Evaluation, Error> {
        let tallies = std::mem::take(&mut parts.tallies);
        let count = tallies.len();
        if count == 0 {
            return Ok(evaluation);
        }
        let report = ReportTalliesRequest { tallies, ..Default::default() };
        let evaluation = self.step(&evaluation, report).await?;
        self.created(count);
        Ok(evaluation)
    }

    async fn moderate(
        &mut self,
        evaluation: Evaluation,
        parts: &mut Parts,
    ) -> Result<Evaluation, Error> {
        let count = parts.scores();
        if count == 0 {
            return Ok(evaluation);
        }
        let moderate = ModerateEvaluationRequest {
            pillar_scores: std::mem::take(&mut parts.pillar_scores),
            component_scores: std::mem::take(&mut parts.component_scores),
            ..Default::default()
        };
        let evaluation = self.step(&evaluation, moderate).await?;
        self.created(count);
        Ok(evaluation)
    }

    async fn publish(
        &mut self,
        evaluation: &Evaluation,
        publication: &Publication,
    ) -> Result<Evaluation, Error> {
        let (publication, published_figures) = publication.to_messages();
        let publish = PublishEvaluationRequest {
            publication: Some(publication),
            published_figures,
            ..Default::default()
        };
        let evaluation = self.step(evaluation, publish).await?;
        self.created(1);
        Ok(evaluation)
    }

    async fn step(
        &mut self,
        evaluation: &Evaluation,
        change: impl Change,
    ) -> Result<Evaluation, Error> {
        carry_out(&self.client.evaluation, evaluation, change).await
    }
}
