//! A bare axum handler that answers with a recorded answer.

use std::net::SocketAddr;

use anyhow::Context;
use axum::{Router, body::Body, response::Response, routing, serve::ListenerExt};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::net::TcpListener;

/// Headers that belong to a connection, not to an answer: the server writes its own.
const OF_THE_CONNECTION: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

/// Answers every GET with `recorded`, which is an answer of HTTP as it went over the wire, until the
/// process ends.
pub(crate) async fn serve(address: SocketAddr, recorded: Bytes) -> anyhow::Result<()> {
    let (status, headers, body) = parse(&recorded)?;
    let answer = move || {
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = status;
        *response.headers_mut() = headers.clone();
        async move { response }
    };
    // tonic sets it too, and so does the gateway: nobody waits for Nagle.
    let listener = TcpListener::bind(address).await?.tap_io(|connection| {
        let _unsupported = connection.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback(routing::get(answer))).await?;
    Ok(())
}

fn parse(recorded: &Bytes) -> anyhow::Result<(StatusCode, HeaderMap, Bytes)> {
    const END_OF_HEAD: &[u8] = b"\r\n\r\n";
    let end = recorded.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD);
    let end = end.context("the answer has no end of its head")?;
    let mut lines = std::str::from_utf8(&recorded[..end])?.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").context("a header without a value")?;
        if !OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str()) {
            headers.append(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
        }
    }
    Ok((status.parse()?, headers, recorded.slice(end + END_OF_HEAD.len()..)))
}
