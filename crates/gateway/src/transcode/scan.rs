//! Single texts found in protobuf's bytes, without reading the message that they stand in.

use prost_reflect::{FieldDescriptor, OneofDescriptor};

use crate::transcode::json::{
    Unusual,
    wire::{Wire, WireType},
};

/// The bytes of a field at the end of a path of single fields, where it is set.
///
/// Of a field that is given twice the last counts, and of messages the last of all, as where they
/// are merged.
pub(crate) fn find<'b>(
    path: &[&FieldDescriptor],
    message: &'b [u8],
) -> Result<Option<&'b [u8]>, Unusual> {
    let mut found = None;
    find_in(path, message, &mut found)?;
    Ok(found)
}

/// The text of a field at the end of a path, where it is set.
pub(crate) fn find_text<'b>(
    path: &[&FieldDescriptor],
    message: &'b [u8],
) -> Result<Option<&'b str>, Unusual> {
    let found = find(path, message)?;
    found.map(str::from_utf8).transpose().map_err(|_| Unusual)
}

fn find_in<'b>(
    path: &[&FieldDescriptor],
    message: &'b [u8],
    found: &mut Option<&'b [u8]>,
) -> Result<(), Unusual> {
    let Some((field, inner_path)) = path.split_first() else { return Ok(()) };
    let rivals = rivals(field);
    let mut wire = Wire::new(message);
    while !wire.is_empty() {
        match wire.key()? {
            (number, wire_type) if number != field.number() => {
                if rivals.contains(&number) {
                    *found = None;
                }
                wire.skip(wire_type)?;
            }
            (_, WireType::Length) if inner_path.is_empty() => *found = Some(wire.bytes()?),
            (_, WireType::Length) => find_in(inner_path, wire.bytes()?, found)?,
            _ => return Err(Unusual),
        }
    }
    Ok(())
}

/// The other fields of a oneof, each of which unsets this one.
fn rivals(field: &FieldDescriptor) -> Vec<u32> {
    let oneof = field.containing_oneof();
    let fields = oneof.iter().flat_map(OneofDescriptor::fields);
    fields.map(|other| other.number()).filter(|number| *number != field.number()).collect()
}
