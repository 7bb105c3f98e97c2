//! Who calls: the credential of a request, and what a token of the identity provider says.
//!
//! ```text
//! authorization header -> Credential -> Jwt    -> Identifier -> Actor
//!                                    -> ApiKey -> the store's business
//! ```
//!
//! A wrong credential is an error and never the public: whoever shows one means to be someone.
//! Time is an argument everywhere, so that no test waits. No database is asked here.

mod error;

mod credential;

mod claims;
mod settings;

mod key_set;
mod signature;
mod token;

mod fetch;
mod key_file;
mod key_source;
mod key_url;

mod identifier;

#[cfg(test)]
mod tests;

pub use credential::Credential;
pub use error::{IdentityError, SetupError};
pub use identifier::Identifier;
pub use settings::{IdentitySettings, IdentityTable};
