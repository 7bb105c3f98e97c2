//! API keys: what a system shows instead of a token of the identity provider.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{access::Principal, fault::Fault};

/// How every key begins, so that scanners of repositories and logs find one that leaked.
pub const API_KEY_PREFIX: &str = "takar_";
/// The length of an id: 60 random bits, so that a million keys meet by chance once in millions.
pub const API_KEY_ID_CHARACTERS: usize = 12;
/// The length of a secret: 256 random bits, which nobody guesses.
pub const API_KEY_SECRET_BYTES: usize = 32;
/// How many random bytes a new key is made of.
pub const API_KEY_RANDOM_BYTES: usize = API_KEY_ID_CHARACTERS + API_KEY_SECRET_BYTES;

/// The characters of an id: base32 in lower case, without those that are read for others.
const ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The characters of a secret.
const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
/// What may be a key; the value is never repeated, not even in a refusal.
const ALLOWED: &str = "takar_ID_SECRET, with an id of 12 letters and digits and a secret of 64 hexadecimal digits in lower case";

/// The public part of a key, by which it is looked up, listed and revoked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiKeyId(String);

/// A key as its holder shows it: `takar_ID_SECRET`.
///
/// It is shown in full once, when it is made ([`reveal`](Self::reveal)); kept are the id and the
/// secret's hash. There is no `Display`, and `Debug` leaves the secret out, so that it cannot slip
/// into a log.
#[derive(Clone)]
pub struct ApiKey {
    id: ApiKeyId,
    secret: [u8; API_KEY_SECRET_BYTES],
}

impl ApiKeyId {
    /// Reads an id.
    ///
    /// # Errors
    /// A [`Fault`] where it is not 12 characters of `a-z` and `0-9`.
    pub fn parse(id: &str) -> Result<Self, Fault> {
        let is_id = id.len() == API_KEY_ID_CHARACTERS
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if is_id {
            Ok(Self(id.to_owned()))
        } else {
            Err(Fault::new(id, "an API key's id, 12 characters of a-z and 0-9"))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who calls with this key: `apiKeys/ID`.
    ///
    /// # Panics
    /// Never: every id makes a principal.
    pub fn principal(&self) -> Principal {
        Principal::parse(&format!("apiKeys/{}", self.0)).expect("an id makes a principal")
    }
}

impl ApiKey {
    /// A new key of `random` bytes, which come from the system's source of randomness.
    pub fn new(random: [u8; API_KEY_RANDOM_BYTES]) -> Self {
        let (id, secret) = random.split_at(API_KEY_ID_CHARACTERS);
        // 256 is a multiple of 32, so every character is as likely as the others.
        let id = id.iter().map(|byte| char::from(ID_ALPHABET[usize::from(byte % 32)])).collect();
        let secret = std::array::from_fn(|index| secret[index]);
        Self { id: ApiKeyId(id), secret }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// A [`Fault`] that does not repeat the text, which may hold most of a secret.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::read(text).ok_or_else(|| Fault::new("the key", ALLOWED))
    }

    fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(API_KEY_PREFIX)?.split_once('_')?;
        let (pairs, []) = secret.as_bytes().as_chunks::<2>() else { return None };
        let pairs: &[[u8; 2]; API_KEY_SECRET_BYTES] = pairs.try_into().ok()?;
        let mut bytes = [0; API_KEY_SECRET_BYTES];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = from_hex(*high)? << 4 | from_hex(*low)?;
        }
        Some(Self { id: ApiKeyId::parse(id).ok()?, secret: bytes })
    }

    /// The public part.
    pub const fn id(&self) -> &ApiKeyId {
        &self.id
    }

