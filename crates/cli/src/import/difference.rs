//! How what a file says differs from what is stored.

use std::collections::BTreeSet;

use prost::Message;
use serde_json::Value;

use crate::contract;

/// One field that differs, with both values as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The field's path: `components[1].weight`.
    pub(crate) field: String,
    /// What the file says.
    pub(crate) wanted: String,
    /// What is stored.
    pub(crate) existing: String,
}

/// The fields in which two messages of one kind differ, of those that a client sets.
///
/// The order of repeated fields doesn't count: the server has its own.
pub(crate) fn between<M: Message>(kind: &str, wanted: &M, existing: &M) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare(
        "",
        &contract::input_json(wanted, kind),
        &contract::input_json(existing, kind),
        &mut differences,
    );
    differences
}

fn compare(path: &str, wanted: &Value, existing: &Value, differences: &mut Vec<Difference>) {
    if wanted == existing {
        return;
    }
    match (wanted, existing) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let (left, right) = (&wanted[key], &existing[key]);
                let dot = if path.is_empty() { "" } else { "." };
                compare(&format!("{path}{dot}{key}"), left, right, differences);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            let only_wanted = without(left, right);
            let only_existing = without(right, left);
            if only_wanted.len() == only_existing.len() {
                for ((index, left), (_, right)) in only_wanted.iter().zip(&only_existing) {
                    compare(&format!("{path}[{index}]"), left, right, differences);
                }
            } else {
                let items = |items: &[(usize, &Value)]| {
                    let items = items.iter().map(|(_, item)| (*item).clone());
                    items.collect::<Value>().to_string()
                };
                differences.push(Difference {
                    field: path.to_owned(),
                    wanted: items(&only_wanted),
                    existing: items(&only_existing),
                });
            }
        }
        _ => differences.push(Difference {
            field: path.to_owned(),
            wanted: wanted.to_string(),
            existing: existing.to_string(),
        }),
    }
}

/// The items, with their places, that the others lack.
fn without<'a>(items: &'a [Value], others: &[Value]) -> Vec<(usize, &'a Value)> {
    let mut others: Vec<_> = others.iter().collect();
    let mut rest = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match others.iter().position(|other| *other == item) {
            Some(position) => {
                others.swap_remove(position);
            }
            None => rest.push((index, item)),
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use takar_proto::v1::{Cohort, cohort::Member};

    use super::*;

    fn cohort(regions: &[&str]) -> Cohort {
        let member = |region: &&str| Member {
            region: format!("regions/{region}"),
            display_name: format!("name of {region}, which only the server says"),
        };
        Cohort { members: regions.iter().map(member).collect(), ..Cohort::default() }
    }

    #[test]
    fn only_what_a_client_sets_counts_and_in_any_order() {
        let mut stored = cohort(&["33.05", "35.71"]);
        stored.name = "cohorts/stored".to_owned();
        stored.members[0].display_name = String::new();
        let same = between("Cohort", &cohort(&["35.71", "33.05"]), &stored);
        assert_eq!(same, []);
    }

    #[test]
    fn a_difference_names_its_field() {
        let differences = between("Cohort", &cohort(&["35.71", "11"]), &cohort(&["35.71", "12"]));
        let one = Difference {
            field: "members[1].region".to_owned(),
            wanted: "\"regions/11\"".to_owned(),
            existing: "\"regions/12\"".to_owned(),
        };
        assert_eq!(differences, [one]);
    }

    #[test]
    fn what_is_only_on_one_side_is_listed() {
        let differences = between("Cohort", &cohort(&["35.71"]), &cohort(&["35.71", "12"]));
        let one = Difference {
            field: "members".to_owned(),
            wanted: "[]".to_owned(),
            existing: "[{\"region\":\"regions/12\"}]".to_owned(),
        };
        assert_eq!(differences, [one]);
    }
}
