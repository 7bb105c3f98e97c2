//! Paths and their parameters: each `*` of a template is one.

use std::{collections::HashMap, fmt::Write as _};

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::{comments::Comments, example, rules};
use crate::transcode::{
    contract::Rule,
    field::FieldPath,
    options,
    template::{Segment, Variable},
};

/// A path as the document writes it.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// `/v1/regions/{region}:recode`.
    pub(crate) text: String,
    /// Its parameters, in order.
    pub(crate) parameters: Vec<PathParameter>,
}

impl Path {
    /// The names of its parameters.
    pub(crate) fn names(&self) -> Vec<String> {
        self.parameters.iter().map(|parameter| parameter.name.clone()).collect()
    }
}

/// One parameter of a path.
#[derive(Clone, Debug)]
pub(crate) struct PathParameter {
    pub(crate) name: String,
    /// The field that it is, or is part of.
    pub(crate) field: FieldDescriptor,
    /// Whether it is the whole field.
    pub(crate) is_whole_field: bool,
    /// Whether it may contain slashes.
    pub(crate) is_greedy: bool,
    /// The regular expression that it fits, where one is told.
    pub(crate) pattern: Option<String>,
    pub(crate) example: Option<String>,
}

/// The names of parameters by the shape of their path: two paths that differ only by them are one.
#[derive(Debug, Default)]
pub(crate) struct Paths(HashMap<String, Vec<String>>);

impl Paths {
    /// The path of a route.
    pub(crate) fn of(&mut self, rule: &Rule, comments: &Comments) -> Path {
        let template = &rule.template;
        let mut parameters = Vec::new();
        for (variable, field) in template.variables.iter().zip(&rule.binding.variables) {
            parameters.extend(parameters_of(&template.segments, variable, field, comments));
        }
        make_unique(&mut parameters);
        let shape = text(rule, std::iter::repeat("*"));
        let names = parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let names = self.0.entry(shape).or_insert(names);
        for (parameter, name) in parameters.iter_mut().zip(names.iter()) {
            parameter.name.clone_from(name);
        }
        Path { text: text(rule, names.iter().map(String::as_str)), parameters }
    }
}

fn text<'n>(rule: &Rule, names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let mut text = String::new();
    for segment in &rule.template.segments {
        text.push('/');
        match segment {
            Segment::Literal(literal) => text.push_str(literal),
            Segment::One | Segment::Rest => {
                let _ = write!(text, "{{{}}}", names.next().unwrap_or("*"));
            }
        }
    }
    if text.is_empty() {
        text.push('/');
    }
    if let Some(verb) = &rule.template.verb {
        let _ = write!(text, ":{verb}");
    }
    text
}

fn parameters_of(
    segments: &[Segment],
    variable: &Variable,
    path: &FieldPath,
    comments: &Comments,
) -> Vec<PathParameter> {
    let taken = &segments[variable.start..variable.end];
    let resource = options::resource_of(path.leaf());
    let names = resource.as_ref().and_then(|resource| names_of(resource, taken));
    let example = example::of_text(path.leaf(), comments);
    let example = example.as_deref().map(|example| example.split('/').collect::<Vec<_>>());
    let example = example.filter(|segments| segments.len() == taken.len());
    let mut parameters = Vec::new();
    for (index, segment) in taken.iter().enumerate() {
        if matches!(segment, Segment::Literal(_)) {
            continue;
        }
        let name = names.as_ref().map(|names| names[index].clone());
        let name = name.unwrap_or_else(|| match taken[..index].last() {
            Some(Segment::Literal(collection)) => singular(collection),
            _ => path.leaf().json_name().to_owned(),
        });
        let is_greedy = *segment == Segment::Rest;
        parameters.push(PathParameter {
            name,
            field: path.leaf().clone(),
            is_whole_field: taken.len() == 1,
            is_greedy,
            pattern: rules::of_segment(path.leaf(), taken, index),
            example: example.as_ref().map(|segments| segments[index].to_owned()),
        });
    }
    parameters
}

/// What the pattern of a resource calls each of the segments, if they are of that pattern.
fn names_of(resource: &MessageDescriptor, segments: &[Segment]) -> Option<Vec<String>> {
    let patterns = options::resource_patterns(resource);
    let names = patterns.iter().map(|pattern| -> Vec<_> { pattern.split('/').collect() });
    let fits = |names: &Vec<&str>| {
        names.len() == segments.len()
            && names.iter().zip(segments).all(|(name, segment)| match segment {
                Segment::Literal(literal) => literal == name,
                Segment::One => name.starts_with('{'),
                Segment::Rest => false,
            })
    };
    let names = names.into_iter().find(fits)?;
    Some(names.iter().map(|name| name.trim_matches(['{', '}']).to_owned()).collect())
}

/// `shelves` holds one `shelve`: only a name, where the contract gives none.
fn singular(collection: &str) -> String {
    collection.strip_suffix('s').unwrap_or(collection).to_owned()
}

/// Two parameters of one path must not have the same name.
fn make_unique(parameters: &mut [PathParameter]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for parameter in parameters {
        let count = seen.entry(parameter.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            parameter.name = format!("{}{count}", parameter.name);
        }
    }
}
