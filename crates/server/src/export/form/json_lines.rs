//! JSON lines: an object a row, whose members are the columns.

use std::io::{self, Write as _};

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::{Form, finish};
use crate::export::{
    sink::Sink,
    table::{Cell, Table},
};

pub(super) struct JsonLines {
    sink: Sink,
    /// The members' names, in the order of the columns.
    names: Vec<String>,
}

struct Line<'a> {
    names: &'a [String],
    cells: &'a [Cell<'a>],
}

impl JsonLines {
    pub(super) fn begin(table: &Table, sink: Sink) -> Self {
        let names = table.columns.iter().map(|column| lower_camel_case(column.id)).collect();
        Self { sink, names }
    }
}

impl Form for JsonLines {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        serde_json::to_writer(&mut self.sink, &Line { names: &self.names, cells })?;
        self.sink.write_all(b"\n")
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        finish(self.sink)
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (name, cell) in self.names.iter().zip(self.cells) {
            match cell {
                Cell::Empty => map.serialize_entry(name, &())?,
                Cell::Text(text) => map.serialize_entry(name, text)?,
                // As in the API: a number of JSON would be read as a binary fraction.
                Cell::Decimal(decimal) => map.serialize_entry(name, decimal)?,
                Cell::Integer(integer) => map.serialize_entry(name, integer)?,
                Cell::Boolean(boolean) => map.serialize_entry(name, boolean)?,
            }
        }
        map.end()
    }
}

/// `OBS_VALUE` as `obsValue`.
fn lower_camel_case(id: &str) -> String {
    let mut name = String::new();
    for (index, word) in id.split('_').enumerate() {
        let (first, rest) = word.split_at(usize::from(index > 0).min(word.len()));
        name.push_str(first);
        name.push_str(&rest.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_named_as_a_field_of_the_api() {
        for (id, name) in [
            ("OBS_VALUE", "obsValue"),
            ("REF_AREA_NAME", "refAreaName"),
            ("CYCLE", "cycle"),
            ("AS_OF", "asOf"),
        ] {
            assert_eq!(lower_camel_case(id), name);
        }
    }
}
