//! The bare servers that Takar is measured against: the least that axum and tonic do to answer with
//! bytes known beforehand.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use bytes::Bytes;
use clap::{Parser, Subcommand};

mod freshness;
mod grpc;
mod http1;
mod sample;

/// Answers every request with bytes known beforehand.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A bare axum handler.
    Http {
        /// Where to listen.
        address: SocketAddr,
        /// The answer to every GET, with its head, as `curl --include` writes it.
        answer: PathBuf,
    },
    /// Bare tonic methods.
    Grpc {
        /// Where to listen: an address and port, or the path of a socket.
        listen: String,
        /// The message that answers every unary call.
        message: PathBuf,
        /// The message of which the streams of methods `Stream...` consist.
        #[arg(long)]
        item: Option<PathBuf>,
        /// How many of those a stream has.
        #[arg(long, default_value_t = 0)]
        item_count: usize,
    },
    /// Write the descriptors and the answers of the service that is measured.
    Sample {
        /// Where to.
        directory: PathBuf,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Http { address, answer } => http1::serve(address, read(&answer)?).await,
        Command::Grpc { listen, message, item, item_count } => {
            let item = item.as_ref().map(read).transpose()?.unwrap_or_default();
            let answers = grpc::Answers { message: read(&message)?, item, item_count };
            grpc::serve(&listen, answers).await
        }
        Command::Sample { directory } => sample::write(&directory),
    }
}

fn read(file: &PathBuf) -> anyhow::Result<Bytes> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(bytes.into())
}
