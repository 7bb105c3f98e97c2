//! Which tokens are believed.

use jsonwebtoken::Algorithm;
use proptest::prelude::*;
use ring::hmac;
use serde_json::{Value, json};
use takar_domain::{
    access::{Grant, Reach},
    name::RegionCode,
    vocabulary::Role,
};
use tempfile::NamedTempFile;

use super::*;
use crate::identity::{
    key_set::KeySet,
    signature::use_ring,
    token::{Header, verified_claims},
};

// Made with `openssl dgst -sha256 -sign`, as ring does not sign with a key of 1024 bits.
const MODULUS_OF_1024_BITS: &str = "zIUsj8Op_SS78ukxawivn0vL7PyGfZbAWoRXHzdz5XV_7-eWUNmFHIHZOJZgOtdn9XfrARPZSUJUi9WT\
    TV5itQ2_FlRNZpkLjIrka4S7hDj-a0fGSuBQpqcyNDwqKxF9THZMtT3J_qvmi1m79lS1bfTMhgroI4sm\
    iVx_R_1lFWU";
const SIGNED_WITH_1024_BITS: &str = "eptVi-VF8KRcU6RPIFR_50ynus1akzb3S1ZzlUFQXdMuC3AqEf8kwZUbw5Yo-OaTM_IpzmdLp60bD8ZG\
    Z_czg79HVFJcbHP3BIh04kR8cUWM8yyZgnCeB62eF_hYnF8LldnajYSxnWVHCNw7ijRscuPgNtOvimBu\
    _b6FE7F0YSc";
const SIGNED_WITH_2048_BITS: &str = "aPTg-OTnOUYn_cQeDR2vlao8u87Ze195Z3PpyM_oCO3pKorhT-7ezHYOj-1KpJqcHSRFi7lC1kY0d1Jg\
    9yqHDXUso_nr6eCr61-PdzR32QO4Sn6n7EifvXsI0YnICrxFVsqGabBnGtwYkJ-w_11N6yA9J036WGZc\
    J2n43V8_06iXK-appQeULAsaxNj7IEAH-x0IJoezbtZCDDJv0JujzjJjFN4NsiUvfs0FdrdvAh0bxH9Q\
    jkUxCFeQEb3QJNC-Tb3KjKXKfioqcfwr2tiqisCe28Hnk0lguDutOeTJJtRmEpqvKZWKbC6hc242W3b6\
    ma3vM3i0de5t2kb2MeK4Kg";

/// An identifier of the three kinds of keys, by their algorithms as ids.
fn with_all_keys() -> (Identifier, [TestKey; 3], NamedTempFile) {
    let keys = [TestKey::rsa("RS256"), TestKey::p256("ES256"), TestKey::ed25519("EdDSA")];
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), key_set(&keys.each_ref())).unwrap();
    let table = IdentityTable { jwks_file: Some(file.path().to_owned()), ..table() };
    (identifier(table), keys, file)
}

#[tokio::test]
async fn a_valid_token_of_each_algorithm_says_who_calls() {
    let (identifier, keys, _file) = with_all_keys();
    for key in &keys {
        let actor = identifier.identify(&key.token(&claims(&json!({}))), noon()).await.unwrap();
        assert_eq!(actor.principal.as_str(), "users/siti", "{}", key.id);
        let [Grant { role: Role::Operator, reach: Reach::Regions(regions) }] = &actor.grants[..]
        else {
            panic!("{:?}", actor.grants);
        };
        assert_eq!(regions.iter().map(RegionCode::as_str).collect::<Vec<_>>(), ["33.05"]);
    }
}

