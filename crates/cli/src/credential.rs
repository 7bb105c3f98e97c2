//! What says who calls: an API key, or a token of the identity provider.

use std::{env, fs, path::Path};

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
};

use crate::error::Error;

/// Where a credential is given in the environment itself.
const TOKEN_VARIABLE: &str = "TAKAR_TOKEN";

/// The header of every call; none for the public, who reads what is published.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credential(Option<MetadataValue<Ascii>>);

impl Credential {
    /// The credential in `file`, else the one in the environment, else none.
    ///
    /// # Errors
    /// [`Error::Read`] where the file cannot be read, [`Error::Credential`] where what is given is
    /// no credential.
    pub(crate) fn given(file: Option<&Path>) -> Result<Self, Error> {
        if let Some(file) = file {
            let text = fs::read_to_string(file)
                .map_err(|source| Error::Read { file: file.to_owned(), source })?;
            return Self::parse(&text).ok_or(Error::Credential { of: file.display().to_string() });
        }
        match env::var(TOKEN_VARIABLE) {
            Ok(text) if !text.is_empty() => {
                Self::parse(&text).ok_or(Error::Credential { of: TOKEN_VARIABLE.to_owned() })
            }
            _ => Ok(Self::default()),
        }
    }

    /// One word of visible characters; the blanks around it are an editor's.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let word = text.trim();
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let mut value: MetadataValue<Ascii> = format!("Bearer {word}").parse().ok()?;
        // It is not shown where a request is logged.
        value.set_sensitive(true);
        Some(Self(Some(value)))
    }
}

impl Interceptor for Credential {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_one_word_and_is_never_shown() {
        let credential = Credential::parse("  takar_abc.def\n").expect("it is one word");
        assert!(!format!("{credential:?}").contains("abc"));
        for text in ["", " \n", "two words", "kunci\u{e9}", "a\nb"] {
            assert!(Credential::parse(text).is_none(), "{text:?}");
        }
    }
}
