//! Changes of an evaluation: each names the state that it was read in, and can be sent again.

use std::time::Duration;

use takar_proto::v1::{
    self, Evaluation, GetEvaluationRequest, evaluation_service_client::EvaluationServiceClient,
};
use tokio::time::sleep;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{client::Connection, error::Error};

/// How long to wait before each repetition of a call that found the server unavailable: long enough
/// for a restart of it, short enough for a person.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1_500)];

/// The client of the service that changes evaluations.
pub(crate) type Evaluations = EvaluationServiceClient<Connection>;

/// A request that changes an evaluation.
pub(crate) trait Change: Clone {
    /// Says which evaluation is meant, in which state, and by which key a repetition is known.
    fn address(&mut self, name: &str, etag: &str, request_id: &str);

    /// Sends it and gives the evaluation as it is then.
    async fn send(self, client: &mut Evaluations) -> Result<Evaluation, Status>;
}

macro_rules! changes {
    ($($request:ident by $method:ident),+ $(,)?) => {
        $(impl Change for v1::$request {
            fn address(&mut self, name: &str, etag: &str, request_id: &str) {
                name.clone_into(&mut self.name);
                etag.clone_into(&mut self.etag);
                request_id.clone_into(&mut self.request_id);
            }

            async fn send(self, client: &mut Evaluations) -> Result<Evaluation, Status> {
                let name = self.name.clone();
                evaluation_of(client.$method(self).await?.into_inner(), name, client).await
            }
        })+
    };
}

changes!(
    ReportTalliesRequest by report_tallies,
    SelfAssessEvaluationRequest by self_assess_evaluation,
    SubmitEvaluationRequest by submit_evaluation,
    ExtendEvaluationRequest by extend_evaluation,
    AssignAssessorRequest by assign_assessor,
    UnassignAssessorRequest by unassign_assessor,
    DeclareConflictRequest by declare_conflict,
    ReviewEvaluationRequest by review_evaluation,
    ReturnEvaluationRequest by return_evaluation,
    ScoreEvaluationRequest by score_evaluation,
    ModerateEvaluationRequest by moderate_evaluation,
    ConcludeEvaluationRequest by conclude_evaluation,
    ObjectToEvaluationRequest by object_to_evaluation,
    AnswerObjectionRequest by answer_objection,
    FinalizeEvaluationRequest by finalize_evaluation,
    WithdrawEvaluationRequest by withdraw_evaluation,
    MarkEvaluationNotAssessableRequest by mark_evaluation_not_assessable,
    PublishEvaluationRequest by publish_evaluation,
);

/// Carries out a change of an evaluation that was read before.
///
/// Where the server is unavailable it is sent again under the same key, so that it happens once.
///
/// # Errors
/// Where the server refuses, as it does when the evaluation has changed since.
pub(crate) async fn carry_out(
    client: &Evaluations,
    read: &Evaluation,
    mut change: impl Change,
) -> Result<Evaluation, Error> {
    change.address(&read.name, &read.etag, &new_request_id());
    repeated(async || change.clone().send(&mut client.clone()).await).await
}

/// Calls again where the server is unavailable; the call carries a key, so that it happens once.
///
/// # Errors
/// Where the server refuses, or stays unavailable.
pub(crate) async fn repeated<T>(call: impl AsyncFn() -> Result<T, Status>) -> Result<T, Error> {
    let mut pauses = PAUSES.into_iter();
    loop {
        match call().await {
            Err(status) if status.code() == Code::Unavailable => match pauses.next() {
                Some(pause) => sleep(pause).await,
                None => return Err(status.into()),
            },
            outcome => return Ok(outcome?),
        }
    }
}

/// A key that no other request has.
pub(crate) fn new_request_id() -> String {
    Uuid::now_v7().to_string()
}

/// What a change is answered with: the evaluation, or what leads to it.
trait Answer {
    async fn evaluation(self, name: String, client: &mut Evaluations)
    -> Result<Evaluation, Status>;
}

async fn evaluation_of(
    answer: impl Answer,
    name: String,
    client: &mut Evaluations,
) -> Result<Evaluation, Status> {
    answer.evaluation(name, client).await
}

impl Answer for Evaluation {
    async fn evaluation(self, _: String, _: &mut Evaluations) -> Result<Evaluation, Status> {
        Ok(self)
    }
}

/// A publication is answered with the scorecard.
impl Answer for v1::Scorecard {
    async fn evaluation(
        self,
        name: String,
        client: &mut Evaluations,
    ) -> Result<Evaluation, Status> {
        Ok(client.get_evaluation(GetEvaluationRequest { name }).await?.into_inner())
    }
}
