//! The form of `cases/*.yaml`.
//!
//! A story is a list of steps that run in order on one database. A step is one call, told as a gRPC
//! request and as a REST request that mean the same, and what both must answer. A step without
//! `rpc` is about HTTP alone.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::stack::Actor;

/// A story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    /// What it is about, for people.
    #[serde(rename = "about")]
    _about: String,
    /// Who takes part, with their grants: `siti: [operator=33.05]`. Steps write the principal as
    /// `${siti}`.
    #[serde(default)]
    pub(crate) actors: BTreeMap<String, Vec<String>>,
    pub(crate) steps: Vec<Step>,
}

/// One call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// What it shows, a sentence.
    pub(crate) it: String,
    /// Who takes it; someone who may do everything unless given, `public` for nobody known.
    #[serde(rename = "as")]
    pub(crate) by: Option<String>,
    /// In place of a call: a walk of an evaluation through steps that ask for nothing.
    pub(crate) walk: Option<Walk>,
    /// The method: `RegistryService.GetRegion`; absent where only HTTP can go wrong so.
    pub(crate) rpc: Option<String>,
    /// Its request in JSON.
    #[serde(default = "empty_object")]
    pub(crate) request: Json,
    /// The same request to the gateway: `GET /v1/regions?pageSize=2`. A change that does not say
    /// which state it knows takes any.
    #[serde(default)]
    pub(crate) rest: String,
    /// Its body, where it has one.
    pub(crate) body: Option<Json>,
    /// A body that is not JSON, in place of `body`.
    pub(crate) raw: Option<Raw>,
    /// Headers that only this request has.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) expect: Expect,
    /// What later steps write as `${name}`, by its JSON pointer into the answer.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
}

/// Steps of an evaluation that ask for nothing: `submit`, `review`, `conclude`, `finalize`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    evaluation: String,
    verbs: Vec<String>,
}

impl Walk {
    fn steps(&self, it: &str, by: Option<&String>) -> Vec<Step> {
        let step = |verb: &String| {
            let (first, rest) = verb.split_at(1);
            let rpc = format!("EvaluationService.{}{rest}Evaluation", first.to_uppercase());
            Step {
                it: format!("{it}: {verb}"),
                by: by.cloned(),
                walk: None,
                rpc: Some(rpc),
                request: serde_json::json!({"name": self.evaluation}),
                rest: format!("POST /v1/{}:{verb}", self.evaluation),
                body: Some(empty_object()),
                raw: None,
                headers: BTreeMap::new(),
                expect: Expect::default(),
                save: BTreeMap::new(),
            }
        };
        self.verbs.iter().map(step).collect()
    }
}

/// A body as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    /// Its media type; empty for none.
    pub(crate) media_type: String,
    #[serde(default)]
    pub(crate) text: String,
    /// So many blanks after the text.
    #[serde(default)]
    pub(crate) blanks: usize,
}

/// What must come back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expect {
    /// The code of gRPC.
    pub(crate) code: String,
    /// The status of HTTP.
    pub(crate) http: u16,
    pub(crate) reason: String,
    /// The fields that are wrong, in JSON's spelling.
    pub(crate) fields: Vec<String>,
    /// Members that the answer has; arrays are whole.
    pub(crate) answer: Json,
    /// Headers of the answer over HTTP.
    pub(crate) headers: BTreeMap<String, String>,
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            code: "OK".to_owned(),
            http: 200,
            reason: String::new(),
            fields: Vec::new(),
            answer: empty_object(),
            headers: BTreeMap::new(),
        }
    }
}

impl Story {
    /// Reads `cases/{name}.yaml`.
    pub(crate) fn read(name: &str) -> Self {
        let path = directory().join(format!("{name}.yaml"));
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut story: Self = serde_saphyr::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let steps = story.steps.into_iter().flat_map(|step| match &step.walk {
            Some(walk) => walk.steps(&step.it, step.by.as_ref()),
            None => vec![step],
        });
        story.steps = steps.collect();
        story
    }
}

/// Where the stories are.
pub(crate) fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cases"))
}

/// What earlier steps saved.
#[derive(Debug, Default)]
pub(crate) struct Saved(BTreeMap<String, String>);

impl Saved {
    /// Keeps what `step` wants kept of its answer.
    pub(crate) fn keep(&mut self, step: &Step, answer: &Json) {
        for (name, pointer) in &step.save {
            let value = answer.pointer(pointer).and_then(Json::as_str);
            let value = value.unwrap_or_else(|| panic!("{}: no text at {pointer}", step.it));
            self.0.insert(name.clone(), value.to_owned());
        }
    }

    /// Keeps a principal.
    pub(crate) fn keep_principal(&mut self, name: &str, actor: &Actor) {
        self.0.insert(name.to_owned(), actor.principal.clone());
    }

    /// A text with what was saved in it.
    pub(crate) fn in_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        })
    }

    /// A value with what was saved in its texts.
    pub(crate) fn in_json(&self, json: &Json) -> Json {
        match json {
            Json::String(text) => Json::String(self.in_text(text)),
            Json::Array(items) => items.iter().map(|item| self.in_json(item)).collect(),
            Json::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.in_json(value))).collect()
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => json.clone(),
        }
    }
}

fn empty_object() -> Json {
    Json::Object(serde_json::Map::new())
}
