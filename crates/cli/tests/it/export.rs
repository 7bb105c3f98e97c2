//! Exports by the tool.

use std::{fs, path::Path};

use rustix::process::Signal;
use takar_proto::{
    google::api::HttpBody,
    v1::{
        Catalog, ExportScorecardsRequest, ExportSummaryRequest, GetCatalogRequest,
        export_service_server::{ExportService, ExportServiceServer},
    },
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, transport::Server};

use crate::support::{Tool, Up, directory, eventually};

/// A server whose files begin and never end.
struct Unending;

type Files = ReceiverStream<Result<HttpBody, Status>>;

#[tonic::async_trait]
impl ExportService for Unending {
    type ExportScorecardsStream = Files;
    type ExportSummaryStream = Files;

    async fn export_scorecards(
        &self,
        _request: Request<ExportScorecardsRequest>,
    ) -> Result<Response<Files>, Status> {
        let (answers, files) = mpsc::channel(1);
        tokio::spawn(async move {
            let data = "half a file".into();
            let half = HttpBody { data, ..HttpBody::default() };
            answers.send(Ok(half)).await.expect("a client");
            answers.closed().await;
        });
        Ok(Response::new(ReceiverStream::new(files)))
    }

    async fn export_summary(
        &self,
        _request: Request<ExportSummaryRequest>,
    ) -> Result<Response<Files>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_catalog(
        &self,
        _request: Request<GetCatalogRequest>,
    ) -> Result<Response<Catalog>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

fn sizes(directory: &Path) -> Vec<u64> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().metadata().unwrap().len()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_interrupted_leaves_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let service = ExportServiceServer::new(Unending);
    let incoming = TcpListenerStream::new(listener);
    let serving =
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
    let directory = directory();
    let file = directory.path().join("rapor.csv");
    for (signal, lang, told) in
        [(Signal::INT, "en", "interrupted; "), (Signal::TERM, "id", "dihentikan; ")]
    {
        let path = file.display().to_string();
        let arguments = ["export", "scorecards", "2022", "--file", &path, "--server", &server];
        let tool = Tool::with(&[&arguments[..], &["--lang", lang]].concat());
        eventually("half of it is there", || sizes(directory.path()) == [11]);
        let run = tool.signalled(signal);
        assert!(run.stderr.contains(told), "{run:?}");
        run.failure();
        assert_eq!(sizes(directory.path()), [0; 0]);
    }
    serving.abort();
}

// One test, as it owns the `up` that all of it reads.
#[tokio::test]
async fn what_is_published_is_written_to_a_file_that_is_whole() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let file = directory.path().join("rapor.csv");
    let path = file.display().to_string();
    let export = ["export", "scorecards", "2022", "--file"];
    let with = |more: &[&str]| up.takar(&[&export[..], more].concat());

    let run = with(&[&path]);
    assert!(run.stderr.contains(&format!("{path}: ")) && run.stderr.contains("written"), "{run:?}");
    run.output();
    let csv = fs::read_to_string(&file).unwrap();
    assert!(csv.contains("33.05,2022,PILLAR_REALISATION,BRANDING,_Z,85.71,"), "{csv}");
    assert!(csv.contains("35.71,2022,INDEX,_Z,_T,3.31,"), "{csv}");

    let book = directory.path().join("rapor.xlsx");
    with(&[&book.display().to_string()]).output();
    assert!(fs::read(&book).unwrap().starts_with(b"PK"), "its name says what it is");
    fs::remove_file(book).unwrap();

    let told = with(&[&path, "--format", "xlsx", "--lang", "id"]);
    assert!(told.stderr.contains("ditulis"), "{told:?}");
    told.output();
    assert!(fs::read(&file).unwrap().starts_with(b"PK"), "it takes the place of the other");

    let wide = with(&["-", "--wide", "--province", "33"]).output();
    assert_eq!(wide.lines().count(), 2, "{wide}");
    let lines = with(&["-", "--format", "jsonl", "--cohort", "smart-governance-2021"]).output();
    assert!(lines.lines().all(|line| line.contains("\"refArea\":\"33.05\"")), "{lines}");
    let sdmx = with(&["-", "--format", "sdmx-json"]).output();
    assert!(sdmx.starts_with("{\"meta\":"), "{sdmx}");
    let sdmx = with(&["-", "--format", "sdmx-json-1"]).output();
    assert!(sdmx.starts_with("{\"header\":"), "{sdmx}");

    let summary = up.takar(&["export", "summary", "2022", "--file", "-"]).output();
    assert!(summary.contains("2022,_T,PILLAR_REALISATION,BRANDING,_Z,MEAN,85.71,"), "{summary}");

    // What is refused leaves the file as it was, and nothing beside it.
    let refused = up.takar(&["export", "scorecards", "1999", "--file", &path]).failure();
    assert!(refused.contains("cycles/1999"), "{refused}");
    with(&[&path, "--as-of", "2999-01-01T00:00:00Z"]).failure();
    assert!(fs::read(&file).unwrap().starts_with(b"PK"));
    let beside: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    let here = directory.path().display().to_string();
    assert!(with(&[&here]).failure().contains("directory"));
    let nowhere = directory.path().join("nowhere/rapor.csv").display().to_string();
    assert!(with(&[&nowhere]).failure().contains(&nowhere));

    let catalog = up.get("/data.json").await;
    assert_eq!(catalog["dataset"][0]["license"], "https://opendatacommons.org/licenses/odbl/1-0/");
    assert!(up.stop().success());
}
