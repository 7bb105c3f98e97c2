//! Where the bytes of a file go: in pieces, as the client takes them.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

/// How large the pieces are: a few frames of HTTP/2, far less than clients of gRPC take.
const PIECE_BYTES: usize = 64 * 1024;

/// Writes from a thread that may wait.
pub(super) struct Sink {
    pieces: mpsc::Sender<Bytes>,
    piece: BytesMut,
}

impl Sink {
    pub(super) fn new(pieces: mpsc::Sender<Bytes>) -> Self {
        Self { pieces, piece: BytesMut::new() }
    }

    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece).freeze();
        self.pieces.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() { Ok(()) } else { self.send() }
    }
}
