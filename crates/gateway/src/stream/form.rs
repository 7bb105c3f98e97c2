//! How messages, and the end of them, are written.

use std::{io, sync::Arc};

use bytes::Bytes;
use http::HeaderValue;

use crate::{
    negotiate::Form,
    problem::{Occurrence, Problem},
    transcode::{
        answer::{self, AnswerError},
        contract::Binding,
    },
};

const JSON_LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A comment, which readers of events leave aside.
const HEARTBEAT: &[u8] = b": heartbeat\n\n";

/// Writes the messages of one stream.
#[derive(Debug)]
pub(super) struct Writing {
    binding: Arc<Binding>,
    form: Written,
    occurrence: Occurrence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Lines,
    Events,
    /// The bytes that the messages hold, one after the other.
    Raw,
}

impl Writing {
    pub(super) fn new(binding: Arc<Binding>, form: Form, occurrence: Occurrence) -> Self {
        let form = match form {
            _ if binding.is_answer_raw => Written::Raw,
            Form::Events => Written::Events,
            Form::Json | Form::Csv | Form::JsonLines => Written::Lines,
        };
        Self { binding, form, occurrence }
    }

    /// The media type of what is written, which the first message of raw bytes tells.
    pub(super) fn content_type(&self, first: Option<&Bytes>) -> Result<HeaderValue, AnswerError> {
        match (self.form, first) {
            (Written::Lines, _) => Ok(JSON_LINES),
            (Written::Events, _) => Ok(EVENTS),
            (Written::Raw, None) => Ok(OCTET_STREAM),
            (Written::Raw, Some(first)) => Ok(answer::raw_parts(&self.binding, first)?.0),
        }
    }

    /// Whether what is written is somebody's bytes.
    pub(super) fn is_raw(&self) -> bool {
        self.form == Written::Raw
    }

    /// Whether something may be written that is no message.
    pub(super) fn heartbeat(&self) -> Option<&'static [u8]> {
        // Not every reader of lines takes an empty one, and raw bytes are what they are.
        (self.form == Written::Events).then_some(HEARTBEAT)
    }

    /// Writes a message; nothing of it where it can't be shown.
    pub(super) fn message(&self, message: &Bytes, text: &mut Vec<u8>) -> Result<(), AnswerError> {
        let start = text.len();
        let written = self.try_message(message, text);
        if written.is_err() {
            text.truncate(start);
        }
        written
    }

    fn try_message(&self, message: &Bytes, text: &mut Vec<u8>) -> Result<(), AnswerError> {
        match self.form {
            Written::Lines => {
                answer::write_json(&self.binding, message, text)?;
                text.push(b'\n');
            }
            Written::Events => {
                if let Some(cursor) =
                    answer::cursor(&self.binding, message)?.filter(|cursor| is_event_id(cursor))
                {
                    text.extend_from_slice(b"id: ");
                    text.extend_from_slice(cursor.as_bytes());
                    text.push(b'\n');
                }
                text.extend_from_slice(b"data: ");
                answer::write_json(&self.binding, message, text)?;
                text.extend_from_slice(b"\n\n");
            }
            Written::Raw => text.extend_from_slice(&answer::raw_parts(&self.binding, message)?.1),
        }
        Ok(())
    }

    /// Writes that the stream is complete.
    pub(super) fn end(&self, text: &mut Vec<u8>) {
        match self.form {
            Written::Lines => text.extend_from_slice(b"{\"end\":{}}\n"),
            Written::Events => text.extend_from_slice(b"event: end\ndata: {}\n\n"),
            Written::Raw => {}
        }
    }

    /// Writes why the stream isn't complete.
    ///
    /// # Errors
    /// Where only a connection that breaks off can say that.
    pub(super) fn error(&self, problem: Problem, text: &mut Vec<u8>) -> io::Result<()> {
        problem.log();
        let problem = problem.of_contract(self.binding.input.parent_pool());
        let document = problem.document(&self.occurrence);
        let (before, after): (&[u8], &[u8]) = match self.form {
            Written::Lines => (b"{\"error\":", b"}\n"),
            Written::Events => (b"event: error\ndata: ", b"\n\n"),
            Written::Raw => return Err(io::Error::other("the stream broke off")),
        };
        for part in [before, &document, after] {
            text.extend_from_slice(part);
        }
        Ok(())
    }
}

/// Whether a browser reads an id as it is written; it would leave one with a NUL aside.
fn is_event_id(cursor: &str) -> bool {
    !cursor.contains(['\n', '\r', '\0'])
}
