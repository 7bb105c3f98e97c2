//! Whom the datasets of the catalogue are of, and where the public finds them.

use http::Uri;
use serde::{Deserialize, Serialize};
use takar_domain::{
    fault::{Fault, Faults},
    name::parse_display_name,
};

use super::structure::MINISTRY;

/// The settings as they are given; what is absent has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogTable {
    /// Where the public reaches the gateway: `https://takar.example.go.id`.
    pub public_url: Option<String>,
    /// Who publishes the datasets; the ministry unless given.
    pub publisher: Option<String>,
    /// Where to ask about them.
    pub contact_email: Option<String>,
    /// The licence under which they may be used.
    pub licence_url: Option<String>,
}

/// Whom the datasets are of, and where they are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogSettings {
    /// Without a slash at its end.
    pub(super) public_url: String,
    pub(super) publisher: String,
    pub(super) contact_email: Option<String>,
    pub(super) licence_url: Option<String>,
}

impl CatalogSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`Faults`] of each that is wrong; `public_url` also where it is absent.
    pub fn parse(table: CatalogTable) -> Result<Self, Faults> {
        let CatalogTable { public_url, publisher, contact_email, licence_url } = table;
        let mut faults = Faults::none();
        let public_url = faults.keep("public_url", parse_url(&public_url.unwrap_or_default()));
        let publisher = parse_display_name(publisher.as_deref().unwrap_or(MINISTRY));
        let publisher = faults.keep("publisher", publisher);
        let contact_email = contact_email.as_deref().map(parse_email).transpose();
        let contact_email = faults.keep("contact_email", contact_email);
        let licence_url = licence_url.as_deref().map(parse_url).transpose();
        let licence_url = faults.keep("licence_url", licence_url);
        let parts = public_url.zip(publisher).zip(contact_email.zip(licence_url));
        faults.into_result(parts.map(|((public_url, publisher), (contact_email, licence_url))| {
            let public_url = public_url.trim_end_matches('/').to_owned();
            Self { public_url, publisher, contact_email, licence_url }
        }))
    }
}

fn parse_url(url: &str) -> Result<String, Fault> {
    let is_web =
        |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    let is_plain = |uri: &Uri| uri.query().is_none();
    match url.parse::<Uri>() {
        Ok(uri) if is_web(&uri) && is_plain(&uri) => Ok(url.to_owned()),
        _ => Err(Fault::new(url, "a URL such as https://takar.example.go.id, without a query")),
    }
}

/// As portals take it: something before one `@`, and a host behind it.
fn parse_email(email: &str) -> Result<String, Fault> {
    let is_word = |text: &str| {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_.+-".contains(letter);
        !text.is_empty() && text.chars().all(is_letter)
    };
    match email.split_once('@') {
        Some((name, host)) if is_word(name) && is_word(host) && host.contains('.') => {
            Ok(email.to_owned())
        }
        _ => Err(Fault::new(email, "an address of e-mail such as data@example.go.id")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(public_url: &str) -> CatalogTable {
        CatalogTable { public_url: Some(public_url.to_owned()), ..CatalogTable::default() }
    }

    #[test]
    fn only_the_place_must_be_given() {
        let settings = CatalogSettings::parse(table("https://takar.example.go.id/api/")).unwrap();
        assert_eq!(settings.public_url, "https://takar.example.go.id/api");
        assert_eq!(settings.publisher, MINISTRY);
        assert_eq!((settings.contact_email, settings.licence_url), (None, None));
        assert!(CatalogSettings::parse(CatalogTable::default()).is_err());
    }

    #[test]
    fn what_no_portal_could_use_is_named() {
        let wrong = CatalogTable {
            publisher: Some(String::new()),
            contact_email: Some("data at example".to_owned()),
            licence_url: Some("CC-BY".to_owned()),
            ..table("takar.example.go.id")
        };
        let faults = CatalogSettings::parse(wrong).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["public_url", "publisher", "contact_email", "licence_url"]);
        for url in ["ftp://example.go.id", "https://", "/data", "https://example.go.id/?a=1"] {
            assert!(CatalogSettings::parse(table(url)).is_err(), "{url}");
        }
        for email in ["@example.go.id", "data@example", "a@b@example.go.id", "a b@example.go.id"] {
            assert!(parse_email(email).is_err(), "{email}");
        }
    }
}
