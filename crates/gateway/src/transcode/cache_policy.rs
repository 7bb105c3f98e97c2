//! How long, and by whom, answers of a method may be kept, as the contract's `cache` option says.

use std::{
    fmt::Write as _,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderValue;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, MethodDescriptor};

use crate::transcode::{
    field::{FieldPath, FieldPathError},
    options,
};

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// How far the server's clock may be behind ours: a moment that is over here is so there, too.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(10);

/// A year, the longest that RFC 9111's ancestors allowed, and what browsers take for ever.
const IMMUTABLE: &str = "max-age=31536000, immutable";

/// Tags of languages, the usual one first; none where there is no choice.
pub(crate) type Languages = Arc<[Arc<str>]>;

/// What the option of a method is wrong about.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// `immutable_as_of` leads nowhere.
    #[error("`immutable_as_of` names no field")]
    Unknown(#[from] FieldPathError),
    /// `immutable_as_of` leads to something that is no moment.
    #[error("`immutable_as_of` names `{0}`, which is no `{TIMESTAMP}`")]
    NoMoment(String),
    /// A time is negative.
    #[error("`{0}` is negative")]
    Negative(&'static str),
    /// An old answer may be shown, but none grows old.
    #[error("`stale_while_revalidate` means nothing without a `max_age`")]
    Ageless,
    /// A language is no tag of one.
    #[error("`languages` names `{0}`, which is no tag of a language")]
    Language(String),
    /// Languages are named in which nothing differs.
    #[error("`languages` mean nothing without `by_language`")]
    OneLanguage,
}

/// The policy of a method.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CachePolicy {
    /// Whether an answer to somebody without a credential may be kept for others without one.
    pub(crate) is_public: bool,
    /// How long an answer may be shown without asking again.
    pub(crate) max_age: Option<Duration>,
    /// How much longer an old answer may be shown while a new one is fetched.
    pub(crate) stale_while_revalidate: Duration,
    /// The moment of which a request asks, if it does.
    pub(crate) immutable_as_of: Option<FieldPath>,
    /// Whether answers differ by the language that is asked for.
    pub(crate) by_language: bool,
    /// In which languages there are answers, where they differ by it and that is known.
    pub(crate) languages: Languages,
}

impl CachePolicy {
    /// Reads the option of a method, if it has one.
    ///
    /// # Errors
    /// Where it means nothing.
    pub(crate) fn find(method: &MethodDescriptor) -> Result<Option<Self>, PolicyError> {
        let Some(option) = options::cache(method) else { return Ok(None) };
        let flag = |name| option.get_field_by_name(name).and_then(|value| value.as_bool());
        let max_age = duration(&option, "max_age")?;
        let stale_while_revalidate = duration(&option, "stale_while_revalidate")?;
        if max_age.is_none() && stale_while_revalidate.is_some() {
            return Err(PolicyError::Ageless);
        }
        let by_language = flag("by_language").unwrap_or_default();
        let languages = languages(&option)?;
        if !by_language && !languages.is_empty() {
            return Err(PolicyError::OneLanguage);
        }
        let as_of = option.get_field_by_name("immutable_as_of");
        let as_of = as_of.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
        Ok(Some(Self {
            is_public: flag("public").unwrap_or_default(),
            max_age,
            stale_while_revalidate: stale_while_revalidate.unwrap_or_default(),
            immutable_as_of: moment(&method.input(), as_of)?,
            by_language,
            languages,
        }))
    }

    /// The languages of answers that may be kept for all without a credential; `None` where none may.
    pub(crate) fn kept_languages(&self) -> Option<&Languages> {
        let is_bounded = !self.by_language || !self.languages.is_empty();
        (self.is_public && is_bounded).then_some(&self.languages)
    }

    /// Whether a request asks for what was at a moment that is over.
    pub(crate) fn is_immutable(
        &self,
        input: &MessageDescriptor,
        request: &Bytes,
        now: SystemTime,
    ) -> bool {
        let Some(field) = &self.immutable_as_of else { return false };
        let request = DynamicMessage::decode(input.clone(), request.clone());
        let moment = request.ok().and_then(|request| field.get(&request));
        let moment = moment.as_ref().and_then(|value| value.as_message()).and_then(time);
        moment.is_some_and(|moment| moment + CLOCK_DIFFERENCE < now)
    }

    /// The `Cache-Control` of an answer.
    pub(crate) fn control(&self, is_shared: bool, is_immutable: bool) -> HeaderValue {
        let mut text = if is_shared { "public, " } else { "private, " }.to_owned();
        // Writing to a text doesn't fail.
        let _ = match self.max_age {
            _ if is_immutable => text.write_str(IMMUTABLE),
            None => text.write_str("no-cache"),
            Some(age) => write!(text, "max-age={}", age.as_secs()),
        };
        let stale_seconds = self.stale_while_revalidate.as_secs();
        if stale_seconds > 0 && !is_immutable {
            let _ = write!(text, ", stale-while-revalidate={stale_seconds}");
        }
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("no-store"))
    }
}

/// The field of a request that holds a moment; `None` where none is named.
fn moment(input: &MessageDescriptor, path: &str) -> Result<Option<FieldPath>, PolicyError> {
    if path.is_empty() {
        return Ok(None);
    }
    let field = FieldPath::resolve(input, path)?;
    let is_moment = match field.leaf().kind() {
        Kind::Message(message) => message.full_name() == TIMESTAMP && !field.leaf().is_list(),
        _ => false,
    };
    if is_moment { Ok(Some(field)) } else { Err(PolicyError::NoMoment(path.to_owned())) }
}

/// The languages of the option.
fn languages(option: &DynamicMessage) -> Result<Languages, PolicyError> {
    let named = option.get_field_by_name("languages");
    let named = named.as_ref().and_then(|named| named.as_list()).unwrap_or_default();
    let tag = |tag: &str| {
        let is_part = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_tag = tag.split('-').all(is_part);
        if is_tag { Ok(tag.into()) } else { Err(PolicyError::Language(tag.to_owned())) }
    };
    named.iter().filter_map(|named| named.as_str()).map(tag).collect()
}

/// A time of the option; `None` where it is absent.
fn duration(option: &DynamicMessage, name: &'static str) -> Result<Option<Duration>, PolicyError> {
    if !option.has_field_by_name(name) {
        return Ok(None);
    }
    let value = option.get_field_by_name(name);
    let seconds = value.as_ref().and_then(|value| value.as_message()).and_then(seconds);
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    seconds.map(|seconds| Some(Duration::from_secs(seconds))).ok_or(PolicyError::Negative(name))
}

/// The whole seconds of a `Duration` or a `Timestamp`, as HTTP knows no smaller ones.
fn seconds(message: &DynamicMessage) -> Option<i64> {
    message.get_field_by_name("seconds").and_then(|value| value.as_i64())
}

fn time(timestamp: &DynamicMessage) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds(timestamp)?).ok()?;
    // A second that has begun is taken for over only with its last nanosecond.
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + Duration::from_secs(1))
}
