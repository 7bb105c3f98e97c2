//! An identity provider of a test's own: its keys in a file, and tokens by them.

use std::{
    fs,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value as Json, json};
use takar_server::identity::IdentityTable;
use tempfile::TempDir;

const ISSUER: &str = "https://sso.test/realms/takar";
const AUDIENCE: &str = "takar";
/// How long a token holds, in seconds: longer than any test.
const LIFETIME_SECONDS: i64 = 600;

/// A provider that publishes its keys as a file.
pub(crate) struct Provider {
    directory: TempDir,
}

impl Provider {
    /// A provider with these keys.
    pub(crate) fn with(keys: &[&SigningKey]) -> Self {
        let provider = Self { directory: tempfile::tempdir().expect("a directory") };
        provider.publish(keys);
        provider
    }

    /// Publishes these keys in place of what was; whoever reads sees the ones or the others.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        let next = self.directory.path().join("next.json");
        fs::write(&next, json!({"keys": keys}).to_string()).expect("a file");
        fs::rename(next, self.file()).expect("its place");
    }

    /// Publishes nothing any more.
    pub(crate) fn fail(&self) {
        fs::remove_file(self.file()).expect("the file");
    }

    /// The settings of a server that trusts it.
    pub(crate) fn settings(&self) -> IdentityTable {
        IdentityTable {
            issuer: Some(ISSUER.to_owned()),
            audience: Some(AUDIENCE.to_owned()),
            jwks_file: Some(self.file()),
            ..IdentityTable::default()
        }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("keys.json")
    }
}

/// A private key of a provider's, with its id.
pub(crate) struct SigningKey {
    id: String,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// A new key.
    pub(crate) fn new(id: &str) -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).expect("the key");
        Self { id: id.to_owned(), pair }
    }

    fn jwk(&self) -> Json {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.id, "x": x})
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Json) -> String {
        let message = self.message("EdDSA", claims);
        let signature = self.pair.sign(message.as_bytes());
        signed(&message, signature.as_ref())
    }

    /// A token that says it needs no signature.
    pub(crate) fn unsigned_token(&self, claims: &Json) -> String {
        signed(&self.message("none", claims), b"")
    }

    /// A token signed with what everyone knows, the public key, as if it were a shared secret.
    pub(crate) fn token_by_public_key(&self, claims: &Json) -> String {
        let message = self.message("HS256", claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.pair.public_key().as_ref());
        signed(&message, hmac::sign(&key, message.as_bytes()).as_ref())
    }

    fn message(&self, algorithm: &str, claims: &Json) -> String {
        let encoded = |part: &Json| URL_SAFE_NO_PAD.encode(part.to_string());
        let header = json!({"alg": algorithm, "kid": self.id, "typ": "JWT"});
        format!("{}.{}", encoded(&header), encoded(claims))
    }
}

fn signed(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of Siti, an operator of 33.05, that hold now, with `changes`.
pub(crate) fn claims(changes: &Json) -> Json {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "siti", "iat": seconds_from_now(0),
        "exp": seconds_from_now(LIFETIME_SECONDS), "roles": ["operator"], "regions": ["33.05"],
    });
    for (name, value) in changes.as_object().expect("claims by name") {
        claims[name] = value.clone();
    }
    claims
}

/// A time as tokens write it.
pub(crate) fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(now.as_secs()).expect("a time before the end of all") + seconds
}
