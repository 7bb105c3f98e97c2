//! A bare axum handler.

use std::net::SocketAddr;

use axum::{Router, routing, serve::ListenerExt};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;

/// Answers every GET with `body`, until the process ends.
pub(crate) async fn serve(address: SocketAddr, body: Bytes) -> anyhow::Result<()> {
    let answer = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/json")], body) }
    };
    // tonic sets it too, and so does the gateway: nobody waits for Nagle.
    let listener = TcpListener::bind(address).await?.tap_io(|connection| {
        let _unsupported = connection.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback(routing::get(answer))).await?;
    Ok(())
}
