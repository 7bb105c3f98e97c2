//! Writes messages as JSON straight from protobuf's bytes, by tables made of the descriptors.
//!
//! A [`Scribe`] reads the bytes once and writes each field as it comes, so nothing is built in
//! between. It writes only what every common serializer sends: each field in one place, each key
//! of a map once. For all else it gives up as [`Unusual`], whether the bytes are merely odd (a
//! field given twice, a group, an extension) or no message at all, and [`library`] decides, which
//! reads the message first. So what the scribe writes must be right, but it need not know what is
//! wrong.
//!
//! In reading order: [`tables`], [`wire`], [`scribe`], [`well_known`], [`text`], [`library`].

mod library;
mod scribe;
mod tables;
mod text;
mod well_known;
pub(crate) mod wire;

use std::sync::Arc;

use prost::DecodeError;
use prost_reflect::{FieldDescriptor, MessageDescriptor};

use self::scribe::Scribe;
pub(crate) use self::{library::OPTIONS, tables::Tables};

/// How deep messages may stand in each other, as for prost when it reads them.
///
/// Messages within an `Any` count too, which prost can't know: each of them is read anew.
const MAX_DEPTH: u32 = 100;

/// How many times as large as a message its JSON is at most, usually: room that is too small costs a
/// copy, and of more, much would be left over.
const USUAL_GROWTH: usize = 3;

/// Bytes that only the library can tell apart: odd, or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unusual;

/// Why a message can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The bytes are not the message that the descriptors promise.
    #[error("it is not the message that its descriptor promises")]
    Decode(#[from] DecodeError),
    /// The message has no JSON form, such as a time beyond the year 9999.
    #[error("it has no JSON form")]
    Form(#[from] serde_json::Error),
    /// An `Any` holds a message that the descriptors don't describe: without them it has no JSON form.
    #[error("it holds a message of the type `{0}`, which the descriptors don't describe")]
    UnknownType(String),
    /// Messages stand in each other too often.
    #[error("it has messages in each other, more than {MAX_DEPTH} deep")]
    Depth,
}

/// Writes messages of one type, or one field of them.
#[derive(Debug)]
pub(crate) struct Writer {
    tables: Arc<Tables>,
    table: usize,
    message: MessageDescriptor,
    field: Option<FieldDescriptor>,
}

impl Writer {
    /// Makes a writer of whole messages, or of the one field that is named.
    ///
    /// The tables must be of the message's own pool.
    pub(crate) fn new(
        tables: &Arc<Tables>,
        message: &MessageDescriptor,
        field: Option<&FieldDescriptor>,
    ) -> Self {
        Self {
            tables: Arc::clone(tables),
            table: tables.index_of(message),
            message: message.clone(),
            field: field.cloned(),
        }
    }

    /// Appends the JSON of a message; `null` for a field that isn't set.
    ///
    /// # Errors
    /// Where the bytes are no such message, or it has no JSON form. Nothing is appended then.
    pub(crate) fn write(&self, message: &[u8], json: &mut Vec<u8>) -> Result<(), WriteError> {
        let start = json.len();
        // JSON is larger than its message, mostly by the names.
        json.reserve(message.len() * USUAL_GROWTH);
        if self.write_usual(message, json) == Err(Unusual) {
            json.truncate(start);
            json.extend(library::write(&self.message, self.field.as_ref(), message)?);
        }
        Ok(())
    }

    /// Makes sure that a message is written as by the library, or refused by both.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn assert_as_library(&self, message: &[u8]) {
        let mut ours = Vec::new();
        let theirs = library::write(&self.message, self.field.as_ref(), message);
        match (self.write(message, &mut ours), theirs) {
            (Ok(()), Ok(theirs)) => {
                let text = String::from_utf8_lossy;
                crate::fuzz::assert_same_json(&text(&ours), &text(&theirs));
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => panic!("{ours:?}\n{theirs:?}\nof {message:02x?}"),
        }
    }

    fn write_usual(&self, message: &[u8], json: &mut Vec<u8>) -> Result<(), Unusual> {
        let mut scribe = Scribe::new(&self.tables, json);
        let table = self.tables.message(self.table);
        match &self.field {
            Some(field) => scribe.only_field(table, field.number(), message, MAX_DEPTH),
            None => scribe.message(table, message, MAX_DEPTH),
        }
    }
}

#[cfg(test)]
mod tests;
