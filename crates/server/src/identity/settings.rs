//! Settings of the identity provider: as they are given, and as they are valid.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf};

use http::Uri;
use serde::{Deserialize, Serialize};
use takar_domain::{
    fault::{Fault, Faults},
    vocabulary::Role,
};

use super::claims::{ClaimPath, Claims};

/// Where the roles are in a token, unless it is said.
const DEFAULT_ROLES_CLAIM: &str = "roles";
/// Where the regions are in a token, unless it is said.
const DEFAULT_REGIONS_CLAIM: &str = "regions";

/// The identity provider whose tokens are trusted. A value is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentitySettings {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) keys: KeyLocation,
    pub(super) claims: Claims,
}

/// Where the issuer's keys are, as a JSON Web Key Set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyLocation {
    /// The issuer's `jwks_uri`: `https`, or `http` on this machine.
    Url(Uri),
    /// A file, for development and tests.
    File(PathBuf),
}

/// The settings as they are written, `[identity]` in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityTable {
    /// The `iss` of the tokens, letter by letter.
    pub issuer: Option<String>,
    /// What their `aud` must hold.
    pub audience: Option<String>,
    /// Where the keys are published; this or `jwks_file`.
    pub jwks_url: Option<String>,
    /// The file of the keys; this or `jwks_url`.
    pub jwks_file: Option<PathBuf>,
    /// The claim that holds the roles, `realm_access.roles`; `roles` by default.
    pub roles_claim: Option<String>,
    /// The claim that holds the regions; `regions` by default.
    pub regions_claim: Option<String>,
    /// Which role a value of the roles' claim is. Where it is given nothing else is a role;
    /// otherwise the roles' own words are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub role_map: BTreeMap<String, String>,
}

impl IdentitySettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`Faults`] that name the settings, `identity.issuer`.
    pub fn new(table: IdentityTable) -> Result<Self, Faults> {
        let IdentityTable {
            issuer,
            audience,
            jwks_url,
            jwks_file,
            roles_claim,
            regions_claim,
            role_map,
        } = table;
        let mut faults = Faults::none();
        let roles_claim = roles_claim.as_deref().unwrap_or(DEFAULT_ROLES_CLAIM);
        let regions_claim = regions_claim.as_deref().unwrap_or(DEFAULT_REGIONS_CLAIM);
        let issuer = faults.keep("identity.issuer", text(issuer, "the iss of the tokens"));
        let audience = faults.keep("identity.audience", text(audience, "what their aud holds"));
        let keys = faults.merge(key_location(jwks_url, jwks_file));
        let roles = faults.keep("identity.roles_claim", ClaimPath::parse(roles_claim));
        let regions = faults.keep("identity.regions_claim", ClaimPath::parse(regions_claim));
        let mut roles_by_value = BTreeMap::new();
        for (value, role) in role_map {
            let field = format!("identity.role_map.{value}");
            if let Some(role) = faults.keep(&field, granted_role(&role)) {
                roles_by_value.insert(value, role);
            }
        }
        let whole = (|| {
            let claims = Claims { roles: roles?, regions: regions?, roles_by_value };
            Some(Self { issuer: issuer?, audience: audience?, keys: keys?, claims })
        })();
        faults.into_result(whole)
    }
}

fn text(given: Option<String>, what: &str) -> Result<String, Fault> {
    let given = given.unwrap_or_default();
    if given.is_empty() || given.chars().any(char::is_control) {
        return Err(Fault::new(given, format!("{what}, which is required")));
    }
    Ok(given)
}

fn key_location(url: Option<String>, file: Option<PathBuf>) -> Result<KeyLocation, Faults> {
    match (url, file) {
        (Some(url), None) => key_url(&url)
            .map(KeyLocation::Url)
            .ok_or_else(|| {
                Fault::new(url, "an https URL without a login, or an http one on this machine")
            })
            .map_err(|fault| fault.at("identity.jwks_url").into()),
        (None, Some(file)) => Ok(KeyLocation::File(file)),
        (None, None) => {
            Err(Fault::new("", "this or identity.jwks_file").at("identity.jwks_url").into())
        }
        (Some(_), Some(file)) => Err(Fault::new(file.display(), "absent beside identity.jwks_url")
            .at("identity.jwks_file")
            .into()),
    }
}

fn key_url(url: &str) -> Option<Uri> {
    let url: Uri = url.parse().ok()?;
    let authority = url.authority()?;
    let has_login = authority.as_str().contains('@');
    let is_safe = match url.scheme_str()? {
        "https" => true,
        "http" => is_this_machine(authority.host()),
        _ => false,
    };
    (is_safe && !has_login).then_some(url)
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn granted_role(word: &str) -> Result<Role, Fault> {
    match Role::parse(word)? {
        Role::Public => {
            Err(Fault::new(word, "a role other than public, which everyone has anyway"))
        }
        role => Ok(role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_table() -> IdentityTable {
        IdentityTable {
            issuer: Some("https://sso.test/realms/takar".to_owned()),
            audience: Some("takar".to_owned()),
            jwks_file: Some("keys.json".into()),
            ..IdentityTable::default()
        }
    }

    fn complaint(table: IdentityTable) -> String {
        IdentitySettings::new(table).unwrap_err().to_string()
    }

    #[test]
    fn claims_have_names_unless_they_are_said() {
        let IdentitySettings { claims, .. } = IdentitySettings::new(a_table()).unwrap();
        assert_eq!(claims.roles, ClaimPath::parse("roles").unwrap());
        assert_eq!(claims.regions, ClaimPath::parse("regions").unwrap());
    }

    #[test]
    fn every_wrong_setting_is_named_at_once() {
        let table = IdentityTable {
            roles_claim: Some("realm_access..roles".to_owned()),
            regions_claim: Some(String::new()),
            role_map: BTreeMap::from([
                ("boss".to_owned(), "king".to_owned()),
                ("all".to_owned(), "public".to_owned()),
            ]),
            ..IdentityTable::default()
        };
        let complaint = complaint(table);
        for setting in [
            "issuer",
            "audience",
            "jwks_url",
            "roles_claim",
            "regions_claim",
            "role_map.boss",
            "role_map.all",
        ] {
            assert!(complaint.contains(&format!("identity.{setting}:")), "{setting}: {complaint}");
        }
    }

    #[test]
    fn keys_are_at_a_url_or_in_a_file() {
        let both =
            IdentityTable { jwks_url: Some("https://sso.test/jwks".to_owned()), ..a_table() };
        assert!(complaint(both).contains("identity.jwks_file"));
        let neither = IdentityTable { jwks_file: None, ..a_table() };
        assert!(complaint(neither).contains("identity.jwks_url"));
    }

    #[test]
    fn keys_come_by_https_except_on_this_machine() {
        for (url, is_allowed) in [
            ("https://sso.test/jwks", true),
            ("http://localhost:8080/jwks", true),
            ("http://127.0.0.1:8080/jwks", true),
            ("http://[::1]:8080/jwks", true),
            ("http://sso.test/jwks", false),
            ("http://127.0.0.1.sso.test/jwks", false),
            ("http://localhost.sso.test/jwks", false),
            ("https://user:secret@sso.test/jwks", false),
            ("http://localhost@sso.test/jwks", false),
            ("ftp://sso.test/jwks", false),
            ("sso.test/jwks", false),
            ("/jwks", false),
            ("", false),
        ] {
            assert_eq!(key_url(url).is_some(), is_allowed, "{url}");
        }
    }
}