#[tokio::test]
async fn claims_must_be_of_this_issuer_for_this_audience_and_of_now() {
    let (identifier, [.., key], _file) = with_all_keys();
    let end = 1_800_000_300;
    for (changes, seconds, expected) in [
        (json!({ "aud": ["other", AUDIENCE] }), 0, Ok("users/siti")),
        (json!({ "aud": "other" }), 0, Err("CREDENTIAL_WRONG_AUDIENCE")),
        (json!({ "aud": ["other"] }), 0, Err("CREDENTIAL_WRONG_AUDIENCE")),
        (json!({ "aud": "takar-admin" }), 0, Err("CREDENTIAL_WRONG_AUDIENCE")),
        (json!({ "aud": [] }), 0, Err("CREDENTIAL_WRONG_AUDIENCE")),
        (json!({ "aud": null }), 0, Err("CREDENTIAL_WRONG_AUDIENCE")),
        (json!({ "iss": "https://evil.test" }), 0, Err("CREDENTIAL_WRONG_ISSUER")),
        (json!({ "iss": format!("{ISSUER}/") }), 0, Err("CREDENTIAL_WRONG_ISSUER")),
        (json!({ "iss": [ISSUER] }), 0, Err("CREDENTIAL_WRONG_ISSUER")),
        (json!({ "iss": null }), 0, Err("CREDENTIAL_WRONG_ISSUER")),
        (json!({}), 329, Ok("users/siti")),
        (json!({}), 330, Err("CREDENTIAL_EXPIRED")),
        (json!({ "exp": 0 }), 0, Err("CREDENTIAL_EXPIRED")),
        (json!({ "exp": -1 }), 0, Err("CREDENTIAL_EXPIRED")),
        (json!({ "exp": null }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "exp": end.to_string() }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "exp": 1e300 }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "exp": i64::MAX }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "exp": i64::MIN }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "exp": 8_210_266_876_799_i64 }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "nbf": 1_800_000_030 }), 0, Ok("users/siti")),
        (json!({ "nbf": 1_800_000_031 }), 0, Err("CREDENTIAL_NOT_YET_VALID")),
        (json!({ "nbf": 1_800_000_031 }), 1, Ok("users/siti")),
        (json!({ "nbf": "now" }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "sub": null }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "sub": "" }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "sub": 7 }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "sub": "siti\nadmin" }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "sub": "s".repeat(200) }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "regions": ["3305"] }), 0, Err("CREDENTIAL_MALFORMED")),
        (json!({ "big": "x".repeat(8_192) }), 0, Err("CREDENTIAL_MALFORMED")),
    ] {
        let token = key.token(&claims(&changes));
        let caller = caller(&identifier, &token, after(seconds)).await;
        assert_eq!(caller, expected.map(str::to_owned), "{changes} after {seconds} s");
    }
    for claims in [json!([]), json!("text"), json!(null)] {
        let caller = caller(&identifier, &key.token(&claims), noon()).await;
        assert_eq!(caller, Err("CREDENTIAL_MALFORMED"), "{claims}");
    }
}

#[tokio::test]
async fn a_token_is_signed_as_its_key_says() {
    let (identifier, keys, _file) = with_all_keys();
    let secretary = claims(&json!({ "roles": ["administrator"] }));
    for alg in ["none", "None", "NONE", "", "HS256", "HS512", "RS384", "PS256", "ES384", "RS1"] {
        for signature in [&b""[..], b"0123456789abcdef"] {
            let message = message(&json!({ "alg": alg, "kid": "EdDSA" }), &secretary);
            let caller = caller(&identifier, &signed(&message, signature), noon()).await;
            assert_eq!(caller, Err("CREDENTIAL_ALGORITHM_NOT_ALLOWED"), "{alg}");
        }
    }
    for key in &keys {
        // Whoever takes a public key for a shared secret accepts what everybody can make.
        let jwk = key.jwk();
        let name = if key.id == "RS256" { "n" } else { "x" };
        let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        for secret in [bytes, jwk.to_string().into_bytes(), RSA_KEY.to_vec()] {
            let message = message(&json!({ "alg": "HS256", "kid": key.id }), &secretary);
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            let signature = hmac::sign(&secret, message.as_bytes());
            let caller = caller(&identifier, &signed(&message, signature.as_ref()), noon()).await;
            assert_eq!(caller, Err("CREDENTIAL_ALGORITHM_NOT_ALLOWED"), "{}", key.id);
        }
        for other in keys.iter().filter(|other| other.id != key.id) {
            // Signed rightly by one key, but said to be of another kind of key.
            let header = json!({ "alg": key.algorithm(), "kid": other.id });
            let caller = caller(&identifier, &key.token_with(&header, &secretary), noon()).await;
            assert_eq!(caller, Err("CREDENTIAL_ALGORITHM_NOT_ALLOWED"), "{} {}", key.id, other.id);
        }
    }
}

#[tokio::test]
async fn a_key_of_someone_else_signs_nothing() {
    let (identifier, _keys, _file) = with_all_keys();
    for (stranger, expected) in [
        (TestKey::p256("ES256"), "CREDENTIAL_BAD_SIGNATURE"),
        (TestKey::ed25519("EdDSA"), "CREDENTIAL_BAD_SIGNATURE"),
        (TestKey::ed25519("stranger"), "CREDENTIAL_UNKNOWN_KEY"),
        (TestKey::rsa("stranger"), "CREDENTIAL_UNKNOWN_KEY"),
    ] {
        let header = json!({
            "alg": stranger.algorithm(), "kid": stranger.id, "jwk": stranger.jwk(),
            "jku": "https://evil.test/jwks",
        });
        let token = stranger.token_with(&header, &claims(&json!({})));
        assert_eq!(caller(&identifier, &token, noon()).await, Err(expected), "{}", stranger.id);
    }
}

#[tokio::test]
async fn another_payload_or_header_is_not_what_was_signed() {
    let (identifier, keys, _file) = with_all_keys();
    for key in &keys {
        let header = json!({ "alg": key.algorithm(), "kid": key.id, "typ": "JWT" });
        let token = key.token(&claims(&json!({})));
        let (right, signature) = token.rsplit_once('.').unwrap();
        assert_eq!(right, message(&header, &claims(&json!({}))));
        let promoted = message(&header, &claims(&json!({ "roles": ["administrator"] })));
        let other_header = json!({ "alg": key.algorithm(), "kid": key.id, "typ": "jwt" });
        let other_header = message(&other_header, &claims(&json!({})));
        for message in [promoted, other_header] {
            let caller = caller(&identifier, &format!("{message}.{signature}"), noon()).await;
            assert_eq!(caller, Err("CREDENTIAL_BAD_SIGNATURE"), "{}", key.id);
        }
    }
}

