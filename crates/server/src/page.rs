//! Pages of lists: sizes, and tokens that are bound to the request they came from.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use takar_domain::fault::{Fault, Faults};
use takar_store::{PAGE_SIZE_MAX, Page};

/// How many rows a page has unless asked otherwise: a screenful or two.
const PAGE_SIZE_DEFAULT: u16 = 50;
/// How many bytes of the filter's hash a token carries: enough that no two filters meet by chance.
const FILTER_HASH_BYTES: usize = 8;

/// What a list request asks for beside its page; a token is good for the same request only.
pub(crate) struct FilterHash([u8; FILTER_HASH_BYTES]);

impl FilterHash {
    /// The hash of a method and its filters, in a fixed order.
    pub(crate) fn new(method: &str, filters: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in std::iter::once(&method).chain(filters) {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part);
        }
        let mut hash = [0; FILTER_HASH_BYTES];
        hash.copy_from_slice(&hasher.finalize()[..FILTER_HASH_BYTES]);
        Self(hash)
    }
}

/// Reads the page that a request asks for; `key` reads the key inside its token.
pub(crate) fn parse<Key>(
    size: i32,
    token: &str,
    filter: &FilterHash,
    key: impl FnOnce(&str) -> Result<Key, Fault>,
) -> Result<Page<Key>, Faults> {
    let mut faults = Faults::none();
    let size = faults.keep("page_size", parse_size(size));
    let after = faults.keep("page_token", parse_token(token, filter, key));
    faults.into_result(size.zip(after).map(|(size, after)| Page { after, size }))
}

/// Cuts what the store gave, which is a row more than the page where there are more, and makes the
/// token of the next page; empty at the end.
pub(crate) fn cut<Row, Key>(
    rows: &mut Vec<Row>,
    page: &Page<Key>,
    filter: &FilterHash,
    key: impl FnOnce(&Row) -> String,
) -> String {
    let size = usize::from(page.size);
    if rows.len() <= size {
        return String::new();
    }
    rows.truncate(size);
    rows.last().map(|last| write_token(&key(last), filter)).unwrap_or_default()
}

/// How long the whole list is, where that is asked for; not a query is made otherwise.
pub(crate) async fn total<F>(
    is_asked: bool,
    count: impl FnOnce() -> F,
) -> takar_store::Result<Option<i32>>
where
    F: Future<Output = takar_store::Result<i64>>,
{
    if !is_asked {
        return Ok(None);
    }
    // Boxed, as it would make the futures of all lists large.
    let total = Box::pin(count()).await?;
    // What is beyond the contract's number is more than anybody lists.
    Ok(Some(i32::try_from(total).unwrap_or(i32::MAX)))
}

/// Reads the key of a list that is ordered by a number.
pub(crate) fn parse_number<Number: std::str::FromStr>(text: &str) -> Result<Number, Fault> {
    text.parse().map_err(|_| Fault::new(text, "a number"))
}

fn parse_size(size: i32) -> Result<u16, Fault> {
    match u16::try_from(size) {
        Ok(0) => Ok(PAGE_SIZE_DEFAULT),
        Ok(size) => Ok(size.min(PAGE_SIZE_MAX)),
        Err(_) if size > 0 => Ok(PAGE_SIZE_MAX),
        Err(_) => Err(Fault::new(
            size,
            format!("0, which stands for {PAGE_SIZE_DEFAULT}, or 1 to {PAGE_SIZE_MAX}"),
        )),
    }
}

fn parse_token<Key>(
    token: &str,
    filter: &FilterHash,
    key: impl FnOnce(&str) -> Result<Key, Fault>,
) -> Result<Option<Key>, Fault> {
    if token.is_empty() {
        return Ok(None);
    }
    let fault = || {
        Fault::new(token, "the next_page_token of a page before, with the same parent and filters")
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| fault())?;
    let (hash, after) = bytes.split_at_checked(FILTER_HASH_BYTES).ok_or_else(fault)?;
    if hash != filter.0 {
        return Err(fault());
    }
    let after = std::str::from_utf8(after).map_err(|_| fault())?;
    key(after).map(Some).map_err(|_| fault())
}

fn write_token(after: &str, filter: &FilterHash) -> String {
    let mut bytes = filter.0.to_vec();
    bytes.extend_from_slice(after.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use takar_domain::name::CycleId;

    use super::*;

    fn filter() -> FilterHash {
        FilterHash::new("ListCycles", &[])
    }

    #[test]
    fn a_page_size_has_a_default_a_maximum_and_no_negative() {
        let size = |size| parse(size, "", &filter(), CycleId::parse).map(|page| page.size);
        assert_eq!(size(0), Ok(50));
        assert_eq!(size(1), Ok(1));
        assert_eq!(size(1_000), Ok(1_000));
        assert_eq!(size(1_001), Ok(1_000));
        assert_eq!(size(i32::MAX), Ok(1_000));
        assert!(size(-1).is_err());
    }

    #[test]
    fn a_token_leads_on_after_the_last_row() {
        let page = parse(2, "", &filter(), CycleId::parse).unwrap();
        let mut rows = vec!["2021", "2022", "2023"];
        let token = cut(&mut rows, &page, &filter(), ToString::to_string);
        assert_eq!(rows, ["2021", "2022"]);
        let next = parse(2, &token, &filter(), CycleId::parse).unwrap();
        assert_eq!(next.after.unwrap().as_str(), "2022");
        assert_eq!(cut(&mut vec!["2023"], &page, &filter(), ToString::to_string), "");
    }

    #[test]
    fn a_token_is_bound_to_its_filter() {
        let token = write_token("2022", &FilterHash::new("ListCycles", &["a", ""]));
        for other in
            [FilterHash::new("ListCycles", &["", "a"]), FilterHash::new("ListCohorts", &["a", ""])]
        {
            let faults = parse(0, &token, &other, CycleId::parse).unwrap_err();
            assert_eq!(faults.iter().next().unwrap().field, "page_token");
        }
        for token in ["x", "!!!!", "AAAA"] {
            assert!(parse(0, token, &filter(), CycleId::parse).is_err());
        }
    }
}
