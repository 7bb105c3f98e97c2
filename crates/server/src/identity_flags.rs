//! The flags of the identity provider, `--identity-...`.

use std::path::PathBuf;

use serde::Serialize;

/// The flags of the file's table `[identity]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, clap::Args)]
pub(crate) struct IdentityFlags {
    /// The identity provider's issuer, the `iss` of its tokens.
    #[arg(id = "identity_issuer", long = "identity-issuer", env = "TAKARD_IDENTITY_ISSUER")]
    #[arg(value_name = "ISSUER", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,

    /// What the `aud` of its tokens must hold.
    #[arg(id = "identity_audience", long = "identity-audience", env = "TAKARD_IDENTITY_AUDIENCE")]
    #[arg(value_name = "AUDIENCE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,

    /// Where it publishes its keys: https, or http on this machine.
    #[arg(id = "identity_jwks_url", long = "identity-jwks-url", env = "TAKARD_IDENTITY_JWKS_URL")]
    #[arg(value_name = "URL", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_url: Option<String>,

    /// A file of its keys instead, for development.
    #[arg(id = "identity_jwks_file", long = "identity-jwks-file")]
    #[arg(env = "TAKARD_IDENTITY_JWKS_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_file: Option<PathBuf>,

    /// The claim with the roles, such as `realm_access.roles` [default: roles]
    #[arg(id = "identity_roles_claim", long = "identity-roles-claim")]
    #[arg(env = "TAKARD_IDENTITY_ROLES_CLAIM", value_name = "PATH", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    roles_claim: Option<String>,

    /// The claim with the regions [default: regions]
    #[arg(id = "identity_regions_claim", long = "identity-regions-claim")]
    #[arg(env = "TAKARD_IDENTITY_REGIONS_CLAIM", value_name = "PATH", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    regions_claim: Option<String>,

    /// The claim's values that are roles, where they are not the roles' own words.
    #[arg(id = "identity_role_map", long = "identity-role-map", value_parser = value_and_role)]
    #[arg(env = "TAKARD_IDENTITY_ROLE_MAP", value_name = "VALUE=ROLE", value_delimiter = ',')]
    #[arg(global = true)]
    // Config takes a key for a path; a claim's value may be any text.
    #[serde(skip)]
    pub(crate) role_map: Vec<(String, String)>,
}

impl IdentityFlags {
    /// Whether none of them is given, for serde.
    pub(crate) fn are_absent(&self) -> bool {
        *self == Self::default()
    }
}

fn value_and_role(text: &str) -> Result<(String, String), &'static str> {
    // A claim's value may have `=` in it; a role has none.
    let (value, role) = text.rsplit_once('=').ok_or("VALUE=ROLE is expected")?;
    Ok((value.to_owned(), role.to_owned()))
}