    /// The key in full, for the one answer that hands it over.
    pub fn reveal(&self) -> String {
        let mut text = format!("{API_KEY_PREFIX}{}_", self.id);
        for byte in self.secret {
            text.push(char::from(HEX_DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(HEX_DIGITS[usize::from(byte & 0xf)]));
        }
        text
    }

    /// What is kept of the secret: its SHA-256.
    ///
    /// A slow hash protects what people think up. This secret is 256 random bits: whoever has the
    /// hash cannot find it by trying, and a fast hash costs a call nothing.
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// Whether this is the key whose secret's hash was kept, compared in constant time.
    pub fn has_secret_hash(&self, kept: &[u8; 32]) -> bool {
        self.secret_hash().ct_eq(kept).into()
    }
}

fn from_hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ApiKey").field("id", &self.id.0).finish_non_exhaustive()
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for ApiKeyId {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<ApiKeyId> for String {
    fn from(id: ApiKeyId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn a_key() -> ApiKey {
        ApiKey::new(std::array::from_fn(|index| u8::try_from(index * 5).unwrap()))
    }

    #[test]
    fn a_key_is_prefix_id_and_secret() {
        let text = a_key().reveal();
        assert_eq!(
            text,
            "takar_afkrw38dipuz_3c41464b50555a5f64696e73787d82878c91969ba0a5aaafb4b9bec3c8cdd2d7"
        );
        assert_eq!(a_key().id().principal().as_str(), "apiKeys/afkrw38dipuz");
    }

    #[test]
    fn what_is_kept_is_the_secrets_sha_256() {
        // printf 3c41...d2d7 | xxd -r -p | sha256sum
        let expected = [
            0xb5, 0x54, 0xf4, 0x85, 0xf8, 0x07, 0x5f, 0x26, 0xfe, 0x91, 0x51, 0x55, 0xe2, 0x1a,
            0xcf, 0x0d, 0x6f, 0x9f, 0xdb, 0x36, 0x05, 0x0a, 0x27, 0x61, 0xca, 0xa1, 0x65, 0x30,
            0xd1, 0x96, 0x0a, 0x0b,
        ];
        assert_eq!(a_key().secret_hash(), expected);
        assert!(a_key().has_secret_hash(&expected));
        assert!(!a_key().has_secret_hash(&[0; 32]));
    }

    #[test]
    fn neither_debug_nor_a_refusal_shows_a_secret() {
        let text = a_key().reveal();
        let secret = text.rsplit_once('_').unwrap().1;
        assert_eq!(format!("{:?}", a_key()), r#"ApiKey { id: "afkrw38dipuz", .. }"#);
        let refusal = ApiKey::parse(&text.replace("takar_a", "takar_")).unwrap_err().to_string();
        assert!(!refusal.contains(&secret[..8]), "{refusal}");
    }

    #[test]
    fn a_key_has_one_spelling() {
        let right = a_key().reveal();
        for wrong in [
            String::new(),
            "takar_".to_owned(),
            "takar__".to_owned(),
            right.to_uppercase(),
            right.replace("takar_", "TAKAR_"),
            right.replace("takar_", ""),
            right.replace("d2d7", "D2D7"),
            format!("{right}0"),
            format!("{right}00"),
            format!(" {right}"),
            right[..right.len() - 1].to_owned(),
            right[..right.len() - 2].to_owned(),
            right.replace("takar_a", "takar_"),
            right.replace("takar_a", "takar_aa"),
            right.replace("takar_a", "takar_-"),
            right.replace("d7", "é"),
        ] {
            assert!(ApiKey::parse(&wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_new_key_reads_back(random in prop::array::uniform32(any::<u8>()), id in prop::array::uniform12(any::<u8>())) {
            let random = std::array::from_fn(|index| match index {
                0..API_KEY_ID_CHARACTERS => id[index],
                _ => random[index - API_KEY_ID_CHARACTERS],
            });
            let key = ApiKey::new(random);
            let read = ApiKey::parse(&key.reveal()).unwrap();
            prop_assert_eq!(read.id(), key.id());
            prop_assert!(read.has_secret_hash(&key.secret_hash()));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(takar_)?[a-z0-9é]{0,13}_?[0-9a-fA-F_é]{0,66}|.*") {
            if let Ok(key) = ApiKey::parse(&text) {
                prop_assert_eq!(key.reveal(), text);
            }
        }
    }
}
