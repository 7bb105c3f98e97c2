//! Media types and codings: what a client takes, and what it sends.

use std::{iter::successors, sync::Arc};

use http::{HeaderMap, header};
use mime::Mime;

/// A form in which an answer can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Json,
    Csv,
    /// Messages of a stream, one a line.
    JsonLines,
    /// Messages of a stream, as a browser's `EventSource` reads them.
    Events,
}

impl Form {
    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::JsonLines => "application/x-ndjson",
            Self::Events => "text/event-stream",
        }
    }

    /// How closely a range fits, if it does.
    fn specificity(self, range: &Mime) -> Option<u8> {
        let (top, sub) = self.media_type().split_once('/')?;
        match (range.type_().as_str(), range.subtype().as_str(), range.suffix()) {
            (one, other, None) if one == top && other == sub => Some(2),
            (one, "*", None) if one == top => Some(1),
            ("*", "*", None) => Some(0),
            _ => None,
        }
    }

    /// How much it is wanted, by the most specific range that covers it.
    fn quality(self, ranges: &[Mime]) -> f32 {
        let fitting =
            ranges.iter().filter_map(|range| Some((self.specificity(range)?, quality(range))));
        let closest =
            fitting.max_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        closest.map_or(0.0, |(_, quality)| quality)
    }
}

/// The form that a client wants most of those offered, and the first of equals; `None` where it
/// takes none of them.
pub(crate) fn choose(headers: &HeaderMap, offered: &[Form]) -> Option<Form> {
    let ranges: Vec<Mime> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.trim().parse().ok())
        .collect();
    // Without a range that can be read there is no wish to meet.
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let wanted = offered.iter().map(|&form| (form, form.quality(&ranges)));
    // `max_by` would give the last of equals.
    let most = wanted.rev().max_by(|one, other| one.1.total_cmp(&other.1));
    most.filter(|(_, quality)| *quality > 0.0).map(|(form, _)| form)
}

fn quality(range: &Mime) -> f32 {
    range.get_param("q").map_or(1.0, |quality| quality.as_str().parse().unwrap_or(1.0))
}

/// How an answer's bytes are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// The best first, for a client that takes several alike: zstd shrinks JSON as much as brotli
    /// does in less time, and gzip takes more time than either and shrinks less.
    const BY_PREFERENCE: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// Its name in headers, unless it is none.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }

    fn is_named(self, name: &str) -> bool {
        let is_old_name = self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip");
        is_old_name || name.eq_ignore_ascii_case(self.name().unwrap_or("identity"))
    }
}

/// The coding that suits a client best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wish {
    pub(crate) coding: Coding,
    /// Whether the client takes an answer that isn't coded, too.
    pub(crate) is_identity_taken: bool,
}

/// Reads `Accept-Encoding` (RFC 9110, 12.5.3); `None` where it excludes everything.
pub(crate) fn coding(headers: &HeaderMap) -> Option<Wish> {
    const ANY_WILL_DO: Wish = Wish { coding: Coding::Identity, is_identity_taken: true };
    let Some(first) = headers.get(header::ACCEPT_ENCODING) else {
        return Some(ANY_WILL_DO);
    };
    let mut values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let listed = match values.nth(1) {
        None => read_weighted(first.to_str().unwrap_or_default()),
        Some(_) => values_of(headers).flat_map(read_weighted).collect(),
    };
    let of = |coding: Coding| {
        let named = listed.iter().find(|(name, _)| coding.is_named(name));
        named.or_else(|| listed.iter().find(|(name, _)| *name == "*")).map(|(_, quality)| *quality)
    };
    let identity = of(Coding::Identity);
    let best = Coding::BY_PREFERENCE
        .into_iter()
        .filter_map(|coding| Some((coding, of(coding).filter(|quality| *quality > 0.0)?)))
        .reduce(|best, other| if other.1 > best.1 { other } else { best });
    let is_identity_taken = identity.is_none_or(|quality| quality > 0.0);
    let is_identity_named = listed.iter().any(|(name, _)| Coding::Identity.is_named(name));
    match best {
        // Only where it is named, and for more than any other, is it what the client wants.
        Some((_, quality)) if is_identity_named && identity > Some(quality) => Some(ANY_WILL_DO),
        Some((coding, _)) => Some(Wish { coding, is_identity_taken }),
        None => is_identity_taken.then_some(ANY_WILL_DO),
    }
}

fn values_of(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values.filter_map(|value| value.to_str().ok())
}

