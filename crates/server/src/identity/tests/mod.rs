//! Tokens of keys made here, and a provider on this machine.

mod file;
mod tls;
mod tokens;
mod url;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, extract::State, response::Response, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use super::{Identifier, IdentityError, IdentitySettings, IdentityTable};

/// Made with `openssl genpkey`, as ring makes no RSA keys. It protects nothing.
const RSA_KEY: &[u8] = include_bytes!("rsa-2048-for-tests-only.pk8");
const ISSUER: &str = "https://sso.test/realms/takar";
const AUDIENCE: &str = "takar";

/// The time of the tests, unless they say another.
fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

/// A private key of the issuer's, with its id.
struct TestKey {
    id: &'static str,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl TestKey {
    fn rsa(id: &'static str) -> Self {
        Self { id, pair: Pair::Rsa(RsaKeyPair::from_pkcs8(RSA_KEY).unwrap()) }
    }

    fn p256(id: &'static str) -> Self {
        let (of, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(of, &random).unwrap();
        Self { id, pair: Pair::P256(EcdsaKeyPair::from_pkcs8(of, key.as_ref(), &random).unwrap()) }
    }

    fn ed25519(id: &'static str) -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { id, pair: Pair::Ed25519(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap()) }
    }

    fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    /// The public key.
    fn jwk(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let PublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
                json!({ "kty": "RSA", "n": encoded(&n), "e": encoded(&e) })
            }
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
            }
            Pair::Ed25519(pair) => {
                let x = encoded(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
            }
        };
        jwk["kid"] = json!(self.id);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token with these claims, and the header that belongs to the key.
    fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": self.algorithm(), "kid": self.id, "typ": "JWT" }), claims)
    }

    fn token_with(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Pair::P256(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        signed(&message, &signature)
    }
}

/// The part of a token that is signed.
fn message(header: &Value, claims: &Value) -> String {
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encoded(header), encoded(claims))
}

fn signed(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Claims that are valid for five minutes around [`noon`], with `changes`; null takes one away.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "siti", "iat": 1_800_000_000,
        "exp": 1_800_000_300, "roles": ["operator"], "regions": ["33.05"],
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn key_set(keys: &[&TestKey]) -> String {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string()
}

fn table() -> IdentityTable {
    IdentityTable {
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
        ..IdentityTable::default()
    }
}

fn identifier(table: IdentityTable) -> Identifier {
    Identifier::new(IdentitySettings::new(table).unwrap()).unwrap()
}

/// Who a token says it is, or the reason for which it is refused.
async fn caller(
    identifier: &Identifier,
    token: &str,
    now: DateTime<Utc>,
) -> Result<String, &'static str> {
    let actor = identifier.identify(token, now).await;
    actor.map(|actor| actor.principal.to_string()).map_err(|error| IdentityError::reason(&error))
}

/// An identity provider on this machine, whose answer the test changes.
#[derive(Clone)]
struct Provider {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<Response<String>>,
    requests: AtomicUsize,
    /// A request is answered when it gets a permit, which it gives back.
    gate: Semaphore,
}

impl Provider {
    async fn with(keys: &[&TestKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answer: Mutex::new(Response::new(key_set(keys))),
            requests: AtomicUsize::new(0),
            gate: Semaphore::new(1),
        });
        let router = Router::new().route("/jwks", get(answer)).with_state(Arc::clone(&shared));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, shared }
    }

    fn publish(&self, keys: &[&TestKey]) {
        self.answer_with(200, key_set(keys));
    }

    fn answer_with(&self, status: u16, body: String) {
        *self.shared.answer.lock().unwrap() =
            Response::builder().status(status).header("location", "/jwks").body(body).unwrap();
    }

    fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come in.
    async fn wait_for_requests(&self, count: usize) {
        while self.requests() < count {
            tokio::task::yield_now().await;
        }
    }

    fn identifier(&self) -> Identifier {
        identifier(IdentityTable { jwks_url: Some(self.url.clone()), ..table() })
    }
}

async fn answer(State(shared): State<Arc<Shared>>) -> Response {
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let _permit = shared.gate.acquire().await.unwrap();
    let (parts, body) = shared.answer.lock().unwrap().clone().into_parts();
    Response::from_parts(parts, Body::from(body))
}
