//! The API's documentation: the `OpenAPI` document, and a page that shows it.
//!
//! Everything that the page needs is part of this program, so it works where there is no way out,
//! and nobody else learns who reads it.

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};

use crate::{respond, transcode::etag};

/// Where the document is.
const OPENAPI: &str = "/openapi.json";

/// Digits of a page's etag: 128 bits, so no two states share one.
const ETAG_CHARACTERS: usize = 32;

/// What the page may do: ask this origin only. Redoc puts its styles into the page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

/// A file that is there from the start.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    content_type: HeaderValue,
    body: Bytes,
    etag: String,
}

/// The document and the files of the page, each with its path.
pub(crate) fn pages(openapi: Vec<u8>) -> [(&'static str, Page); 5] {
    let text = |media_type, body: &'static str| Page::new(media_type, body.as_bytes().into());
    [
        (OPENAPI, Page::new("application/json", openapi.into())),
        ("/docs", text("text/html; charset=utf-8", include_str!("../assets/docs.html"))),
        ("/docs/docs.css", text("text/css; charset=utf-8", include_str!("../assets/docs.css"))),
        (
            "/docs/docs.js",
            text("text/javascript; charset=utf-8", include_str!("../assets/docs.js")),
        ),
        ("/docs/redoc.standalone.js", redoc()),
    ]
}

const REDOC: &[u8] = include_bytes!("../assets/redoc.standalone.js");
const REDOC_DIGEST: &str = include_str!("../assets/redoc.standalone.js.sha256");

/// Redoc itself, whose digest is known: read at the start, its megabyte would stay in memory though
/// few gateways are ever asked for it.
fn redoc() -> Page {
    Page {
        content_type: HeaderValue::from_static("text/javascript; charset=utf-8"),
        body: REDOC.into(),
        etag: REDOC_DIGEST.chars().take(ETAG_CHARACTERS).collect(),
    }
}

impl Page {
    fn new(content_type: &'static str, body: Bytes) -> Self {
        use std::fmt::Write as _;

        let digest = Sha256::digest(&body);
        let etag = digest[..ETAG_CHARACTERS / 2].iter().fold(String::new(), |mut etag, byte| {
            let _ = write!(etag, "{byte:02x}");
            etag
        });
        Self { content_type: HeaderValue::from_static(content_type), body, etag }
    }

    /// Answers with it, unless the client has it already.
    pub(crate) fn respond(&self, request: &HeaderMap) -> Response {
        let mut response = Response::new(self.body.clone().into());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        if let Some(etag) = etag::write(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
        respond::if_modified(request, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_no_address_of_another_host_to_load_from() {
        for (path, page) in pages(Vec::new()) {
            let text = std::str::from_utf8(&page.body).expect("text");
            for start in
                ["src:\"http", "src=\"http", "href=\"http", "url(http", "//cdn.", "@import"]
            {
                assert!(!text.contains(start), "{path}: {start}");
            }
        }
    }

    #[test]
    fn redoc_is_what_its_digest_says() {
        assert_eq!(redoc().etag, Page::new("text/javascript", REDOC.into()).etag);
    }
}
