//! What a request asks for, as far as the answer depends on it: by this a kept answer is found.

use std::hash::{BuildHasher, Hash, Hasher as _, RandomState};

use axum::extract::Request;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::negotiate::{self, Form, Wish};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Question<'r> {
    target: &'r str,
    headers: &'r HeaderMap,
    variant: Variant,
}

/// What an answer was given to.
#[derive(Debug)]
pub(super) struct Asked {
    /// The path and the query, as they were written: `%41` and `A` are two, as nobody here knows
    /// what they mean to the server.
    target: Box<str>,
    variant: Variant,
    /// Of an answer that differs by it.
    languages: Option<Box<[HeaderValue]>>,
}

/// Which of the answers to one URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Variant {
    forms: Forms,
    wish: Wish,
    preferences: Vec<HeaderValue>,
}

/// Which forms a client takes, and which of them first: what is chosen of them depends on which are
/// offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Forms {
    is_json_taken: bool,
    of_list: Option<Form>,
}

impl Forms {
    const JSON: Self = Self { is_json_taken: true, of_list: Some(Form::Json) };

    fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter();
        match (values.next().map(HeaderValue::as_bytes), values.next()) {
            // What most programs send is not worth to be read.
            (None | Some(b"*/*" | b"application/json"), None) => Self::JSON,
            _ => Self {
                is_json_taken: negotiate::choose(headers, &[Form::Json]).is_some(),
                of_list: negotiate::choose(headers, &[Form::Json, Form::Csv]),
            },
        }
    }
}

impl<'r> Question<'r> {
    /// Reads what a request asks for; `None` where there is no answer to it.
    pub(super) fn of(request: &'r Request) -> Option<Self> {
        let headers = request.headers();
        let variant = Variant {
            forms: Forms::of(headers),
            wish: negotiate::coding(headers)?,
            preferences: headers.get_all(PREFER).iter().cloned().collect(),
        };
        let target = request.uri().path_and_query()?.as_str();
        Some(Self { target, headers, variant })
    }

    /// Its hash, but for the language.
    pub(super) fn hash(&self, hashes: &RandomState) -> u64 {
        hashes.hash_one((self.target, &self.variant))
    }

    /// Its hash with the language.
    pub(super) fn hash_with_language(&self, hashes: &RandomState) -> u64 {
        let mut whole = hashes.build_hasher();
        self.hash(hashes).hash(&mut whole);
        self.languages().for_each(|language| language.hash(&mut whole));
        whole.finish()
    }

    /// Whether an answer that was given to `asked` answers this.
    ///
    /// All of it is compared: two hashes may be the same.
    pub(super) fn is_answered_by(&self, asked: &Asked) -> bool {
        *self.target == *asked.target
            && self.variant == asked.variant
            && asked
                .languages
                .as_ref()
                .is_none_or(|languages| self.languages().eq(languages.iter()))
    }

    /// What is kept of it with an answer.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            target: self.target.into(),
            variant: self.variant.clone(),
            languages: Some(self.languages().cloned().collect()),
        }
    }

    fn languages(&self) -> impl Iterator<Item = &'r HeaderValue> {
        self.headers.get_all(header::ACCEPT_LANGUAGE).iter()
    }
}

impl Asked {
    /// The same, whatever the language.
    pub(super) fn in_any_language(self) -> Self {
        Self { languages: None, ..self }
    }

    /// How much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let languages = self.languages.iter().flatten();
        let values = self.variant.preferences.iter().chain(languages);
        self.target.len() + values.map(HeaderValue::len).sum::<usize>()
    }
}
