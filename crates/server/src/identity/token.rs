//! A JSON Web Token: its header before its key is known, its claims after.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Validation, decode, errors::ErrorKind};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::{
    credential::{CREDENTIAL_MAX_BYTES, too_long},
    error::IdentityError,
    key_set::Key,
};

/// How far the issuer's clock and ours may be apart: machines that keep their time differ by less.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// What a token says about its key. Nothing of it is verified.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// How it is signed, one of the three that are allowed.
    pub(super) algorithm: Algorithm,
    /// The key's id.
    pub(super) key_id: String,
}

/// The header as it is written; keys that it may carry or point to (`jwk`, `jku`, `x5c`) are never
/// looked at.
#[derive(Deserialize)]
struct WrittenHeader {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl Header {
    /// Reads the header of a token.
    pub(super) fn parse(token: &str) -> Result<Self, IdentityError> {
        if token.len() > CREDENTIAL_MAX_BYTES {
            return Err(too_long());
        }
        let [header, _claims, _signature] = token.split('.').collect::<Vec<_>>()[..] else {
            return Err(IdentityError::malformed("it is no JSON Web Token"));
        };
        let header = URL_SAFE_NO_PAD
            .decode(header)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| IdentityError::malformed("its header is no JSON object with an alg"))?;
        let WrittenHeader { alg, kid, crit } = header;
        let algorithm = match alg.as_str() {
            "RS256" => Algorithm::RS256,
            "ES256" => Algorithm::ES256,
            "EdDSA" => Algorithm::EdDSA,
            _ => return Err(IdentityError::AlgorithmNotAllowed),
        };
        if crit.is_some() {
            // RFC 7515: whoever does not know what is critical refuses the token.
            return Err(IdentityError::malformed("its header has critical parts, unknown here"));
        }
        let key_id = kid.ok_or_else(|| IdentityError::malformed("its header names no key"))?;
        Ok(Self { algorithm, key_id })
    }
}

/// The claims of a token, whose signature is verified with the key.
pub(super) fn verified_claims(token: &str, key: &Key) -> Result<Map<String, Value>, IdentityError> {
    let mut validation = Validation::new(key.algorithm);
    // Claims are checked below, with a clock that is an argument.
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = decode(token, &key.decoding, &validation);
    decoded.map(|token| token.claims).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => IdentityError::BadSignature,
        ErrorKind::InvalidAlgorithm => IdentityError::AlgorithmNotAllowed,
        _ => IdentityError::malformed("its parts are not JSON in base64url"),
    })
}

/// Checks that the token is of this issuer, for this audience, and valid now.
pub(super) fn check_claims(
    claims: &Map<String, Value>,
    issuer: &str,
    audience: &str,
    now: DateTime<Utc>,
) -> Result<(), IdentityError> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(IdentityError::WrongIssuer);
    }
    let is_ours = match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    };
    if !is_ours {
        return Err(IdentityError::WrongAudience);
    }
    let expires = time(claims, "exp")?
        .ok_or_else(|| IdentityError::malformed("it has no exp, so it would never expire"))?;
    if now >= expires + LEEWAY {
        return Err(IdentityError::Expired);
    }
    match time(claims, "nbf")? {
        Some(begins) if now + LEEWAY < begins => Err(IdentityError::NotYetValid),
        _ => Ok(()),
    }
}

/// A time in whole seconds since 1970, as all issuers write it.
fn time(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<DateTime<Utc>>, IdentityError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let time = value
        .as_i64()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        // So that the leeway can be added to it.
        .filter(|time| time.checked_add_signed(LEEWAY).is_some());
    match time {
        Some(time) => Ok(Some(time)),
        None => Err(IdentityError::malformed(format!("its {name} is no time in whole seconds"))),
    }
}
