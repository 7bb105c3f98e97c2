//! gRPC services of the tests, bytes in and bytes out: each says only what it answers.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf as _, BufMut as _, Bytes};
use tokio::net::TcpListener;
use tokio_stream::{Stream, wrappers::TcpListenerStream};
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::NamedService,
    transport::server::Router,
};

/// A service that no code was generated for.
pub(crate) trait Serve: Clone + Send + Sync + 'static {
    /// Its full name.
    const NAME: &'static str;

    /// Answers a call of the method of this name.
    fn serve(
        self,
        method: String,
        request: http::Request<Body>,
    ) -> impl Future<Output = http::Response<Body>> + Send;
}

/// Such a service as tonic's server takes it.
#[derive(Clone)]
pub(crate) struct Grpc<S>(pub(crate) S);

impl<S: Serve> NamedService for Grpc<S> {
    const NAME: &'static str = S::NAME;
}

impl<S: Serve> tower::Service<http::Request<Body>> for Grpc<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let service = self.0.clone();
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        Box::pin(async move { Ok(service.serve(method, request).await) })
    }
}

/// Answers a call once.
pub(crate) async fn unary<A, F>(request: http::Request<Body>, answer: A) -> http::Response<Body>
where
    A: FnOnce(Request<Bytes>) -> F,
    F: Future<Output = Result<Response<Bytes>, Status>>,
{
    let mut answer = Some(answer);
    let once = tower::service_fn(move |request| (answer.take().expect("one request"))(request));
    server().unary(once, request).await
}

/// The messages of a stream.
pub(crate) type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// Answers a call with a stream.
pub(crate) async fn streaming<A>(request: http::Request<Body>, answer: A) -> http::Response<Body>
where
    A: FnOnce(Request<Bytes>) -> Result<Response<Messages>, Status>,
{
    let mut answer = Some(answer);
    let once = tower::service_fn(move |request| {
        std::future::ready((answer.take().expect("one request"))(request))
    });
    server().server_streaming(once, request).await
}

fn server() -> tonic::server::Grpc<BytesCodec> {
    tonic::server::Grpc::new(BytesCodec)
        .max_encoding_message_size(usize::MAX)
        .max_decoding_message_size(usize::MAX)
}

/// A server with one service.
pub(crate) fn router<S: Serve>(service: S) -> Router {
    tonic::transport::Server::builder().add_service(Grpc(service))
}

/// Starts a server on a port of its own.
pub(crate) async fn start(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// Messages as the bytes they are.
#[derive(Clone, Copy)]
struct BytesCodec;

impl Codec for BytesCodec {
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

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
