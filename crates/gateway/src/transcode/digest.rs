//! The tag of an answer that names no state itself.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};

/// How much of a hash is shown: nobody finds two answers alike in 128 bits.
const SHOWN_BYTES: usize = 16;

/// Hashes answers, alike in every process that shows them alike.
///
/// Not by one of the quicker hashes that anybody can make two texts collide in: a correction must
/// not be made to look like what it corrects.
#[derive(Clone, Debug)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    /// Of the answers of a contract, from which it follows how their bytes are shown, besides from
    /// this program's version.
    pub(crate) fn new(descriptor_set: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(env!("CARGO_PKG_VERSION")).chain_update([0]);
        Self(Sha256::new_with_prefix(hash.chain_update(descriptor_set).finalize()))
    }

    /// The tag of an answer in a form: in another, the same answer has other bytes.
    ///
    /// It has no hyphen, so it never ends as the tags of compressed answers do.
    pub(crate) fn tag(&self, form: &'static str, answer: &[u8]) -> String {
        let hash = self.0.clone().chain_update(form).chain_update([0]).chain_update(answer);
        BASE64_STANDARD_NO_PAD.encode(&hash.finalize()[..SHOWN_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_of_the_contract_the_form_and_the_bytes_and_of_nothing_else() {
        let tag = |contract: &[u8], form, answer: &[u8]| Hasher::new(contract).tag(form, answer);
        let one = tag(b"contract", "application/json", b"answer");
        assert_eq!(one, tag(b"contract", "application/json", b"answer"));
        for other in [
            tag(b"other", "application/json", b"answer"),
            tag(b"contract", "text/csv", b"answer"),
            tag(b"contract", "application/json", b"other"),
        ] {
            assert_ne!(one, other);
        }
    }
}
