//! Why a credential is refused, or an identifier cannot be set up.

use std::borrow::Cow;

/// Why a credential does not say who calls.
///
/// The words are for the client, and hold neither the token nor anything secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The header, the token or a claim is not of the form that it must have.
    #[error("the credential can't be read: {0}")]
    Malformed(Cow<'static, str>),
    /// The token's time is over.
    #[error("the credential has expired")]
    Expired,
    /// The token's time has not begun.
    #[error("the credential is not valid yet")]
    NotYetValid,
    /// The token is meant for another service.
    #[error("the credential is meant for another audience")]
    WrongAudience,
    /// Another issuer made the token.
    #[error("the credential is of another issuer")]
    WrongIssuer,
    /// The issuer has no such key, or has it no more.
    #[error("the credential is signed with a key that its issuer does not publish")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("the credential's signature is wrong")]
    BadSignature,
    /// The token is signed in another way than its key is for, or in none that is safe.
    #[error(
        "the credential's algorithm is not allowed: RS256, ES256 and EdDSA are, with their keys"
    )]
    AlgorithmNotAllowed,
    /// There is no such API key, or its secret is another.
    #[error("there is no such API key")]
    UnknownApiKey,
    /// The API key was revoked.
    #[error("the API key was revoked")]
    Revoked,
    /// Tokens are not taken here.
    #[error("no identity provider is set up here; only API keys are taken")]
    NoProvider,
    /// The issuer's keys cannot be had now, so that nothing can be said about the token.
    #[error("the identity provider's keys can't be had now")]
    ProviderUnavailable,
}

impl IdentityError {
    pub(super) fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(why.into())
    }

    /// The reason in `ErrorInfo`, which stays when the words change.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "CREDENTIAL_MALFORMED",
            Self::Expired => "CREDENTIAL_EXPIRED",
            Self::NotYetValid => "CREDENTIAL_NOT_YET_VALID",
            Self::WrongAudience => "CREDENTIAL_WRONG_AUDIENCE",
            Self::WrongIssuer => "CREDENTIAL_WRONG_ISSUER",
            Self::UnknownKey | Self::UnknownApiKey => "CREDENTIAL_UNKNOWN_KEY",
            Self::Revoked => "CREDENTIAL_REVOKED",
            Self::NoProvider => "CREDENTIAL_NOT_TAKEN",
            Self::BadSignature => "CREDENTIAL_BAD_SIGNATURE",
            Self::AlgorithmNotAllowed => "CREDENTIAL_ALGORITHM_NOT_ALLOWED",
            Self::ProviderUnavailable => "IDENTITY_PROVIDER_UNAVAILABLE",
        }
    }
}

/// Why an [`Identifier`](super::Identifier) cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS towards the identity provider cannot be set up.
    #[error("TLS towards the identity provider can't be set up")]
    Tls(#[source] rustls::Error),
}