/// The names of a list, each with its quality.
fn read_weighted(list: &str) -> Vec<(&str, f32)> {
    let weighted = |item| {
        let (name, parameter) = str::split_once(item, ';').unwrap_or((item, ""));
        let quality = parameter.trim().strip_prefix(['q', 'Q']).and_then(|rest| {
            rest.trim_start().strip_prefix('=').and_then(|text| text.trim().parse().ok())
        });
        (name.trim(), quality.unwrap_or(1.0))
    };
    list.split(',').map(weighted).collect()
}

/// Whether `Accept-Language` wants Indonesian more than any other language, or first of equals.
pub(crate) fn prefers_indonesian(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let languages = values.filter_map(|value| value.to_str().ok()).flat_map(read_weighted);
    let wanted = languages.filter(|(_, quality)| *quality > 0.0);
    let most = wanted.reduce(|most, other| if other.1 > most.1 { other } else { most });
    most.is_some_and(|(name, _)| {
        let language = name.split('-').next().unwrap_or_default();
        language.eq_ignore_ascii_case("id")
    })
}

/// The language that suits a client best (RFC 4647, 3.4), and the first where none does; `None` where
/// none is offered.
pub(crate) fn language<'o>(headers: &HeaderMap, offered: &'o [Arc<str>]) -> Option<&'o Arc<str>> {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(read_weighted);
    let mut ranges: Vec<_> = ranges.filter(|(_, quality)| *quality > 0.0).collect();
    ranges.sort_by(|one, other| other.1.total_cmp(&one.1));
    // `en-GB` is met by `en` where there is no other, and `*` by the first.
    let shortened = |range| successors(Some(range), |range: &&str| Some(range.rsplit_once('-')?.0));
    let mut wanted = ranges.into_iter().flat_map(|(range, _)| shortened(range));
    let found = wanted.find_map(|range| offered.iter().find(|one| one.eq_ignore_ascii_case(range)));
    found.or(offered.first())
}

