//! The issuer's public keys: a JSON Web Key Set, of which those are kept that may sign tokens.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::error::IdentityError;

/// The most bytes of a key set: one of ten keys with their certificates has 30 KiB.
pub(super) const KEY_SET_MAX_BYTES: usize = 256 * 1024;

/// The keys that may sign tokens. There is at least one.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

/// One public key, with the one algorithm that it is for.
#[derive(Debug)]
pub(super) struct Key {
    id: String,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// Why a key set is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeySetError {
    /// It is not JSON with a list `keys`.
    #[error("it is no JSON Web Key Set")]
    Unreadable(#[source] serde_json::Error),
    /// There is nothing to verify a token with.
    #[error("it holds no key with a kid that signs by RS256, ES256 or EdDSA")]
    NoKeys,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a key set; keys for other things or of kinds not known are left out, as RFC 7517 asks.
    pub(super) fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        let Document { keys } = serde_json::from_slice(json).map_err(KeySetError::Unreadable)?;
        let keys: Vec<_> = keys.into_iter().filter_map(Key::of).collect();
        if keys.is_empty() { Err(KeySetError::NoKeys) } else { Ok(Self(keys)) }
    }

    /// Whether a key has this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// The key of this id, for this algorithm: a token cannot choose how its key is used.
    pub(super) fn find(&self, id: &str, algorithm: Algorithm) -> Result<&Key, IdentityError> {
        if !self.has(id) {
            return Err(IdentityError::UnknownKey);
        }
        self.0
            .iter()
            .find(|key| key.id == id && key.algorithm == algorithm)
            .ok_or(IdentityError::AlgorithmNotAllowed)
    }
}

impl Key {
    fn of(key: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(key).ok()?;
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDSA
            }
            // A symmetric key that is published is no secret.
            _ => return None,
        };
        let common = &jwk.common;
        let is_for_this = common.key_algorithm.is_none_or(|of| of == KeyAlgorithm::from(algorithm));
        let signs = common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
        let verifies = common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        let id = jwk.common.key_id?;
        (is_for_this && signs && verifies).then_some(Self { id, algorithm, decoding })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ed25519(changes: &Value) -> Value {
        let mut key = json!({
            "kty": "OKP", "crv": "Ed25519", "kid": "k",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        key.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        key
    }

    #[test]
    fn only_keys_that_sign_tokens_are_kept() {
        for (changes, is_kept) in [
            (json!({}), true),
            (json!({ "alg": "EdDSA", "use": "sig", "key_ops": ["verify"] }), true),
            (json!({ "surprise": { "deep": [1] } }), true),
            (json!({ "alg": "RS256" }), false),
            (json!({ "alg": "HS256" }), false),
            (json!({ "alg": "none" }), false),
            (json!({ "use": "enc" }), false),
            (json!({ "key_ops": ["encrypt"] }), false),
            (json!({ "kid": null }), false),
            (json!({ "kid": 7 }), false),
            (json!({ "crv": "X25519" }), false),
            (json!({ "x": "!" }), false),
            (json!({ "kty": "oct", "k": "c2VjcmV0" }), false),
            (json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }), false),
            (json!({ "kty": "new" }), false),
        ] {
            let keys = json!({ "keys": [ed25519(&changes)] }).to_string();
            assert_eq!(KeySet::parse(keys.as_bytes()).is_ok(), is_kept, "{changes}");
        }
    }

    #[test]
    fn a_key_not_known_does_not_spoil_the_others() {
        let keys = json!({ "keys": [7, { "kty": "new" }, ed25519(&json!({}))] }).to_string();
        assert!(KeySet::parse(keys.as_bytes()).unwrap().has("k"));
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for text in ["", "{}", "[]", "null", r#"{"keys":{}}"#, r#"{"keys":[]}"#, "<html>"] {
            assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
