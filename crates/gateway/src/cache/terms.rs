//! How one answer may be kept, and what its headers say of it.

use std::time::{Duration, SystemTime};

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::transcode::{cache_policy::Languages, contract::Binding};

/// Answers to the same URL differ by who asks.
const VARY_BY_CREDENTIAL: HeaderValue = HeaderValue::from_static("authorization");

const VARY_BY_LANGUAGE: HeaderValue = HeaderValue::from_static("accept-language");

/// How the answer to one request may be kept.
#[derive(Debug)]
pub(crate) struct Terms {
    control: HeaderValue,
    by_language: bool,
    /// `None` where it is for who asks alone.
    keep: Option<Keep>,
}

/// Marks an answer that the gateway may keep for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keep {
    /// How long it may be shown, besides that what it shows must not have changed; `None` for as
    /// long as that.
    pub(super) max_age: Option<Duration>,
    /// How much longer it may be shown while another is fetched.
    pub(super) stale_while_revalidate: Duration,
    /// Of which it is in one; none where it is for readers of any.
    pub(super) languages: Languages,
}

impl Terms {
    /// How the answer to a request, of which this message was made, may be kept; `None` where nobody
    /// may.
    pub(crate) fn of(
        binding: &Binding,
        method: &Method,
        headers: &HeaderMap,
        message: &Bytes,
    ) -> Option<Self> {
        let policy = binding.cache.as_ref().filter(|_| is_read(method))?;
        let is_shared = policy.is_public && !has_credential(headers);
        let is_immutable = policy.is_immutable(&binding.input, message, SystemTime::now());
        let languages = policy.kept_languages().filter(|_| is_shared);
        let keep = languages.map(|languages| Keep {
            max_age: policy.max_age.filter(|_| !is_immutable),
            stale_while_revalidate: policy.stale_while_revalidate,
            languages: languages.clone(),
        });
        Some(Self {
            control: policy.control(is_shared, is_immutable),
            by_language: policy.by_language,
            keep,
        })
    }

    /// Says so in a good answer's headers, and to the layer.
    pub(crate) fn mark(self, response: &mut Response) {
        if ![StatusCode::OK, StatusCode::NOT_MODIFIED].contains(&response.status()) {
            return;
        }
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, self.control);
        headers.append(header::VARY, VARY_BY_CREDENTIAL);
        if self.by_language {
            headers.append(header::VARY, VARY_BY_LANGUAGE);
        }
        if let Some(keep) = self.keep {
            response.extensions_mut().insert(keep);
        }
    }
}

/// Whether a method only reads what its URL names.
pub(super) fn is_read(method: &Method) -> bool {
    [Method::GET, Method::HEAD].contains(method)
}

/// Whether a request may say who asks. The server never sees cookies, but whoever sends one has a
/// reason to be taken for somebody.
pub(super) fn has_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE)
}
