//! What came back, in the words that gRPC and REST share.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The end of the names of members whose values are other ones on each database.
const TIME: &str = "Time";
/// One that was given, by a clock on the wall.
const GIVEN: &str = "localTime";
/// Those that follow from them.
const ETAG: &str = "etag";
/// One that may hold a key.
const TOKEN: &str = "nextPageToken";
/// Those that are random, or hold what is.
const SECRETS: [&str; 4] = ["secret", "content", "hash", "headHash"];
/// How the names of keys begin, which are other ones on each database too.
const KEY: &str = "apiKeys/";

/// An answer or a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The answer as JSON.
    Message(Json),
    /// Why there is none.
    Refusal(Refusal),
}

/// A refusal, by the names that programs go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code of gRPC: `NOT_FOUND`.
    pub(crate) code: String,
    /// The reason of `ErrorInfo`.
    pub(crate) reason: String,
    /// What the refusal is about.
    pub(crate) metadata: BTreeMap<String, String>,
    /// The fields that are wrong, in JSON's spelling, each with what is said of it.
    pub(crate) fields: Vec<(String, String)>,
    /// The text for people.
    pub(crate) detail: String,
}

impl Answer {
    /// The message, where the test cannot go on without one.
    pub(crate) fn message(self) -> Json {
        match self {
            Self::Message(message) => message,
            Self::Refusal(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// The same on every database.
    pub(crate) fn without_times(self) -> Self {
        match self {
            Self::Message(message) => Self::Message(redacted(message)),
            Self::Refusal(refusal) => {
                let same = |text: &str| without_now(&without_keys(text));
                let fields = refusal.fields.iter();
                let fields = fields.map(|(name, text)| (name.clone(), same(text))).collect();
                Self::Refusal(Refusal { detail: same(&refusal.detail), fields, ..refusal })
            }
        }
    }

    /// The refusal, where the test expects one.
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::Refusal(refusal) => refusal,
            Self::Message(message) => panic!("not refused: {message}"),
        }
    }
}

impl Refusal {
    /// The names of the fields that are wrong.
    pub(crate) fn field_names(&self) -> Vec<&str> {
        self.fields.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// A path of fields as JSON spells it: `tallies[0].not_due` is `tallies[0].notDue`.
pub(crate) fn camel_case(path: &str) -> String {
    let mut spelled = String::new();
    let mut is_capital = false;
    for letter in path.chars() {
        match letter {
            '_' => is_capital = true,
            letter if is_capital => {
                spelled.push(letter.to_ascii_uppercase());
                is_capital = false;
            }
            letter => spelled.push(letter),
        }
    }
    spelled
}

/// A text whose keys are only said to be there.
fn without_keys(text: &str) -> String {
    let mut parts = text.split(KEY);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        shown + "[key]" + part.trim_start_matches(|id: char| id.is_ascii_alphanumeric())
    })
}

/// A text whose words that are times with fractions, so those of a clock, are only said to be there.
fn without_now(text: &str) -> String {
    let is_now = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_digit())
            && word.ends_with('Z')
            && word.contains('T')
            && word.contains('.')
    };
    let words = text.split(' ').map(|word| if is_now(word) { "[now]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// A message whose times, etags and keys are only said to be there.
pub(crate) fn redacted(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let member = |(name, value): (String, Json)| {
                let value = match value {
                    Json::String(_) if name.ends_with(TIME) && name != GIVEN => "[time]".into(),
                    Json::String(text) if name == ETAG && !text.is_empty() => "[etag]".into(),
                    Json::String(text) if name == TOKEN && !text.is_empty() => "[token]".into(),
                    Json::String(text) if text.starts_with(KEY) => "[key]".into(),
                    Json::String(_) if SECRETS.contains(&name.as_str()) => "[secret]".into(),
                    value => redacted(value),
                };
                (name, value)
            };
            members.into_iter().map(member).collect()
        }
        Json::Array(items) => items.into_iter().map(redacted).collect(),
        other => other,
    }
}
