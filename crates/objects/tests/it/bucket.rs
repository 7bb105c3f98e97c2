use axum::http::StatusCode;
use bytes::Bytes;
use takar_domain::digest::Sha256Digest;
use takar_objects::{ObjectError, ObjectSettings, Objects};

use super::fake_s3::{Failure, FakeS3};

const CONTENT: Bytes = Bytes::from_static(b"berita acara");

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

fn open(url: &str, endpoint: Option<&str>, more: &[(&str, &str)]) -> Objects {
    let settings = ObjectSettings { url: url.to_owned(), endpoint: endpoint.map(str::to_owned) };
    let login = [
        ("AWS_ACCESS_KEY_ID", "takar"),
        ("AWS_SECRET_ACCESS_KEY", "rahasia"),
        ("AWS_REGION", "ap-southeast-3"),
    ];
    Objects::open_with(&settings, environment(&[&login, more].concat())).unwrap()
}

async fn start() -> (FakeS3, Objects) {
    let (server, address) = FakeS3::start().await;
    (server, open("s3://bukti/takar/uji", Some(&address), &[]))
}

/// The path of the content, as requests name it.
fn path() -> String {
    let digits = Sha256Digest::of(&CONTENT).to_string();
    format!("/bukti/takar/uji/sha256/{}/{}", &digits[..2], &digits[2..])
}

#[tokio::test]
async fn a_bucket_keeps_objects() {
    let (_server, objects) = start().await;
    super::assert_keeps_objects(&objects).await;
}

#[tokio::test]
async fn many_store_the_same_at_once() {
    let (server, objects) = start().await;
    super::assert_keeps_what_many_store_at_once(&objects).await;
    assert_eq!(server.keys().len(), 1);
}

#[tokio::test]
async fn requests_are_signed_and_below_the_prefix() {
    let (server, objects) = start().await;
    let stored = objects.put(CONTENT).await.unwrap();
    assert_eq!(objects.get(&stored.sha256).await.unwrap(), CONTENT);
    let path = path();
    assert_eq!(server.requests(), [format!("PUT {path} If-None-Match: *"), format!("GET {path}")]);
}

#[tokio::test]
async fn an_altered_object_is_neither_given_nor_hidden() {
    let (server, objects) = start().await;
    let stored = objects.put(CONTENT).await.unwrap();
    server.alter(b"berita acarA");
    for error in [objects.get(&stored.sha256).await.err(), objects.put(CONTENT).await.err()] {
        assert!(matches!(&error, Some(ObjectError::Altered(_))), "{error:?}");
    }
}

#[tokio::test]
async fn a_moments_failure_is_got_over() {
    let (server, objects) = start().await;
    let busy = Failure { status: StatusCode::SERVICE_UNAVAILABLE, is_done: false };
    // Stored at the first request, whose answer is lost.
    let lost = Failure { status: StatusCode::BAD_GATEWAY, is_done: true };
    server.fail(&[lost, busy]);
    objects.put(CONTENT).await.unwrap();
    let path = path();
    let put = format!("PUT {path} If-None-Match: *");
    assert_eq!(server.requests(), [put.clone(), put.clone(), put, format!("GET {path}")]);
}

#[tokio::test]
async fn an_upload_that_another_one_conflicts_with_is_made_again() {
    let (server, objects) = start().await;
    server.fail(&[Failure { status: StatusCode::CONFLICT, is_done: false }]);
    let stored = objects.put(CONTENT).await.unwrap();
    assert_eq!(objects.get(&stored.sha256).await.unwrap(), CONTENT);
    assert_eq!(server.requests()[2], format!("PUT {}", path()));
}

#[tokio::test]
async fn a_bucket_without_conditions_keeps_objects() {
    let (server, address) = FakeS3::start().await;
    let off = [("AWS_CONDITIONAL_PUT", "disabled"), ("HOME", "/root"), ("AWS_PAGER", "less")];
    let objects = open("s3://bukti", Some(&address), &off);
    super::assert_keeps_objects(&objects).await;
    assert!(server.requests().iter().all(|request| !request.contains("If-None-Match")));
}

#[tokio::test]
async fn a_refusal_is_told_from_an_outage() {
    let (server, objects) = start().await;
    server.fail(&[Failure { status: StatusCode::FORBIDDEN, is_done: false }]);
    let refused = objects.put(CONTENT).await.unwrap_err();
    assert!(matches!(refused, ObjectError::Refused(_)), "{refused:?}");

    // A list's answer is not told apart, but its status is in the error's source.
    let (_server, address) = FakeS3::start().await;
    let missing = open("s3://lain", Some(&address), &[]).ping().await.unwrap_err();
    assert!(matches!(missing, ObjectError::Unavailable(_)), "{missing:?}");

    // A port where nobody listens, held so that no other test's server takes it.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let objects = open("s3://bukti", Some(&format!("http://{address}")), &[]);
    let gone = objects.ping().await.unwrap_err();
    assert!(matches!(gone, ObjectError::Unavailable(_)), "{gone:?}");
}

#[tokio::test]
async fn plain_http_is_used_only_where_the_settings_say_so() {
    let (server, address) = FakeS3::start().await;
    let by_environment = [("AWS_ENDPOINT_URL_S3", address.as_str())];
    let error = open("s3://bukti", None, &by_environment).ping().await.unwrap_err();
    assert!(matches!(error, ObjectError::Unavailable(_)), "{error:?}");
    assert!(server.requests().is_empty());
    let allowed = [by_environment[0], ("AWS_ALLOW_HTTP", "true")];
    open("s3://bukti", None, &allowed).ping().await.unwrap();
    // The setting comes before the environment.
    let elsewhere = [("AWS_ENDPOINT_URL_S3", "https://s3.invalid")];
    open("s3://bukti", Some(&address), &elsewhere).ping().await.unwrap();
}

#[tokio::test]
async fn a_wrong_environment_is_refused_when_objects_are_opened() {
    let settings = ObjectSettings { url: "s3://bukti".to_owned(), endpoint: None };
    let half = environment(&[("AWS_ACCESS_KEY_ID", "takar")]);
    let error = Objects::open_with(&settings, half).unwrap_err();
    assert!(matches!(error, ObjectError::Environment(_)), "{error:?}");
}
