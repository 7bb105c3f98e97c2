//! Messages as rows of a table: a column for each field, by the descriptor alone, so that every
//! page and every answer has the same.
//!
//! The fields of a single message have columns of their own, `deadline.zone`. A cell has the value
//! as JSON writes it, a text without its quotes. Values of a repeated field are joined by `|`, with
//! a backslash before one that stands in a value, as `;` is what separates cells in an Indonesian
//! spreadsheet. Maps, repeated messages and a message within itself are JSON in one cell. What
//! isn't set is an empty cell.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value as Json;

use crate::transcode::scalar;

/// With what a spreadsheet takes a text for a formula, by OWASP's list for CSV injection; some read
/// the wide forms too.
const FORMULA_BEGINNINGS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The columns of a message.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// The names in JSON that lead to the value.
    path: Vec<String>,
    /// Whether its values are joined.
    is_list: bool,
}

impl Table {
    /// Finds the columns of a message, in the order in which its fields are declared.
    pub(crate) fn of(message: &MessageDescriptor) -> Self {
        let mut columns = Vec::new();
        add_columns(message, &mut vec![message.clone()], &[], &mut columns);
        Self { columns }
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> impl Iterator<Item = String> {
        self.columns.iter().map(|column| column.path.join("."))
    }

    /// The cells of an item, from its JSON.
    pub(crate) fn row(&self, item: &Json) -> impl Iterator<Item = String> {
        self.columns.iter().map(|column| defuse(column.cell(item)))
    }
}

fn add_columns(
    message: &MessageDescriptor,
    around: &mut Vec<MessageDescriptor>,
    path: &[String],
    columns: &mut Vec<Column>,
) {
    for declared in &message.descriptor_proto().field {
        let Some(field) = message.get_field_by_name(declared.name()) else {
            continue;
        };
        let path = [path, &[field.json_name().to_owned()]].concat();
        match parts(&field).filter(|parts| !around.contains(parts)) {
            Some(parts) => {
                around.push(parts.clone());
                add_columns(&parts, around, &path, columns);
                around.pop();
            }
            None => columns.push(Column { path, is_list: is_list_of_texts(&field) }),
        }
    }
}

/// The message whose fields have columns of their own.
fn parts(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() && !field.is_map() => {
            let has_columns = !scalar::is_well_known(&message) && message.fields().len() > 0;
            has_columns.then_some(message)
        }
        _ => None,
    }
}

fn is_list_of_texts(field: &FieldDescriptor) -> bool {
    field.is_list() && scalar::is_bindable(field)
}

impl Column {
    fn cell(&self, item: &Json) -> String {
        let value = self.path.iter().try_fold(item, |value, name| value.get(name));
        match value {
            None => String::new(),
            Some(Json::Array(values)) if self.is_list => {
                let escape = |value| text(value).replace('\\', r"\\").replace('|', r"\|");
                values.iter().map(escape).collect::<Vec<_>>().join("|")
            }
            Some(value) => text(value),
        }
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Keeps a spreadsheet from running a text as a formula, by the apostrophe that marks texts there.
///
/// A negative number is none, and stays one.
fn defuse(cell: String) -> String {
    let is_formula = cell.starts_with(FORMULA_BEGINNINGS) && !is_number(&cell);
    if is_formula { format!("'{cell}") } else { cell }
}

fn is_number(cell: &str) -> bool {
    cell == "-Infinity"
        || serde_json::from_str::<serde_json::Number>(cell).is_ok()
            && !cell.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_marked_as_text_and_numbers_stay() {
        for formula in [
            "=1+1",
            "+62 812",
            "+1",
            "-",
            "-1-1",
            "--1",
            "-1e",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\n1",
            "-0x1",
            "-1 ",
            "\u{ff1d}1",
        ] {
            assert_eq!(defuse(formula.to_owned()), format!("'{formula}"));
        }
        for plain in ["", "a=1", "-1", "-1.50", "-0", "-1.5e-7", "-Infinity", "'=1", " =1", "1"] {
            assert_eq!(defuse(plain.to_owned()), plain);
        }
    }
}
