//! Messages as gRPC frames them: one byte that says whether it is compressed, four of its length.

use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

/// What is before each message.
const PREFIX_BYTES: usize = 5;

/// A message on its way to the server, which is not copied behind its prefix.
#[derive(Debug)]
pub(super) struct Outgoing {
    prefix: [u8; PREFIX_BYTES],
    prefix_sent: usize,
    message: Bytes,
}

impl Outgoing {
    /// Frames a message.
    ///
    /// # Errors
    /// Where its length has no room in the prefix; bodies are limited to far less.
    pub(super) fn new(message: Bytes) -> Result<Self, Malformed> {
        let length = u32::try_from(message.len()).map_err(|_| Malformed::Length)?;
        let mut prefix = [0; PREFIX_BYTES];
        prefix[1..].copy_from_slice(&length.to_be_bytes());
        Ok(Self { prefix, prefix_sent: 0, message })
    }
}

impl Outgoing {
    /// No message, at the end of those that were sent.
    pub(super) fn nothing() -> Self {
        Self { prefix: [0; PREFIX_BYTES], prefix_sent: PREFIX_BYTES, message: Bytes::new() }
    }
}

impl Buf for Outgoing {
    fn remaining(&self) -> usize {
        PREFIX_BYTES - self.prefix_sent + self.message.len()
    }

    fn chunk(&self) -> &[u8] {
        match &self.prefix[self.prefix_sent..] {
            [] => &self.message,
            prefix => prefix,
        }
    }

    fn chunks_vectored<'b>(&'b self, slices: &mut [IoSlice<'b>]) -> usize {
        let parts = [&self.prefix[self.prefix_sent..], &self.message];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let filled = slices.iter_mut().zip(parts).map(|(slice, part)| *slice = IoSlice::new(part));
        filled.count()
    }

    fn advance(&mut self, count: usize) {
        let of_prefix = count.min(PREFIX_BYTES - self.prefix_sent);
        self.prefix_sent += of_prefix;
        self.message.advance(count - of_prefix);
    }
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// It is compressed, which nobody asked for.
    #[error("a message is compressed, though no coding was accepted")]
    Compressed,
    /// It is larger than the limit.
    #[error("a message is larger than the limit")]
    TooLarge,
    /// It is larger than gRPC can say.
    #[error("a message is larger than gRPC allows")]
    Length,
    /// It breaks off.
    #[error("the last message breaks off")]
    Incomplete,
}

/// Messages that come in pieces of any size.
///
/// One that is whole in its piece, as most are, is not copied.
#[derive(Debug)]
pub(super) struct Incoming {
    max_bytes: usize,
    piece: Bytes,
    /// The beginning of a message, with its prefix, whose rest has not come yet.
    begun: BytesMut,
}

impl Incoming {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, piece: Bytes::new(), begun: BytesMut::new() }
    }

    /// Adds what came; all before has been taken.
    pub(super) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "messages are taken before more comes");
        self.piece = piece;
    }

    /// Takes the next message, if it is whole.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Malformed> {
        if self.begun.is_empty() {
            return self.next_of_piece();
        }
        self.fill(PREFIX_BYTES);
        let Some(length) = self.length(&self.begun)? else { return Ok(None) };
        let whole = PREFIX_BYTES + length;
        self.begun.reserve(whole.saturating_sub(self.begun.len()));
        self.fill(whole);
        if self.begun.len() < whole {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.begun).freeze().slice(PREFIX_BYTES..)))
    }

    /// What is left when nothing more comes: it should be nothing.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        let is_clean = self.piece.is_empty() && self.begun.is_empty();
        if is_clean { Ok(()) } else { Err(Malformed::Incomplete) }
    }

    fn next_of_piece(&mut self) -> Result<Option<Bytes>, Malformed> {
        match self.length(&self.piece)? {
            Some(length) if self.piece.len() >= PREFIX_BYTES + length => {
                self.piece.advance(PREFIX_BYTES);
                Ok(Some(self.piece.split_to(length)))
            }
            length => {
                let whole = PREFIX_BYTES + length.unwrap_or_default();
                if !self.piece.is_empty() {
                    self.begun.reserve(whole);
                }
                self.fill(usize::MAX);
                Ok(None)
            }
        }
    }

    /// The length of the message that bytes begin with, once they tell it.
    fn length(&self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let [is_compressed, length @ ..] = match bytes.first_chunk::<PREFIX_BYTES>() {
            Some(prefix) => *prefix,
            None => return Ok(None),
        };
        if is_compressed != 0 {
            return Err(Malformed::Compressed);
        }
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Malformed::Length)?;
        if length > self.max_bytes { Err(Malformed::TooLarge) } else { Ok(Some(length)) }
    }

    /// Moves bytes of the piece to the message that has begun, up to a length.
    fn fill(&mut self, length: usize) {
        let wanted = length.saturating_sub(self.begun.len()).min(self.piece.len());
        self.begun.extend_from_slice(&self.piece.split_to(wanted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(messages: &[&'static [u8]]) -> Vec<u8> {
        let frame = |message: &&'static [u8]| {
            let mut outgoing = Outgoing::new(Bytes::from_static(message)).expect("a short message");
            outgoing.copy_to_bytes(outgoing.remaining())
        };
        messages.iter().flat_map(frame).collect()
    }

    #[test]
    fn messages_are_read_however_they_are_cut() {
        let messages: [&[u8]; 5] = [b"", b"one", b"", b"a longer message", b"x"];
        let bytes = framed(&messages);
        for size in 1..=bytes.len() {
            let mut incoming = Incoming::new(100);
            let mut read = Vec::new();
            for piece in bytes.chunks(size) {
                incoming.push(Bytes::copy_from_slice(piece));
                while let Some(message) = incoming.next().expect("messages") {
                    read.push(message);
                }
            }
            assert_eq!(read, messages, "in pieces of {size}");
            assert_eq!(incoming.end(), Ok(()));
        }
    }

    #[test]
    fn what_is_no_message_is_told() {
        for (bytes, expected) in [
            (&b"\x01\0\0\0\x01x"[..], Err(Malformed::Compressed)),
            (b"\0\0\0\0\x04xxxx", Err(Malformed::TooLarge)),
            (b"\0\0\0\0\x03xxx", Ok(Some(Bytes::from_static(b"xxx")))),
            (b"\0\0\0\0\x03xx", Ok(None)),
        ] {
            for is_whole in [true, false] {
                let mut incoming = Incoming::new(3);
                let (first, rest) = bytes.split_at(usize::from(!is_whole));
                let mut read = Ok(None);
                for piece in [first, rest] {
                    incoming.push(Bytes::copy_from_slice(piece));
                    read = incoming.next();
                }
                assert_eq!(read, expected, "{bytes:?}");
                let end = if expected == Ok(None) { Err(Malformed::Incomplete) } else { Ok(()) };
                assert!(expected.is_err() || incoming.end() == end, "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_message_is_sent_behind_its_prefix_however_little_is_taken() {
        let whole = framed(&[b"message"]);
        for step in 1..=whole.len() {
            let mut outgoing = Outgoing::new(Bytes::from_static(b"message")).expect("short");
            let mut sent = Vec::new();
            while outgoing.has_remaining() {
                let mut slices = [IoSlice::new(b""); 2];
                let count = outgoing.chunks_vectored(&mut slices);
                let all: Vec<u8> =
                    slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
                assert_eq!(all, whole[sent.len()..]);
                let taken = step.min(outgoing.chunk().len());
                sent.extend_from_slice(&outgoing.chunk()[..taken]);
                outgoing.advance(taken);
            }
            assert_eq!(sent, whole);
        }
    }
}
