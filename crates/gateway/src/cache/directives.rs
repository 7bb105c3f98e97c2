//! What a request says about answers that are kept (RFC 9111, 5.2.1).

use std::time::Duration;

use http::{HeaderMap, header};

/// What `Cache-Control` of a request says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// Whether the server must be asked: `no-cache`, `max-age=0`, or `min-fresh`, as nobody knows how
    /// long what is kept will hold. What it answers is kept for others.
    pub(super) is_kept_refused: bool,
    /// Whether the answer must not be kept, `no-store`.
    pub(super) is_keeping_refused: bool,
    /// Whether the server must not be asked, `only-if-cached`.
    pub(super) is_only_kept: bool,
    /// How old an answer may be.
    pub(super) max_age: Option<Duration>,
}

impl Directives {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        if !headers.contains_key(header::CACHE_CONTROL) {
            return found;
        }
        let values = headers.get_all(header::CACHE_CONTROL).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        for directive in texts.flat_map(|text| text.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            found.add(name.trim().to_ascii_lowercase().as_str(), value.trim().trim_matches('"'));
        }
        found
    }

    fn add(&mut self, name: &str, value: &str) {
        match name {
            "no-cache" | "min-fresh" => self.is_kept_refused = true,
            "no-store" => self.is_keeping_refused = true,
            "only-if-cached" => self.is_only_kept = true,
            "max-age" => match value.parse() {
                Ok(0) => self.is_kept_refused = true,
                Ok(seconds) => self.max_age = Some(Duration::from_secs(seconds)),
                // Too large to read is no limit, and so is what can't be read.
                Err(_) => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn directives_are_read_in_any_case_and_from_all_lines() {
        const NONE: Directives = Directives {
            is_kept_refused: false,
            is_keeping_refused: false,
            is_only_kept: false,
            max_age: None,
        };
        const REFUSED: Directives = Directives { is_kept_refused: true, ..NONE };
        const OF_A_MINUTE: Directives =
            Directives { max_age: Some(Duration::from_mins(1)), ..NONE };
        for (values, expected) in [
            (&[][..], NONE),
            (&["", "max-stale=5, no-transform"], NONE),
            (&["no-cache"], REFUSED),
            (&["No-Store"], Directives { is_keeping_refused: true, ..NONE }),
            (&["max-age=0"], REFUSED),
            (&["min-fresh=1"], REFUSED),
            (&["max-age=60"], OF_A_MINUTE),
            (&["max-age=\"60\""], OF_A_MINUTE),
            (&["max-age=x, max-age=99999999999999999999"], NONE),
            (&["max-age = 60", "only-if-cached"], Directives { is_only_kept: true, ..OF_A_MINUTE }),
        ] {
            let values = values.iter().map(|value| HeaderValue::from_static(value));
            let headers = values.map(|value| (header::CACHE_CONTROL, value)).collect();
            assert_eq!(Directives::of(&headers), expected, "{headers:?}");
        }
    }
}
