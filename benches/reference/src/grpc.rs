//! Bare tonic methods: no message is decoded or encoded, only framed.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, BufMut, Bytes};
use takar_proto::gateway::freshness_service_server::FreshnessServiceServer;
use tokio::net::{TcpListener, UnixListener};
use tokio_stream::{Iter, iter, wrappers::UnixListenerStream};
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, ServerStreamingService, UnaryService},
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tower::Service;

use crate::freshness::Unchanging;

/// What a server answers.
#[derive(Clone)]
pub(crate) struct Answers {
    /// The answer of every unary method.
    pub(crate) message: Bytes,
    /// Each message of every streaming method, of which the name begins with `Stream`.
    pub(crate) item: Bytes,
    /// How many of those a stream has.
    pub(crate) item_count: usize,
}

/// Answers every call, until the process ends; at a path, or at an address and port.
pub(crate) async fn serve(listen: &str, answers: Answers) -> anyhow::Result<()> {
    let routes = Routes::from(axum::Router::new().fallback_service(Constant(answers)))
        .add_service(FreshnessServiceServer::new(Unchanging));
    let server = Server::builder().add_routes(routes);
    if Path::new(listen).is_absolute() {
        let listener = UnixListenerStream::new(UnixListener::bind(listen)?);
        server.serve_with_incoming(listener).await?;
    } else {
        // As takard does; otherwise each answer could wait 40 ms for an acknowledgement.
        let incoming = TcpIncoming::from(TcpListener::bind(listen).await?).with_nodelay(Some(true));
        server.serve_with_incoming(incoming).await?;
    }
    Ok(())
}

/// The service whose every method answers alike.
#[derive(Clone)]
struct Constant(Answers);

impl Service<http::Request<axum::body::Body>> for Constant {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<axum::body::Body>) -> Self::Future {
        let method = self.clone();
        let is_stream = request.uri().path().contains("/Stream");
        Box::pin(async move {
            let mut grpc = Grpc::new(Raw);
            Ok(if is_stream {
                grpc.server_streaming(method, request).await
            } else {
                grpc.unary(method, request).await
            })
        })
    }
}

impl UnaryService<Bytes> for Constant {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        ready(Ok(Response::new(self.0.message.clone())))
    }
}

impl ServerStreamingService<Bytes> for Constant {
    type Response = Bytes;
    type ResponseStream = Iter<Repeated>;
    type Future = Ready<Result<Response<Iter<Repeated>>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        let Answers { item, item_count, .. } = &self.0;
        let items = Repeated { item: item.clone(), left: *item_count };
        ready(Ok(Response::new(iter(items))))
    }
}

/// One message, as often as was asked.
struct Repeated {
    item: Bytes,
    left: usize,
}

impl Iterator for Repeated {
    type Item = Result<Bytes, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(Ok(self.item.clone()))
    }
}

/// Messages as the bytes that they are.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}
