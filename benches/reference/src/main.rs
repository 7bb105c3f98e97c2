//! The bare servers that `benches/run.sh` measures Takar against: the least that axum and tonic do
//! to answer with bytes known beforehand.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};

mod grpc;
mod http1;

/// Answers every request with the bytes of one file.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    server: Server,
}

#[derive(Subcommand)]
enum Server {
    /// A bare axum handler: the file is the body of every GET, as JSON.
    Http(Answer),
    /// A bare tonic method: the file is the message of every unary call to `EvaluationService`.
    Grpc(Answer),
}

#[derive(clap::Args)]
struct Answer {
    /// Where to listen.
    address: SocketAddr,
    /// The file with the answer.
    file: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().server {
        Server::Http(answer) => http1::serve(answer.address, answer.read()?).await,
        Server::Grpc(answer) => grpc::serve(answer.address, answer.read()?).await,
    }
}

impl Answer {
    fn read(&self) -> anyhow::Result<bytes::Bytes> {
        let bytes = std::fs::read(&self.file)
            .with_context(|| format!("cannot read the answer, {}", self.file.display()))?;
        Ok(bytes.into())
    }
}
