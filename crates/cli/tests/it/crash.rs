//! `takar up` killed in the middle of writes.

use std::sync::{Arc, Mutex, PoisonError};

use takar_proto::v1::{
    CreateProgramRequest, ListProgramsRequest, Pillar, Program,
    registry_service_client::RegistryServiceClient,
};
use tonic::{service::interceptor::InterceptedService, transport::Channel};

use crate::support::{Key, Up, directory, eventually};

type Registry = RegistryServiceClient<InterceptedService<Channel, Key>>;

/// How many writes must have been acknowledged before the kill.
const WRITES: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let directory = directory();
    let data = directory.path().join("data");
    let up = Up::start(&data, &[]);

    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writer = tokio::spawn(write_until_failure(connect(&up).await, Arc::clone(&acknowledged)));
    eventually("programmes are acknowledged", || ids(&acknowledged).len() >= WRITES);
    up.kill();
    writer.await.expect("the writer ends with the server");

    let up = Up::start(&data, &[]);
    let stored = stored_programs(connect(&up).await).await;
    let lost: Vec<_> = ids(&acknowledged).into_iter().filter(|id| !stored.contains(id)).collect();
    assert_eq!(lost, Vec::<String>::new());
    assert!(up.stop().success());
}

#[test]
fn up_ends_with_an_error_when_its_postgres_dies() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &["--no-sample"]);
    assert_eq!(up.end_without_postgres().code(), Some(1));
}

async fn connect(up: &Up) -> Registry {
    RegistryServiceClient::new(up.connect().await)
}

fn ids(acknowledged: &Mutex<Vec<String>>) -> Vec<String> {
    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

async fn write_until_failure(mut client: Registry, acknowledged: Arc<Mutex<Vec<String>>>) {
    for number in 0.. {
        let program_id = format!("program-{number}");
        let program = Program {
            pillar: Pillar::Living.into(),
            display_name: format!("Program {number}"),
            source: "a test".to_owned(),
            ..Program::default()
        };
        let request = CreateProgramRequest {
            parent: "regions/33.05".to_owned(),
            program_id: program_id.clone(),
            program: Some(program),
            request_id: String::new(),
        };
        if client.create_program(request).await.is_err() {
            return;
        }
        acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(program_id);
    }
}

async fn stored_programs(mut client: Registry) -> Vec<String> {
    let mut ids = Vec::new();
    let mut request = ListProgramsRequest {
        parent: "regions/33.05".to_owned(),
        page_size: 1_000,
        page_token: String::new(),
        ..ListProgramsRequest::default()
    };
    loop {
        let page = client.list_programs(request.clone()).await.expect("the server answers");
        let page = page.into_inner();
        let id = |program: Program| program.name.rsplit('/').next().map(str::to_owned);
        ids.extend(page.programs.into_iter().filter_map(id));
        if page.next_page_token.is_empty() {
            return ids;
        }
        request.page_token = page.next_page_token;
    }
}