#[tokio::test]
async fn no_token_stays_valid_with_one_character_changed() {
    let (identifier, keys, _file) = with_all_keys();
    for key in &keys {
        let token = key.token(&claims(&json!({})));
        for index in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(identifier.identify(&changed, noon()).await.is_err(), "{index} of {token}");
            assert!(identifier.identify(&token[..index], noon()).await.is_err(), "{index}");
        }
        assert!(identifier.identify(&format!("{token}="), noon()).await.is_err());
        assert!(identifier.identify(&format!("{token}."), noon()).await.is_err());
    }
}

#[tokio::test]
async fn a_header_names_its_key_and_nothing_critical() {
    let (identifier, [.., key], _file) = with_all_keys();
    for header in [
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": 7 }),
        json!({ "kid": "EdDSA" }),
        json!({ "alg": 7, "kid": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "EdDSA", "crit": ["b64"], "b64": false }),
        json!({ "alg": "EdDSA", "kid": "EdDSA", "crit": [] }),
        json!([]),
        Value::Null,
    ] {
        let token = key.token_with(&header, &claims(&json!({})));
        let caller = caller(&identifier, &token, noon()).await;
        assert_eq!(caller, Err("CREDENTIAL_MALFORMED"), "{header}");
    }
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","alg":"EdDSA","kid":"EdDSA"}"#);
    let caller = caller(&identifier, &format!("{twice}.e30.AA"), noon()).await;
    assert_eq!(caller, Err("CREDENTIAL_MALFORMED"));
}

#[tokio::test]
async fn an_rsa_key_of_1024_bits_signs_nothing() {
    let signatures = [("RS256", SIGNED_WITH_2048_BITS), ("weak", SIGNED_WITH_1024_BITS)];
    let weak = json!({ "kty": "RSA", "kid": "weak", "e": "AQAB", "n": MODULUS_OF_1024_BITS });
    let file = NamedTempFile::new().unwrap();
    let keys = json!({ "keys": [weak, TestKey::rsa("RS256").jwk()] });
    std::fs::write(file.path(), keys.to_string()).unwrap();
    let identifier =
        identifier(IdentityTable { jwks_file: Some(file.path().to_owned()), ..table() });
    let tokens = signatures.map(|(kid, signature)| {
        let header = format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#);
        let claims =
            format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"siti","exp":1800000300}}"#);
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.{signature}")
    });
    assert_eq!(caller(&identifier, &tokens[0], noon()).await, Ok("users/siti".to_owned()));
    assert_eq!(caller(&identifier, &tokens[1], noon()).await, Err("CREDENTIAL_BAD_SIGNATURE"));
}

#[test]
fn the_example_of_rfc_7515_is_verified() {
    let keys = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "example",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }] });
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
        cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISl\
        SApmWQxfKTUJqPP3-Kg6NU1Q";
    use_ring();
    let keys = KeySet::parse(keys.to_string().as_bytes()).unwrap();
    let key = keys.find("example", Algorithm::ES256).unwrap();
    assert_eq!(verified_claims(token, key).unwrap()["iss"], "joe");
}

#[tokio::test]
async fn two_keys_of_one_id_are_told_apart_by_their_algorithms() {
    let keys = [TestKey::rsa("k"), TestKey::p256("k"), TestKey::ed25519("k")];
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), key_set(&keys.each_ref())).unwrap();
    let identifier =
        identifier(IdentityTable { jwks_file: Some(file.path().to_owned()), ..table() });
    for key in &keys {
        let caller = caller(&identifier, &key.token(&claims(&json!({}))), noon()).await;
        assert_eq!(caller, Ok("users/siti".to_owned()), "{}", key.algorithm());
    }
}

#[tokio::test]
async fn no_refusal_repeats_the_token() {
    let (identifier, [.., key], _file) = with_all_keys();
    let token = key.token(&claims(&json!({ "aud": "other" })));
    for token in [token.clone(), token.replace('.', "-"), format!("{token}x")] {
        let words = identifier.identify(&token, noon()).await.unwrap_err().to_string();
        assert!(!words.contains(&token[..8]), "{words}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_header_or_is_refused(text in "[A-Za-z0-9_.-]{0,80}|.*", json in ".*") {
        let _ = Header::parse(&text);
        let _ = Header::parse(&format!("{}.a.b", URL_SAFE_NO_PAD.encode(json)));
    }

    #[test]
    fn a_header_reads_back(kid in ".{0,40}") {
        let header = json!({ "alg": "ES256", "kid": kid });
        let read = Header::parse(&signed(&message(&header, &json!({})), b"")).unwrap();
        let algorithm = Algorithm::ES256;
        prop_assert_eq!(read, Header { algorithm, key_id: kid });
    }
}
