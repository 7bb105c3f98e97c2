//! SDMX-JSON 2.0.0: a data message, its structure first, then observation by observation.
//!
//! What has a list of values in the structure is written as its position there, all else as it is; so
//! nothing but those lists is held.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde_json::{Value as Json, json};

use super::{Form, finish};
use crate::export::{
    sink::Sink,
    structure::{AGENCY, AGENCY_ID, Code, Column, Content, Flow, Role, Words},
    table::{Cell, MADE_BY, Table, time},
};

/// The schema of the message, by which readers know its version.
const SCHEMA: &str = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas/2.0.0/sdmx-json-data-schema.json";

pub(super) struct SdmxJson {
    sink: Sink,
    columns: Vec<Column>,
    /// Where each value stands in its column's list; empty where the column has none.
    positions: Vec<HashMap<String, usize>>,
    is_first: bool,
}

impl SdmxJson {
    pub(super) fn begin(table: Table, mut sink: Sink) -> io::Result<Self> {
        let flow = table.flow.ok_or_else(|| io::Error::other("the table is no dataflow"))?;
        let links = json!([{"rel": "dataflow", "urn": flow.urn()}]);
        let data_set = json!([time(table.as_of), MADE_BY]);
        write!(
            sink,
            r#"{{"meta":{},"data":{{"structures":[{}],"dataSets":[{{"structure":0,"action":"Information","links":{links},"attributes":{data_set},"observations":{{"#,
            meta(&table, flow),
            structure(&table.columns, flow),
        )?;
        let positions = table.columns.iter().map(|column| {
            let codes = column.content.codes().unwrap_or_default().iter().enumerate();
            codes.map(|(position, code)| (code.id.clone().into_owned(), position)).collect()
        });
        let positions = positions.collect();
        Ok(Self { sink, columns: table.columns, positions, is_first: true })
    }
}

impl Form for SdmxJson {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let Self { sink, columns, positions, is_first } = self;
        sink.write_all(if std::mem::take(is_first) { b"\n\"" } else { b",\n\"" })?;
        let cells = || columns.iter().zip(positions.iter()).zip(cells);
        let dimensions = cells().filter(|((column, _), _)| column.role == Role::Dimension);
        for (index, ((column, positions), cell)) in dimensions.enumerate() {
            if index > 0 {
                sink.write_all(b":")?;
            }
            value(sink, column, positions, cell)?;
        }
        sink.write_all(b"\":[")?;
        let values = cells()
            .filter(|((column, _), _)| matches!(column.role, Role::Measure | Role::Attribute));
        for (index, ((column, positions), cell)) in values.enumerate() {
            if index > 0 {
                sink.write_all(b",")?;
            }
            value(sink, column, positions, cell)?;
        }
        sink.write_all(b"]")
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        self.sink.write_all(b"\n}}]}}\n")?;
        finish(self.sink)
    }
}

/// Writes a value, or its position in the column's list.
fn value(
    sink: &mut Sink,
    column: &Column,
    positions: &HashMap<String, usize>,
    cell: &Cell<'_>,
) -> io::Result<()> {
    match cell {
        Cell::Empty => sink.write_all(b"null"),
        Cell::Text(text) if column.content.codes().is_some() => match positions.get(&**text) {
            Some(position) => write!(sink, "{position}"),
            None => Err(io::Error::other(format!("{} {text} is not in its list", column.id))),
        },
        Cell::Text(text) => Ok(serde_json::to_writer(sink, text)?),
        // Digit by digit as it is, as a number of JSON is text.
        Cell::Decimal(decimal) => write!(sink, "{decimal}"),
        Cell::Integer(integer) => write!(sink, "{integer}"),
        Cell::Boolean(boolean) => write!(sink, "{boolean}"),
    }
}

/// What a message of this table is known by: `SCORECARDS-2022-20260101T000000000000Z`.
pub(super) fn message_id(table: &Table, flow: Flow) -> String {
    let time_digits: String =
        time(table.as_of).chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}-{}-{time_digits}", flow.id, table.subject)
}

fn meta(table: &Table, flow: Flow) -> Json {
    json!({
        "schema": SCHEMA,
        "id": message_id(table, flow),
        // Made-up figures are no statistics.
        "test": table.is_simulated,
        // The message stands for this time whenever it is made.
        "prepared": time(table.as_of),
        "contentLanguages": ["en", "id"],
        "name": table.title.english,
        "names": names(table.title),
        "sender": {"id": AGENCY_ID, "name": AGENCY.english, "names": names(AGENCY)},
    })
}

fn names(words: Words) -> Json {
    json!({"en": words.english, "id": words.indonesian})
}

fn structure(columns: &[Column], flow: Flow) -> Json {
    let of = |role: Role| columns.iter().filter(move |column| column.role == role);
    let dimensions = of(Role::Dimension).enumerate().map(|(position, column)| {
        let mut dimension = component(column);
        dimension["keyPosition"] = position.into();
        dimension
    });
    let attributes = |role: Role, relationship: Json| -> Json {
        let attribute = |column: &Column| {
            let mut attribute = component(column);
            attribute["relationship"] = relationship.clone();
            attribute
        };
        of(role).map(attribute).collect()
    };
    json!({
        "links": [
            {"rel": "dataflow", "urn": flow.urn()},
            {"rel": "datastructure", "urn": flow.structure_urn()},
        ],
        "name": flow.words.english,
        "names": names(flow.words),
        "dataSets": [0],
        "dimensions": {"observation": dimensions.collect::<Json>()},
        "measures": {"observation": of(Role::Measure).map(component).collect::<Json>()},
        "attributes": {
            "dataSet": attributes(Role::OfFile, json!({"dataflow": {}})),
            "observation": attributes(Role::Attribute, json!({"observation": {}})),
        },
    })
}

fn component(column: &Column) -> Json {
    let mut component = json!({
        "id": column.id,
        "name": column.words.english,
        "names": names(column.words),
    });
    let (data_type, codes) = match &column.content {
        Content::Coded(codes) => {
            component["values"] = codes.iter().map(code).collect();
            return component;
        }
        Content::Listed(codes) => ("String", Some(codes)),
        Content::Text => ("String", None),
        Content::Decimal => ("Decimal", None),
        Content::Integer => ("Integer", None),
        Content::Boolean => ("Boolean", None),
        Content::Time => ("DateTime", None),
    };
    component["format"] = json!({"dataType": data_type});
    if let Some(codes) = codes {
        let listed = |code: &Code| json!({"value": code.id, "name": code.english});
        component["values"] = codes.iter().map(listed).collect();
    }
    component
}

fn code(code: &Code) -> Json {
    let Code { id, english, indonesian } = code;
    json!({"id": id, "name": english, "names": {"en": english, "id": indonesian}})
}
