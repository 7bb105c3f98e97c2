//! How a request that changes something is carried out: once for each key, whole or not at all, and
//! with its entry in the audit trail.

use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use takar_domain::{audit::ResourceChange, fault::Fault};
use takar_proto::v1;
use takar_store::{Begun, RequestKey, Store, Write};
use tonic::{Request, Response, Status};

use crate::{
    access::admission,
    descriptors::CONTRACT,
    error::{Error, answer},
    etag::Named,
};

/// The longest key of a request, in characters: a UUID has 36.
const REQUEST_KEY_MAX_CHARACTERS: usize = 200;

/// A request that may come again with the same key.
pub(crate) trait Keyed: Message {
    /// The key; empty where there is none.
    fn request_key(&self) -> &str;
}

macro_rules! keyed {
    ($($message:ident),+ $(,)?) => {
        $(impl Keyed for v1::$message {
            fn request_key(&self) -> &str {
                &self.request_id
            }
        })+
    };
}

keyed!(
    CreateRegionRequest,
    BatchCreateRegionsRequest,
    UpdateRegionRequest,
    RecodeRegionRequest,
    SplitRegionRequest,
    MergeRegionsRequest,
    CreateCohortRequest,
    UpdateCohortRequest,
    CreateInstrumentRequest,
    UpdateInstrumentRequest,
    CreateCycleRequest,
    UpdateCycleRequest,
    CreateProgramRequest,
    UpdateProgramRequest,
    CreateEvaluationRequest,
    SimulateCycleRequest,
    CreateEvidenceRequest,
    UploadEvidenceRequest,
    VerifyEvidenceRequest,
    RejectEvidenceRequest,
    DeleteEvidenceRequest,
);

/// A request that changes an evaluation.
pub(crate) trait OfEvaluation {
    /// The evaluation's name.
    fn name(&self) -> &str;

    /// The state that the caller knows.
    fn etag(&self) -> &str;
}

macro_rules! of_evaluation {
    ($($message:ident),+ $(,)?) => {
        keyed!($($message),+);

        $(impl OfEvaluation for v1::$message {
            fn name(&self) -> &str {
                &self.name
            }

            fn etag(&self) -> &str {
                &self.etag
            }
        })+
    };
}

of_evaluation!(
    ReportTalliesRequest,
    ReportProgramsRequest,
    SelfAssessEvaluationRequest,
    SubmitEvaluationRequest,
    ExtendEvaluationRequest,
    AssignAssessorRequest,
    UnassignAssessorRequest,
    DeclareConflictRequest,
    ReviewEvaluationRequest,
    ReturnEvaluationRequest,
    ScoreEvaluationRequest,
    ModerateEvaluationRequest,
    ConcludeEvaluationRequest,
    ObjectToEvaluationRequest,
    AnswerObjectionRequest,
    FinalizeEvaluationRequest,
    WithdrawEvaluationRequest,
    MarkEvaluationNotAssessableRequest,
    PublishEvaluationRequest,
);

/// A secret is shown once, so its answer is not kept for a repetition.
impl Keyed for v1::CreateApiKeyRequest {
    fn request_key(&self) -> &'static str {
        ""
    }
}

/// Revoking again changes nothing.
impl Keyed for v1::RevokeApiKeyRequest {
    fn request_key(&self) -> &'static str {
        ""
    }
}

/// Carries out a request that changes something: `work` writes and says what is answered.
pub(crate) async fn write<M, A, F>(
    store: &Store,
    request: Request<M>,
    work: impl FnOnce(M, Box<Write>) -> F + Send,
) -> Result<Response<A>, Status>
where
    M: Keyed,
    A: Message + Default,
    F: Future<Output = Result<(Box<Write>, A), Error>> + Send,
{
    answer(async {
        let admission = admission(&request)?;
        let message = request.into_inner();
        let key = parse_key(&admission.call.method, &message)?;
        match store.begin(admission.call, admission.role, key).await? {
            Begun::Answered(bytes) => A::decode(bytes.as_slice()).map_err(Error::Kept),
            Begun::Write(write) => {
                let (write, answer) = work(message, write).await?;
                write.commit(&answer.encode_to_vec()).await?;
                Ok(answer)
            }
        }
    })
    .await
}

fn parse_key<M: Keyed>(method: &str, message: &M) -> Result<Option<RequestKey>, Fault> {
    let key = message.request_key();
    if key.is_empty() {
        return Ok(None);
    }
    if key.len() > REQUEST_KEY_MAX_CHARACTERS || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let allowed =
            format!("1 to {REQUEST_KEY_MAX_CHARACTERS} visible characters of ASCII without blanks");
        return Err(Fault::new(key, allowed).at("request_id"));
    }
    let hash = Sha256::new().chain_update(method).chain_update([0]);
    let fingerprint = hash.chain_update(message.encode_to_vec()).finalize().into();
    Ok(Some(RequestKey { key: key.to_owned(), fingerprint }))
}

/// Notes for the audit trail what a write did to a resource.
pub(crate) fn changed<R: Named>(write: &mut Write, before: Option<&R>, after: Option<&R>) {
    write.changed(change_between(before, after));
}

/// What the trail says of a change of a resource.
pub(crate) fn change_between<R: Named>(before: Option<&R>, after: Option<&R>) -> ResourceChange {
    let name = after.or(before).map(|resource| resource.name().to_owned()).unwrap_or_default();
    ResourceChange::between(name, before.map(json), after.map(json))
}

/// A resource as the API shows it.
fn json<R: Named>(resource: &R) -> Json {
    let options = SerializeOptions::new();
    dynamic(resource)
        .serialize_with_options(serde_json::value::Serializer, &options)
        .expect("times that were read are times that can be written")
}

/// A resource whose fields are found by their names.
pub(crate) fn dynamic<R: Named>(resource: &R) -> DynamicMessage {
    let message = CONTRACT.get_message_by_name(R::MESSAGE).expect("the contract has its resources");
    let mut dynamic = DynamicMessage::new(message);
    dynamic.transcode_from(resource).expect("a message is of its own type");
    dynamic
}
