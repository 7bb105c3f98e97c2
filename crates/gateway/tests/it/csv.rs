//! Lists as CSV.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::Response;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use crate::{
    harness::{Stack, assert_problem},
    lists::start,
    raw::exchange,
};

async fn get(stack: &Stack, path: &str) -> Response {
    let request = stack.request("GET", path).header("accept", "text/csv");
    request.send().await.expect("an answer")
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_list_is_rows_with_a_column_for_each_field() {
    let (stack, _) = start().await;
    let response = get(&stack, "/v1/lists/2/things").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), Some("text/csv; charset=utf-8; header=present"));
    let disposition = header(&response, "content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"manyThings.csv\""));
    let body = response.text().await.expect("a body");
    // Escaped, so that the ends of lines are seen.
    insta::assert_snapshot!(body.replace('\r', "\\r"));
}

#[tokio::test]
async fn an_empty_list_is_a_header() {
    let (stack, _) = start().await;
    let body = get(&stack, "/v1/lists/0/things").await.text().await.expect("a body");
    assert_eq!(body.lines().count(), 1);
    assert!(body.starts_with("name,etag,displayName,size,box.volume,"), "{body}");
}

#[tokio::test]
async fn all_pages_follow_each_other_where_none_is_named() {
    let (stack, lists) = start().await;
    let response = get(&stack, "/v1/lists/2500/things?filter=x").await;
    assert_eq!(header(&response, "link"), None);
    let body = response.text().await.expect("a body");
    assert_eq!(lists.pages(), 3);
    // The reader refuses a row that has not as many cells as the header.
    let mut reader = ::csv::Reader::from_reader(body.as_bytes());
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    let names: Vec<_> = rows.iter().map(|row| row[0].to_owned()).collect();
    let expected: Vec<_> = (0..2500).map(|index| format!("lists/2500/things/{index}")).collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_page_that_is_named_comes_alone_with_a_link_to_the_next() {
    let (stack, lists) = start().await;
    for (query, rows, next) in [
        ("pageSize=2", 2, Some("pageSize=2&pageToken=2")),
        ("pageToken=3", 3, Some("pageToken=6")),
        ("pageToken=6", 1, None),
    ] {
        let response = get(&stack, &format!("/v1/lists/7/things?{query}")).await;
        let next = next.map(|next| format!("</v1/lists/7/things?{next}>; rel=\"next\""));
        assert_eq!(header(&response, "link"), next.as_deref(), "{query}");
        assert!(header(&response, "content-length").is_some());
        let body = response.text().await.expect("a body");
        assert_eq!(body.matches("\r\nlists/7/").count(), rows, "{query}");
    }
    assert_eq!(lists.pages(), 3);
}

#[tokio::test]
async fn an_answer_without_pages_may_be_a_list_but_a_thing_is_none() {
    let (stack, _) = start().await;
    let response = get(&stack, "/v1/lists/2:rank").await;
    assert_eq!(
        header(&response, "content-disposition"),
        Some("attachment; filename=\"ranks.csv\"")
    );
    let body = response.text().await.expect("a body");
    assert_eq!(body, "rank,thing\r\n1,thing 1\r\n2,thing 2\r\n");
    assert_eq!(get(&stack, "/v1/lists/2/things/1").await.status(), 406);
}

#[tokio::test]
async fn an_answer_depends_on_what_is_accepted() {
    let (stack, _) = start().await;
    for (accept, content_type) in [
        ("*/*", "application/json"),
        ("text/csv, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv; charset=utf-8; header=present"),
    ] {
        let request = stack.request("GET", "/v1/lists/1/things").header("accept", accept);
        let response = request.send().await.expect("an answer");
        assert_eq!(header(&response, "content-type"), Some(content_type), "{accept}");
        assert_eq!(header(&response, "vary"), Some("accept"), "{accept}");
    }
    let request = stack.request("GET", "/v1/lists/1/things").header("accept", "text/html");
    assert_problem!(request.send().await.expect("an answer"));
}

#[tokio::test]
async fn a_preference_that_rows_cannot_show_is_not_heeded() {
    let (stack, _) = start().await;
    let request = stack.request("GET", "/v1/lists/1/things").header("accept", "text/csv");
    let response = request.header("prefer", "count=exact").send().await.expect("an answer");
    assert_eq!(header(&response, "preference-applied"), None);
}

#[tokio::test]
async fn what_fails_on_the_first_page_is_a_problem() {
    let (stack, _) = start().await;
    let response = get(&stack, "/v1/lists/9-broken/things?pageToken=3").await;
    assert_eq!(response.status(), 500);
    assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn a_list_that_breaks_off_does_not_look_complete_over_http_1() {
    let (stack, _) = start().await;
    for list in ["2000-broken", "2000-endless"] {
        let path = format!("/v1/lists/{list}/things");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/csv\r\n");
        let answer = exchange(&stack, format!("{request}\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.300}");
        assert!(answer.contains("transfer-encoding: chunked"), "{answer:.600}");
        assert!(answer.contains(&format!("lists/{list}/things/999,")), "{list}");
        assert!(!answer.ends_with("0\r\n\r\n") && !answer.contains("secret"), "{list}");
        assert!(get(&stack, &path).await.text().await.is_err());
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_does_not_look_complete_over_http_2() {
    let (stack, _) = start().await;
    let connection = TcpStream::connect(stack.gateway).await.expect("a connection");
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(connection)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let request =
        http::Request::get(format!("http://{}/v1/lists/2000-broken/things", stack.gateway))
            .header("accept", "text/csv")
            .body(Empty::<Bytes>::new())
            .expect("a request");
    let response = sender.send_request(request).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let error = response.into_body().collect().await.expect_err("a reset");
    assert!(format!("{error:?}").contains("Reset"), "{error:?}");
}

#[tokio::test]
async fn a_slow_reader_holds_the_pages_back() {
    let (stack, lists) = start().await;
    let mut connection = connect_with_a_small_buffer(stack.gateway).await;
    let request = b"GET /v1/lists/1000000/things HTTP/1.1\r\nhost: x\r\naccept: text/csv\r\n\r\n";
    connection.write_all(request).await.expect("the request is taken");
    assert_eq!(connection.read_u8().await.expect("an answer"), b'H');
    // Nothing more is read, while the gateway does other things as long as it fetches pages.
    let mut pages = 0;
    while lists.pages() > pages {
        pages = lists.pages();
        assert!(pages < 500, "half of the list was fetched for nobody");
        for _ in 0..20 {
            assert_eq!(stack.get("/v1/lists/1:rank").await.status(), 200);
        }
    }
}

async fn connect_with_a_small_buffer(gateway: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(gateway).await.expect("a connection")
}

#[tokio::test]
async fn head_tells_of_the_list_without_fetching_it() {
    let (stack, lists) = start().await;
    let request = stack.request("HEAD", "/v1/lists/2500/things").header("accept", "text/csv");
    let response = request.send().await.expect("an answer");
    assert_eq!(header(&response, "content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(response.text().await.expect("no body"), "");
    assert_eq!(lists.pages(), 1);
}
