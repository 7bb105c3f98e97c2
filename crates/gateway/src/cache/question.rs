//! What a request asks for, as far as the answer depends on it: by this a kept answer is found.

use std::{
    hash::{BuildHasher, Hash, Hasher as _, RandomState},
    sync::Arc,
};

use axum::extract::Request;
use http::{HeaderMap, HeaderValue, header};

use crate::{
    negotiate::{self, Form, Wish},
    transcode::{cache_policy::Languages, preference::Known},
};

/// What a request asks for.
///
/// Of its headers only what answers can differ by, so that nobody can have one answer kept in many
/// copies: which of the forms, codings, preferences and languages there are, however they are asked
/// for.
#[derive(Debug)]
pub(super) struct Question<'r> {
    target: &'r str,
    headers: &'r HeaderMap,
    variant: Variant,
    language: Option<Arc<str>>,
}

/// What an answer was given to.
#[derive(Debug)]
pub(super) struct Asked {
    /// The path and the query, as they were written: `%41` and `A` are two, as nobody here knows
    /// what they mean to the server.
    target: Box<str>,
    variant: Variant,
    /// Of an answer that differs by it.
    language: Option<Arc<str>>,
}

/// Which of the answers to one URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Variant {
    forms: Forms,
    wish: Wish,
    /// Those of the contract's, by their places.
    preferences: Vec<usize>,
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
    /// Reads what a request asks for, but for the language; `None` where there is no answer to it.
    pub(super) fn of(request: &'r Request, known: &Known) -> Option<Self> {
        let headers = request.headers();
        let variant = Variant {
            forms: Forms::of(headers),
            wish: negotiate::coding(headers)?,
            preferences: known.given(headers),
        };
        let target = request.uri().path_and_query()?.as_str();
        Some(Self { target, headers, variant, language: None })
    }

    /// The same in that one of these languages which suits the client, where there are any.
    pub(super) fn in_one_of(self, languages: &Languages) -> Self {
        let language = negotiate::language(self.headers, languages).cloned();
        Self { language, ..self }
    }

    /// Its hash, but for the language.
    pub(super) fn hash(&self, hashes: &RandomState) -> u64 {
        hashes.hash_one((self.target, &self.variant))
    }

    /// Its hash with the language.
    pub(super) fn hash_with_language(&self, hashes: &RandomState) -> u64 {
        let mut whole = hashes.build_hasher();
        self.hash(hashes).hash(&mut whole);
        self.language.hash(&mut whole);
        whole.finish()
    }

    /// Whether an answer that was given to `asked` answers this.
    ///
    /// All of it is compared: two hashes may be the same.
    pub(super) fn is_answered_by(&self, asked: &Asked) -> bool {
        *self.target == *asked.target
            && self.variant == asked.variant
            && self.language == asked.language
    }

    /// What is kept of it with an answer.
    pub(super) fn asked(&self) -> Asked {
        let Self { target, headers: _, variant, language } = self;
        let (variant, language) = (variant.clone(), language.clone());
        Asked { target: (*target).into(), variant, language }
    }
}

impl Asked {
    /// The language of an answer that differs by it.
    pub(super) fn language(&self) -> Option<HeaderValue> {
        self.language.as_deref().and_then(|language| HeaderValue::try_from(language).ok())
    }

    /// How much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.target.len() + size_of_val(&*self.variant.preferences)
    }
}
