//! A scorecard that anybody reads over REST, and that is corrected over gRPC.

use serde_json::{Value as Json, json};

use crate::{
    deadline, rest,
    stack::{Stack, eventually},
};

pub(super) const EVALUATION: &str = "regions/33.05/evaluations/2022";
pub(super) const SCORECARD: &str = "/v1/regions/33.05/scorecards/2022";

pub(super) struct Scene {
    pub(super) stack: Stack,
    /// Who shows nothing.
    public: rest::Client,
}

/// What the public was shown.
pub(super) struct Shown {
    pub(super) json: Json,
    /// Whether the gateway had kept it.
    pub(super) is_kept: bool,
}

impl Scene {
    /// An evaluation that is ready to be published, and a gateway that keeps answers.
    pub(super) async fn concluded() -> Self {
        let stack = Stack::start().await;
        conclude(&stack).await;
        let public = stack.rest.with_token("");
        let scene = Self { stack, public };
        eventually("the gateway keeps answers", async || scene.read("/v1/cycles").await.is_kept)
            .await;
        scene
    }

    /// With its first revision published.
    pub(super) async fn published() -> Self {
        let scene = Self::concluded().await;
        scene.publish("").await;
        scene
    }

    /// Publishes a revision.
    pub(super) async fn publish(&self, reason: &str) {
        publish(&self.stack, reason).await;
    }

    pub(super) async fn call(&self, rpc: &str, request: Json) -> Json {
        self.stack.grpc.call(rpc, &request).await.message()
    }

    /// Reads as anybody may.
    pub(super) async fn read(&self, path: &str) -> Shown {
        let received = rest::send(self.public.request("GET", path)).await;
        assert_eq!(received.status, 200, "{path}: {}", received.body);
        assert_eq!(received.header("cache-control"), "public, no-cache", "{path}");
        let is_kept = received.headers.contains_key("age");
        Shown { json: serde_json::from_str(&received.body).expect("JSON"), is_kept }
    }

    pub(super) async fn status(&self, path: &str) -> u16 {
        rest::send(self.public.request("GET", path)).await.status
    }

    /// Reads until it is kept.
    pub(super) async fn keep(&self, path: &str) {
        self.read(path).await;
        assert!(self.read(path).await.is_kept, "{path}");
    }
}

/// Makes an evaluation that is ready to be published.
pub(super) async fn conclude(stack: &Stack) {
    deadline::with_evaluation(stack).await;
    let (rpc, request) = deadline::tally();
    stack.grpc.call(rpc, &request).await.message();
    for verb in ["Submit", "Review", "Conclude", "Finalize"] {
        let rpc = format!("EvaluationService.{verb}Evaluation");
        stack.grpc.call(&rpc, &json!({"name": EVALUATION})).await.message();
    }
}

/// Publishes a revision.
pub(super) async fn publish(stack: &Stack, reason: &str) {
    let publication = json!({"source": "a letter", "reason": reason});
    let request = json!({"name": EVALUATION, "publication": publication});
    stack.grpc.call("EvaluationService.PublishEvaluation", &request).await.message();
}