/// Whether a body is compressed, which nothing here undoes.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Says why a body of these headers can't be read as JSON, if it can't.
///
/// Without a Content-Type it is read as JSON, as HTTP leaves that to the server.
pub(crate) fn json_obstacle(headers: &HeaderMap) -> Option<&'static str> {
    let content_type = headers.get(header::CONTENT_TYPE)?;
    let media_type: Option<Mime> = content_type.to_str().ok().and_then(|text| text.parse().ok());
    let Some(media_type) = media_type else {
        return Some("The Content-Type can't be read.");
    };
    let is_json = media_type.type_() == mime::APPLICATION
        && (media_type.subtype() == mime::JSON || media_type.suffix() == Some(mime::JSON));
    if !is_json {
        return Some("The body must be application/json.");
    }
    let charset = media_type.get_param(mime::CHARSET);
    let is_utf8 = charset.is_none_or(|charset| charset == mime::UTF_8);
    if is_utf8 { None } else { Some("The body must be in UTF-8.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &header::HeaderName, values: &[&'static str]) -> HeaderMap {
        let values = values.iter().map(|value| http::HeaderValue::from_static(value));
        values.map(|value| (name.clone(), value)).collect()
    }

    #[test]
    fn the_most_specific_range_decides() {
        for (accept, expected) in [
            (&[][..], true),
            (&["*/*"], true),
            (&["application/*"], true),
            (&["text/html, application/json;q=0.1"], true),
            (&["text/html", "application/json"], true),
            (&["APPLICATION/JSON; charset=utf-8"], true),
            (&["text/html, */*;q=0.1"], true),
            (&["nonsense"], true),
            (&["text/html"], false),
            (&["application/problem+json"], false),
            (&["*/*, application/json;q=0"], false),
            (&["application/*;q=0, */*"], false),
            (&["application/*;q=0, application/json;q=0.5"], true),
        ] {
            let form = choose(&headers(&header::ACCEPT, accept), &[Form::Json]);
            assert_eq!(form.is_some(), expected, "{accept:?}");
        }
    }

    #[test]
    fn json_goes_before_csv_where_both_are_wanted_alike() {
        for (accept, expected) in [
            (&[][..], Some(Form::Json)),
            (&["*/*"], Some(Form::Json)),
            (&["nonsense"], Some(Form::Json)),
            (&["text/csv, application/json"], Some(Form::Json)),
            (&["text/csv, */*"], Some(Form::Json)),
            (&["text/csv"], Some(Form::Csv)),
            (&["TEXT/CSV; header=present; charset=utf-8"], Some(Form::Csv)),
            (&["text/*"], Some(Form::Csv)),
            (&["text/csv, application/json;q=0.9"], Some(Form::Csv)),
            (&["text/csv", "*/*;q=0.1"], Some(Form::Csv)),
            (&["text/csv;q=0.5, application/json;q=0.6"], Some(Form::Json)),
            (&["text/*;q=0.9, text/csv;q=0.1, */*;q=0.2"], Some(Form::Json)),
            (&["text/csv;q=0"], None),
            (&["text/*, text/csv;q=0"], None),
            (&["text/html"], None),
        ] {
            let form = choose(&headers(&header::ACCEPT, accept), &[Form::Json, Form::Csv]);
            assert_eq!(form, expected, "{accept:?}");
        }
    }

    #[test]
    fn a_body_must_be_json_in_utf8() {
        for (content_type, is_readable) in [
            ("application/json", true),
            ("application/json; charset=UTF-8", true),
            ("Application/JSON;charset=\"utf-8\"", true),
            ("application/merge-patch+json", true),
            ("application/json; charset=latin1", false),
            ("text/json", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            let headers = headers(&header::CONTENT_TYPE, &[content_type]);
            assert_eq!(json_obstacle(&headers).is_none(), is_readable, "{content_type}");
        }
    }

    #[test]
    fn the_coding_is_the_one_that_the_client_wants_most() {
        use Coding::{Brotli, Gzip, Identity, Zstd};
        for (accept, coding, is_identity_taken) in [
            (&[][..], Identity, true),
            (&[""], Identity, true),
            (&["gzip"], Gzip, true),
            (&["X-GZIP"], Gzip, true),
            (&["gzip, deflate, br, zstd"], Zstd, true),
            (&["gzip, deflate, br"], Brotli, true),
            (&["gzip", "br"], Brotli, true),
            (&["gzip;q=1.0, br;q=0.5"], Gzip, true),
            (&["gzip;q=0.2;x=y, br; q=0.1"], Gzip, true),
            (&["zstd;q=0, *"], Brotli, true),
            (&["*;q=0, gzip"], Gzip, false),
            (&["identity;q=0, gzip"], Gzip, false),
            (&["identity;q=0, *"], Zstd, false),
            (&["identity, gzip;q=0.5"], Identity, true),
            (&["identity;q=0.5, gzip;q=0.5"], Gzip, true),
            (&["*;q=0, identity"], Identity, true),
            (&["deflate"], Identity, true),
            (&["gzip;q=0"], Identity, true),
        ] {
            let headers = headers(&header::ACCEPT_ENCODING, accept);
            let wish = Wish { coding, is_identity_taken };
            assert_eq!(super::coding(&headers), Some(wish), "{accept:?}");
        }
        for accept in ["identity;q=0", "*;q=0", "identity;q=0, deflate", "identity;q=0, gzip;q=0"] {
            assert_eq!(coding(&headers(&header::ACCEPT_ENCODING, &[accept])), None, "{accept}");
        }
    }

    #[test]
    fn indonesian_is_preferred_where_no_language_is_wanted_more() {
        for (accept, expected) in [
            (&[][..], false),
            (&["id"], true),
            (&["ID-id, en;q=0.9"], true),
            (&["en;q=0.8", "id;q=0.9"], true),
            (&["id, en"], true),
            (&["en, id"], false),
            (&["en, id;q=0.9"], false),
            (&["*"], false),
            (&["id;q=0"], false),
            (&["idx"], false),
            (&[""], false),
        ] {
            let headers = headers(&header::ACCEPT_LANGUAGE, accept);
            assert_eq!(prefers_indonesian(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_language_is_one_of_those_offered_whatever_is_asked_for() {
        let offered = ["id", "en", "zh-Hant"].map(Arc::from);
        for (accept, expected) in [
            (&[][..], "id"),
            (&["en"], "en"),
            (&["EN-gb, id;q=0.9"], "en"),
            (&["id;q=0.5", "en;q=0.6"], "en"),
            (&["de, fr;q=0.9"], "id"),
            (&["de, en;q=0.1"], "en"),
            (&["en;q=0"], "id"),
            (&["zh"], "id"),
            (&["zh-hant-TW"], "zh-Hant"),
            (&["*"], "id"),
            (&["x, y, -, ;;"], "id"),
        ] {
            let headers = headers(&header::ACCEPT_LANGUAGE, accept);
            let found = language(&headers, &offered).map(|found| &**found);
            assert_eq!(found, Some(expected), "{accept:?}");
        }
        assert_eq!(language(&HeaderMap::new(), &[]), None);
    }

    #[test]
    fn a_compressed_body_is_told_by_its_encoding() {
        assert!(is_encoded(&headers(&header::CONTENT_ENCODING, &["gzip"])));
        assert!(!is_encoded(&headers(&header::CONTENT_ENCODING, &["identity"])));
    }
}
