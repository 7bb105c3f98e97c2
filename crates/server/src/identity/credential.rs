//! The credential of a request: its `authorization` header.

use std::fmt;

use http::{HeaderMap, header::AUTHORIZATION};
use takar_domain::api_key::{API_KEY_PREFIX, ApiKey};

use super::error::IdentityError;

/// The longest credential, in bytes: tokens with some hundred roles have 4 KiB, and the transport
/// takes headers of 16 KiB.
pub(super) const CREDENTIAL_MAX_BYTES: usize = 8 * 1024;

/// The only scheme, compared without regard to case.
const SCHEME: &str = "Bearer";

/// What a request shows of who calls. `Debug` shows its kind only.
pub enum Credential<'a> {
    /// Nothing: the public.
    None,
    /// A token of the identity provider, not verified yet.
    Jwt(&'a str),
    /// An API key, not looked up yet.
    ApiKey(ApiKey),
}

impl<'a> Credential<'a> {
    /// Reads the `authorization` header: absent, or once `Bearer TOKEN` with one blank.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`] for anything else: a wrong credential is never the public.
    pub fn read(headers: &'a HeaderMap) -> Result<Self, IdentityError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(Self::None) };
        if values.next().is_some() {
            return Err(IdentityError::malformed("there is more than one authorization header"));
        }
        let token = value.to_str().ok().and_then(bearer_token).ok_or_else(|| {
            IdentityError::malformed("the authorization header is not of the form Bearer TOKEN")
        })?;
        if token.len() > CREDENTIAL_MAX_BYTES {
            return Err(too_long());
        }
        if !token.starts_with(API_KEY_PREFIX) {
            return Ok(Self::Jwt(token));
        }
        let key = ApiKey::parse(token).map_err(|_| {
            // The fault may quote what it refuses.
            IdentityError::malformed("an API key is takar_ID_SECRET, as it was handed over")
        })?;
        Ok(Self::ApiKey(key))
    }
}

fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let is_token = !token.is_empty() && token.bytes().all(is_token_byte);
    (scheme.eq_ignore_ascii_case(SCHEME) && is_token).then_some(token)
}

/// A character of RFC 6750's `b64token`.
const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// What is said of a credential that is longer than any real one.
pub(super) fn too_long() -> IdentityError {
    IdentityError::malformed(format!("it is longer than {CREDENTIAL_MAX_BYTES} bytes"))
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::Jwt(_) => formatter.write_str("Jwt(..)"),
            Self::ApiKey(key) => formatter.debug_tuple("ApiKey").field(key).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;
    use takar_domain::api_key::API_KEY_RANDOM_BYTES;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn no_header_is_the_public() {
        assert!(matches!(Credential::read(&HeaderMap::new()), Ok(Credential::None)));
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_schemes_case() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            let headers = headers(&[value]);
            assert!(matches!(Credential::read(&headers), Ok(Credential::Jwt("a.b.c"))), "{value}");
        }
    }

    #[test]
    fn an_api_key_is_told_by_its_prefix() {
        let key = ApiKey::new([7; API_KEY_RANDOM_BYTES]);
        let right = headers(&[&format!("Bearer {}", key.reveal())]);
        let credential = Credential::read(&right).unwrap();
        assert!(matches!(&credential, Credential::ApiKey(read) if read.id() == key.id()));
        assert_eq!(
            format!("{credential:?}"),
            r#"ApiKey(ApiKey { id: "hhhhhhhhhhhh", .. })"#,
            "no secret"
        );
    }

    #[test]
    fn a_wrong_credential_is_an_error_and_not_the_public() {
        let long = format!("Bearer {}", "a".repeat(CREDENTIAL_MAX_BYTES + 1));
        for values in [
            &[""] as &[_],
            &["Bearer"],
            &["Bearer "],
            &["Bearer  a.b.c"],
            &["Bearer a.b.c "],
            &["Bearer a b"],
            &["Bearer\ta.b.c"],
            &["Basic dXNlcjpwYXNz"],
            &["a.b.c"],
            &["Bearer a.b.c, Bearer d.e.f"],
            &["Bearer a.b.c", "Bearer a.b.c"],
            &["Bearer a.b.ç"],
            &["Bearer takar_"],
            &["Bearer takar_hhhhhhhhhhhh_0707"],
            &[&long],
        ] {
            let error = Credential::read(&headers(values)).unwrap_err();
            assert_eq!(error.reason(), "CREDENTIAL_MALFORMED", "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(value in "(?i:bearer)? ?(takar_)?[ -~é]{0,99}") {
            let headers = headers(&[&value]);
            match Credential::read(&headers) {
                Ok(Credential::None) => prop_assert!(false, "a header is never the public"),
                Ok(Credential::Jwt(token)) => prop_assert_eq!(token, &value["Bearer ".len()..]),
                Ok(Credential::ApiKey(key)) => {
                    prop_assert_eq!(key.reveal(), &value["Bearer ".len()..]);
                }
                Err(error) => prop_assert_eq!(error.reason(), "CREDENTIAL_MALFORMED"),
            }
        }
    }
}
