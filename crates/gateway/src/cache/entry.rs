//! One kept answer.

use std::time::{Duration, Instant};

use axum::{
    body::{self, Body, HttpBody as _},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tonic::Code;

use super::{freshness::Generation, question::Asked, terms::Keep};
use crate::{problem::AnsweredCode, respond};

/// What an entry takes besides its texts: tables of headers, and where it hangs in the store.
const OVERHEAD_BYTES: usize = 1024;

/// An answer as it left, for others who ask the same.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) asked: Asked,
    pub(super) generation: Generation,
    pub(super) keep: Keep,
    fetch_time: Instant,
    headers: HeaderMap,
    /// Those of the answer to a client who has the rest.
    not_modified_headers: HeaderMap,
    body: Bytes,
}

/// What may be done with an entry at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fitness {
    /// It is shown.
    Fresh,
    /// It is shown, while another is fetched.
    Stale,
    /// It isn't shown.
    Over,
}

/// An answer that can be kept.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) keep: Keep,
    headers: HeaderMap,
    body: Bytes,
}

impl Finished {
    /// Reads an answer that is marked as one to be kept, and whole, and not too large.
    ///
    /// # Errors
    /// The answer as it was, where it isn't.
    pub(super) async fn read(response: Response, max_bytes: usize) -> Result<Self, Response> {
        let keep = response.extensions().get::<Keep>().cloned();
        let size = response.body().size_hint().exact();
        let is_small = size.is_some_and(|size| size <= max_bytes as u64);
        let Some(keep) = keep.filter(|_| response.status() == StatusCode::OK && is_small) else {
            return Err(response);
        };
        let (mut head, body) = response.into_parts();
        // It is in memory, so there is nothing to wait for, and what is larger was refused above.
        match body::to_bytes(body, max_bytes).await {
            Ok(body) => {
                head.headers.remove(header::CONTENT_LENGTH);
                // A copy has just the size that it needs, and holds no larger buffer.
                let body = Bytes::copy_from_slice(&body);
                Ok(Self { keep, headers: head.headers, body })
            }
            Err(_) => Err(Response::from_parts(head, Body::empty())),
        }
    }

    pub(super) fn entry(self, asked: Asked, generation: Generation, fetch_time: Instant) -> Entry {
        let Self { keep, headers, body } = self;
        let not_modified_headers = respond::not_modified_headers(headers.clone());
        Entry { asked, generation, keep, fetch_time, headers, not_modified_headers, body }
    }
}

impl Entry {
    /// What may be done with it, where it is of the newest generation.
    pub(super) fn fitness(&self, now: Instant) -> Fitness {
        let age = self.age(now);
        match self.keep.max_age {
            None => Fitness::Fresh,
            Some(max_age) if age < max_age => Fitness::Fresh,
            Some(max_age) if age < max_age + self.keep.stale_while_revalidate => Fitness::Stale,
            Some(_) => Fitness::Over,
        }
    }

    /// How long ago the server was asked.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.fetch_time)
    }

    /// Answers a request, in short where its client knows the answer already.
    ///
    /// Who was the first to ask is told no age, as the answer is the server's own.
    pub(super) fn answer(&self, request: &HeaderMap, age: Option<Duration>) -> Response {
        let mut response = if let Some(tag) = respond::known_tag(request, &self.headers) {
            respond::not_modified(self.not_modified_headers.clone(), tag)
        } else {
            let mut response = Response::new(Body::from(self.body.clone()));
            *response.headers_mut() = self.headers.clone();
            response
        };
        if let Some(age) = age {
            response.headers_mut().insert(header::AGE, seconds(age));
        }
        response.extensions_mut().insert(AnsweredCode(Code::Ok));
        response
    }

    /// How much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let line_bytes =
            |(name, value): (&http::HeaderName, &HeaderValue)| name.as_str().len() + value.len();
        let headers = self.headers.iter().chain(&self.not_modified_headers).map(line_bytes);
        let headers: usize = headers.sum();
        self.body.len() + headers + self.asked.bytes() + OVERHEAD_BYTES
    }
}

/// Whole seconds, as headers have them.
fn seconds(time: Duration) -> HeaderValue {
    match time.as_secs() {
        0 => HeaderValue::from_static("0"),
        seconds => seconds.into(),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;

    use super::*;
    use crate::{
        cache::{freshness::Freshness, question::Question},
        transcode::preference::Known,
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn entry(max_age: Option<u64>, stale_seconds: u64, fetch_time: Instant) -> Entry {
        let freshness = Freshness::new();
        freshness.lease_until(fetch_time + SECOND);
        let generation = freshness.generation(fetch_time).expect("a lease");
        let keep = Keep {
            max_age: max_age.map(Duration::from_secs),
            stale_while_revalidate: Duration::from_secs(stale_seconds),
            languages: [].into(),
        };
        let finished = Finished { keep, headers: HeaderMap::new(), body: Bytes::new() };
        let request = Request::new(Body::empty());
        let question = Question::of(&request, &Known::default()).expect("a question");
        finished.entry(question.asked(), generation, fetch_time)
    }

    #[test]
    fn an_answer_is_fresh_then_stale_and_then_over() {
        let start = Instant::now();
        for (max_age, stale_seconds, seconds, expected) in [
            (None, 0, 1_000_000, Fitness::Fresh),
            (Some(10), 5, 9, Fitness::Fresh),
            (Some(10), 5, 10, Fitness::Stale),
            (Some(10), 5, 14, Fitness::Stale),
            (Some(10), 5, 15, Fitness::Over),
            (Some(10), 0, 10, Fitness::Over),
            (Some(0), 0, 0, Fitness::Over),
        ] {
            let entry = entry(max_age, stale_seconds, start);
            let fitness = entry.fitness(start + seconds * SECOND);
            assert_eq!(fitness, expected, "{max_age:?} + {stale_seconds} after {seconds}");
        }
    }

    #[test]
    fn the_age_is_told_in_whole_seconds() {
        let entry = entry(None, 0, Instant::now());
        for (milliseconds, expected) in [(0, "0"), (999, "0"), (1_000, "1"), (90_500, "90")] {
            let age = Duration::from_millis(milliseconds);
            let answer = entry.answer(&HeaderMap::new(), Some(age));
            assert_eq!(answer.headers()[header::AGE], expected);
        }
        let own = entry.answer(&HeaderMap::new(), None);
        assert!(!own.headers().contains_key(header::AGE));
    }
}
