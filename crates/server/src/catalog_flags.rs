//! The flags of the catalogue of open datasets, `--catalog-...`.

use serde::Serialize;

/// Whom the datasets are of, and where the public finds them.
#[derive(Serialize, clap::Args)]
pub(crate) struct CatalogFlags {
    /// Where the public reaches the gateway, for the links of `/data.json`:
    /// `https://takar.example.go.id`. Without it there is no catalogue.
    #[arg(long = "catalog-public-url", env = "TAKARD_CATALOG_PUBLIC_URL")]
    #[arg(value_name = "URL", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,

    /// Who publishes the datasets [default: `Kementerian Komunikasi dan Digital`]
    #[arg(long = "catalog-publisher", env = "TAKARD_CATALOG_PUBLISHER")]
    #[arg(value_name = "NAME", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<String>,

    /// Where to ask about the datasets.
    #[arg(long = "catalog-contact-email", env = "TAKARD_CATALOG_CONTACT_EMAIL")]
    #[arg(value_name = "ADDRESS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_email: Option<String>,

    /// The licence under which the datasets may be used.
    #[arg(long = "catalog-licence-url", env = "TAKARD_CATALOG_LICENCE_URL")]
    #[arg(value_name = "URL", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    licence_url: Option<String>,
}

impl CatalogFlags {
    /// Whether none is given.
    pub(crate) const fn are_absent(&self) -> bool {
        let Self { public_url, publisher, contact_email, licence_url } = self;
        public_url.is_none()
            && publisher.is_none()
            && contact_email.is_none()
            && licence_url.is_none()
    }
}
