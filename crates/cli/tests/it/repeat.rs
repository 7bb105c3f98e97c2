//! Changes of an evaluation at a server that is away for a moment, or that somebody else changed.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use takar_proto::v1::{Evaluation, GetEvaluationRequest, SubmitEvaluationRequest, evaluation};
use tokio::net::TcpListener;
use tonic::{
    Code, Request, Response, Status,
    codegen::{Body, BoxFuture, Service, StdError, http},
    server::{Grpc, NamedService, UnaryService},
    transport::server::TcpIncoming,
};
use tonic_prost::ProstCodec;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::support::run;

/// A server of one evaluation, which refuses to have it submitted so many times.
#[derive(Clone)]
struct Refusing {
    refusals: Arc<Mutex<Vec<Status>>>,
    submissions: Arc<Mutex<Vec<SubmitEvaluationRequest>>>,
}

impl Refusing {
    /// Starts it; gives its address and what was submitted.
    async fn start(refusals: Vec<Status>) -> (String, Arc<Mutex<Vec<SubmitEvaluationRequest>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let submissions = Arc::default();
        let refusals = Arc::new(Mutex::new(refusals));
        let service = Self { refusals, submissions: Arc::clone(&submissions) };
        let server = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        (format!("http://{address}"), submissions)
    }
}

fn stored(name: String, state: evaluation::State) -> Response<Evaluation> {
    let region = "regions/33.05".to_owned();
    let (cycle, etag) = ("cycles/2026".to_owned(), "\"as-read\"".to_owned());
    let state = state.into();
    Response::new(Evaluation { name, region, cycle, state, etag, ..Evaluation::default() })
}

impl UnaryService<GetEvaluationRequest> for Refusing {
    type Response = Evaluation;
    type Future = BoxFuture<Response<Evaluation>, Status>;

    fn call(&mut self, request: Request<GetEvaluationRequest>) -> Self::Future {
        Box::pin(async { Ok(stored(request.into_inner().name, evaluation::State::Draft)) })
    }
}

impl UnaryService<SubmitEvaluationRequest> for Refusing {
    type Response = Evaluation;
    type Future = BoxFuture<Response<Evaluation>, Status>;

    fn call(&mut self, request: Request<SubmitEvaluationRequest>) -> Self::Future {
        let submission = request.into_inner();
        self.submissions.lock().expect("it is not poisoned").push(submission.clone());
        let refusal = self.refusals.lock().expect("it is not poisoned").pop();
        Box::pin(async {
            match refusal {
                Some(status) => Err(status),
                None => Ok(stored(submission.name, evaluation::State::Submitted)),
            }
        })
    }
}

impl NamedService for Refusing {
    const NAME: &'static str = "takar.evaluation.v1.EvaluationService";
}

impl<B> Service<http::Request<B>> for Refusing
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            if request.uri().path().ends_with("/GetEvaluation") {
                let codec = ProstCodec::<Evaluation, GetEvaluationRequest>::default();
                Ok(Grpc::new(codec).unary(service, request).await)
            } else {
                let codec = ProstCodec::<Evaluation, SubmitEvaluationRequest>::default();
                Ok(Grpc::new(codec).unary(service, request).await)
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_sent_again_as_the_same_request_while_the_server_is_away() {
    let away = || Status::unavailable("the database is not available");
    let submit = ["evaluation", "submit", "33.05", "2026", "--lang", "en", "--server"];
    let (server, submissions) = Refusing::start(vec![away(), away()]).await;
    let told = run(&[&submit[..], &[&server]].concat()).output();
    assert_eq!(told, "33.05 2026: submitted\n");
    let submissions = submissions.lock().expect("it is not poisoned").clone();
    assert_eq!(submissions.len(), 3);
    assert!(!submissions[0].request_id.is_empty());
    assert_eq!(submissions[0].etag, "\"as-read\"");
    assert!(submissions.iter().all(|submission| *submission == submissions[0]));

    let (server, submissions) = Refusing::start(vec![away(), away(), away()]).await;
    run(&[&submit[..], &[&server]].concat()).failure();
    assert_eq!(submissions.lock().expect("it is not poisoned").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_meanwhile_is_told_and_not_overwritten() {
    let details = ErrorDetails::with_error_info("ETAG_MISMATCH", "takar", HashMap::new());
    let changed = Status::with_error_details(Code::Aborted, "it has changed", details);
    for (language, hint) in [("en", "look at it now by"), ("id", "lihat isinya sekarang")] {
        let (server, submissions) = Refusing::start(vec![changed.clone()]).await;
        let submit = ["evaluation", "submit", "33.05", "2026", "--lang", language];
        let told = run(&[&submit[..], &["--server", &server]].concat()).failure();
        assert!(told.contains(hint) && told.contains("takar evaluation show"), "{told}");
        assert_eq!(submissions.lock().expect("it is not poisoned").len(), 1);
    }
}
