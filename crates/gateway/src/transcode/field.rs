//! Paths to the fields of a message, `book.author.name`.

use std::borrow::Cow;

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, Value,
};

use crate::transcode::{
    scalar,
    violation::{Violation, reason},
};

/// A path from a message to one of its fields, or to a field of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldPath {
    parents: Vec<FieldDescriptor>,
    leaf: FieldDescriptor,
}

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldPathError {
    /// A name is not one of the message's fields.
    #[error("`{message}` has no field `{name}`")]
    Unknown {
        /// The message's name.
        message: String,
        /// The unknown name.
        name: String,
    },
    /// A field that has no fields of its own stands before the end.
    #[error("`{name}` has no fields that can be named")]
    NotAMessage {
        /// The field's name.
        name: String,
    },
}

impl FieldPath {
    /// Follows a path from a message; a field may be named as in JSON or as in the descriptor.
    pub(crate) fn resolve(message: &MessageDescriptor, path: &str) -> Result<Self, FieldPathError> {
        let mut parents = Vec::new();
        let mut names = path.split('.');
        let mut leaf = field_named(message, names.next().unwrap_or_default())?;
        for name in names {
            let inner = inner_message(&leaf)?;
            parents.push(std::mem::replace(&mut leaf, field_named(&inner, name)?));
        }
        Ok(Self { parents, leaf })
    }

    /// The field at the end.
    pub(crate) fn leaf(&self) -> &FieldDescriptor {
        &self.leaf
    }

    /// The field at the start.
    pub(crate) fn first(&self) -> &FieldDescriptor {
        self.parents.first().unwrap_or(&self.leaf)
    }

    /// All fields, from the start to the end.
    pub(crate) fn fields(&self) -> Vec<&FieldDescriptor> {
        self.parents.iter().chain([&self.leaf]).collect()
    }

    /// The path in JSON's spelling.
    pub(crate) fn json_path(&self) -> String {
        let names: Vec<_> = self.parents.iter().map(FieldDescriptor::json_name).collect();
        [names, vec![self.leaf.json_name()]].concat().join(".")
    }

    /// The value in a message, where it is set.
    pub(crate) fn get(&self, message: &DynamicMessage) -> Option<Value> {
        let holder = self.parents.iter().try_fold(message, inner_of)?;
        holder.has_field(&self.leaf).then(|| holder.get_field(&self.leaf).into_owned())
    }

    /// Another member of a oneof along the path that is set already, which setting would erase.
    pub(crate) fn rival(&self, message: &DynamicMessage) -> Option<FieldDescriptor> {
        let mut holder = Some(message);
        for field in self.parents.iter().chain([&self.leaf]) {
            let holder_now = holder?;
            let rival = field
                .containing_oneof()
                .iter()
                .flat_map(OneofDescriptor::fields)
                .find(|other| other.number() != field.number() && holder_now.has_field(other));
            if rival.is_some() {
                return rival;
            }
            holder = inner_of(holder_now, field);
        }
        None
    }

    /// Sets the value, or adds it where the field is repeated.
    pub(crate) fn put(&self, message: &mut DynamicMessage, value: Value) {
        let Some(holder) = self.holder_mut(message) else {
            return;
        };
        match holder.get_field_mut(&self.leaf) {
            Value::List(values) if self.leaf.is_list() => values.push(value),
            slot => *slot = value,
        }
    }

    /// Sets the value where none is set; another that is set already is a conflict.
    pub(crate) fn put_agreeing(
        &self,
        message: &mut DynamicMessage,
        value: Value,
        conflict: &str,
    ) -> Result<(), Violation> {
        let violation = |description: &str| {
            Violation::new(&self.json_path(), reason::CONFLICTING_VALUE, description)
        };
        if self.get(message).is_some_and(|given| given != value) {
            return Err(violation(conflict));
        }
        if let Some(rival) = self.rival(message) {
            let description = format!("excludes `{}`, which is given too", rival.json_name());
            return Err(violation(&description));
        }
        self.put(message, value);
        Ok(())
    }

    fn holder_mut<'m>(&self, message: &'m mut DynamicMessage) -> Option<&'m mut DynamicMessage> {
        self.parents
            .iter()
            .try_fold(message, |holder, parent| holder.get_field_mut(parent).as_message_mut())
    }
}

/// The field of a name, in JSON's spelling or in the descriptor's.
pub(crate) fn field_in(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message.get_field_by_json_name(name).or_else(|| message.get_field_by_name(name))
}

fn field_named(message: &MessageDescriptor, name: &str) -> Result<FieldDescriptor, FieldPathError> {
    field_in(message, name).ok_or_else(|| FieldPathError::Unknown {
        message: message.name().to_owned(),
        name: name.to_owned(),
    })
}

fn inner_message(field: &FieldDescriptor) -> Result<MessageDescriptor, FieldPathError> {
    match field.kind() {
        Kind::Message(message)
            if !field.is_list() && !field.is_map() && !scalar::is_well_known(&message) =>
        {
            Ok(message)
        }
        _ => Err(FieldPathError::NotAMessage { name: field.json_name().to_owned() }),
    }
}

fn inner_of<'m>(
    message: &'m DynamicMessage,
    field: &FieldDescriptor,
) -> Option<&'m DynamicMessage> {
    match message.get_field(field) {
        Cow::Borrowed(Value::Message(inner)) => Some(inner),
        Cow::Borrowed(_) | Cow::Owned(_) => None,
    }
}
