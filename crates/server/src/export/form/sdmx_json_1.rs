//! SDMX-JSON 1.0 as its working draft has it, which today's readers know: sdmx1 reads no other.
//!
//! Whatever stands beside the value is an index here, so a column needs a list. Columns of codes have
//! one; those of counts and of truths get theirs from the few values that are met, and the structure
//! stands behind the data therefore. Texts, times and further decimals, of which there may be as many
//! as there are rows, are left to the other forms.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, Write as _},
};

use serde_json::{Value as Json, json};

use super::{Form, finish, sdmx_json::message_id};
use crate::export::{
    sink::Sink,
    structure::{AGENCY, AGENCY_ID, Code, Column, Content, Flow, Role},
    table::{Cell, MADE_BY, Table, time},
};

pub(super) struct SdmxJson1 {
    sink: Sink,
    flow: Flow,
    table: Table,
    /// Of each column that has one.
    lists: Vec<Option<List>>,
    is_first: bool,
}

/// What stands in a column, by its position.
struct List {
    codes: Vec<Code>,
    positions: HashMap<String, usize>,
    /// Whether what is met is added.
    is_open: bool,
}

impl SdmxJson1 {
    pub(super) fn begin(table: Table, mut sink: Sink) -> io::Result<Self> {
        let flow = table.flow.ok_or_else(|| io::Error::other("the table is no dataflow"))?;
        let header = json!({
            "id": message_id(&table, flow),
            "test": table.is_simulated,
            "prepared": time(table.as_of),
            "sender": {"id": AGENCY_ID, "name": AGENCY.english},
        });
        let links = links(flow);
        // Each of the file's attributes has one value, the first.
        let of_file = vec![0; of_role(&table, Role::OfFile).count()];
        write!(
            sink,
            r#"{{"header":{header},"dataSets":[{{"action":"Information","links":{links},"attributes":{},"observations":{{"#,
            json!(of_file),
        )?;
        let lists = table.columns.iter().map(|column| List::of(&column.content)).collect();
        Ok(Self { sink, flow, table, lists, is_first: true })
    }

    /// The structure, which has met all values.
    fn structure(&self) -> Json {
        let Self { flow, table, lists, .. } = self;
        let listed = |role: Role| {
            let columns = table.columns.iter().zip(lists).filter(move |(it, _)| it.role == role);
            columns.filter_map(|(column, list)| Some((column, list.as_ref()?)))
        };
        let dimensions = listed(Role::Dimension).enumerate().map(|(position, (column, list))| {
            let mut dimension = component(column, &list.codes);
            dimension["keyPosition"] = position.into();
            dimension
        });
        let attributes = listed(Role::Attribute).map(|(column, list)| {
            let mut attribute = component(column, &list.codes);
            attribute["relationship"] = json!({"primaryMeasure": "OBS_VALUE"});
            attribute
        });
        let of_file = of_role(table, Role::OfFile).zip([time(table.as_of), MADE_BY.to_owned()]);
        let of_file = of_file.map(|(column, value)| {
            let mut attribute = component(column, &[Code::named(value.clone(), value)]);
            attribute["relationship"] = json!({"none": {}});
            attribute
        });
        json!({
            "links": links(*flow),
            "name": flow.words.english,
            "dimensions": {"observation": dimensions.collect::<Json>()},
            "attributes": {
                "dataSet": of_file.collect::<Json>(),
                "observation": attributes.collect::<Json>(),
            },
        })
    }
}

impl Form for SdmxJson1 {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let Self { sink, table, lists, is_first, .. } = self;
        sink.write_all(if std::mem::take(is_first) { b"\n\"" } else { b",\n\"" })?;
        let mut separator: &[u8] = b"";
        let columns = || table.columns.iter().zip(cells);
        for ((column, cell), list) in columns().zip(lists.iter_mut()) {
            if let (Role::Dimension, Some(list)) = (column.role, list) {
                sink.write_all(separator)?;
                list.write(column, cell, sink)?;
                separator = b":";
            }
        }
        sink.write_all(b"\":[")?;
        match columns().find(|(column, _)| column.role == Role::Measure) {
            Some((_, Cell::Decimal(decimal))) => write!(sink, "{decimal}")?,
            _ => sink.write_all(b"null")?,
        }
        for ((column, cell), list) in columns().zip(lists.iter_mut()) {
            if let (Role::Attribute, Some(list)) = (column.role, list) {
                sink.write_all(b",")?;
                list.write(column, cell, sink)?;
            }
        }
        sink.write_all(b"]")
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        let structure = self.structure();
        write!(self.sink, "\n}}}}],\"structure\":{structure}}}\n")?;
        finish(self.sink)
    }
}

impl List {
    /// That of a column; `None` where it may grow with the rows.
    fn of(content: &Content) -> Option<Self> {
        let (codes, is_open) = match content {
            Content::Coded(codes) | Content::Listed(codes) => (codes.clone(), false),
            Content::Integer | Content::Boolean => (Vec::new(), true),
            Content::Text | Content::Decimal | Content::Time => return None,
        };
        let ids = codes.iter().enumerate();
        let positions = ids.map(|(position, code)| (code.id.clone().into_owned(), position));
        Some(Self { positions: positions.collect(), codes, is_open })
    }

    /// Writes the position of what stands in a cell.
    fn write(&mut self, column: &Column, cell: &Cell<'_>, sink: &mut Sink) -> io::Result<()> {
        let id = match cell {
            Cell::Empty => return sink.write_all(b"null"),
            Cell::Text(text) => Cow::Borrowed(text.as_ref()),
            Cell::Decimal(decimal) => Cow::Owned(decimal.to_string()),
            Cell::Integer(integer) => Cow::Owned(integer.to_string()),
            Cell::Boolean(boolean) => Cow::Borrowed(if *boolean { "true" } else { "false" }),
        };
        let position = match self.positions.get(&*id) {
            Some(position) => *position,
            None if self.is_open => self.add(id.into_owned()),
            None => return Err(io::Error::other(format!("{} {id} is not in its list", column.id))),
        };
        write!(sink, "{position}")
    }

    fn add(&mut self, id: String) -> usize {
        let position = self.codes.len();
        self.positions.insert(id.clone(), position);
        self.codes.push(Code::named(id.clone(), id));
        position
    }
}

fn of_role(table: &Table, role: Role) -> impl Iterator<Item = &Column> {
    table.columns.iter().filter(move |column| column.role == role)
}

fn links(flow: Flow) -> Json {
    json!([{"rel": "dataflow", "urn": flow.urn()}])
}

/// A component, in English: the draft knows one language.
fn component(column: &Column, codes: &[Code]) -> Json {
    let value = |code: &Code| json!({"id": code.id, "name": code.english});
    json!({
        "id": column.id,
        "name": column.words.english,
        "values": codes.iter().map(value).collect::<Json>(),
    })
}
