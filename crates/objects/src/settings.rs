//! Where the objects are kept.

use std::path::PathBuf;

use object_store::path::Path;
use serde::{Deserialize, Serialize};
use takar_domain::fault::Fault;
use url::Url;

/// Where the objects are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectSettings {
    /// `file:///DIRECTORY`, which is made where it is missing, or `s3://BUCKET/PREFIX`.
    ///
    /// For a bucket, region, credentials and path style come from the environment, by the names of
    /// AWS: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and so on.
    pub url: String,
    /// The address of an S3-compatible server, `https://HOST:PORT`, before `AWS_ENDPOINT_URL_S3`;
    /// plain `http://` is taken as said.
    pub endpoint: Option<String>,
}

impl Default for ObjectSettings {
    fn default() -> Self {
        Self { url: "file:///var/lib/takar/objects".to_owned(), endpoint: None }
    }
}

/// The settings, parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A directory of this machine.
    Directory(PathBuf),
    /// A bucket of S3 or a server like it.
    Bucket { bucket: String, prefix: Path, endpoint: Option<String> },
}

impl ObjectSettings {
    /// Checks that the settings can be read; nothing is opened or made.
    ///
    /// # Errors
    /// A [`Fault`] whose field is the setting's name.
    pub fn check(&self) -> Result<(), Fault> {
        self.location().map(drop)
    }

    /// # Errors
    /// A [`Fault`] whose field is the setting's name.
    pub(crate) fn location(&self) -> Result<Location, Fault> {
        let endpoint = self.endpoint.as_deref().map(parse_endpoint).transpose();
        let endpoint = endpoint.map_err(|fault| fault.at("endpoint"))?;
        let location = parse_url(&self.url, endpoint).map_err(|fault| fault.at("url"))?;
        match (&location, &self.endpoint) {
            (Location::Directory(_), Some(endpoint)) => {
                Err(Fault::new(endpoint, "only an s3:// url's").at("endpoint"))
            }
            (Location::Directory(_), None) | (Location::Bucket { .. }, _) => Ok(location),
        }
    }
}

fn parse_url(text: &str, endpoint: Option<String>) -> Result<Location, Fault> {
    let refused = |url: &str| Fault::new(url, "file:///DIRECTORY or s3://BUCKET/PREFIX");
    let url = Url::parse(text).map_err(|_| refused(text))?;
    if !is_plain(&url) {
        return Err(refused(&without_login(url)));
    }
    // `file:objects` would be read as `/objects`, which is hardly meant.
    if text.starts_with("file:///") {
        let directory = url.to_file_path().map_err(|()| refused(text))?;
        return Ok(Location::Directory(directory));
    }
    let bucket = url.host_str().filter(|_| url.scheme() == "s3" && url.port().is_none());
    let bucket = bucket.ok_or_else(|| refused(text))?.to_owned();
    let prefix = Path::from_url_path(url.path()).map_err(|_| refused(text))?;
    Ok(Location::Bucket { bucket, prefix, endpoint })
}

fn parse_endpoint(text: &str) -> Result<String, Fault> {
    let refused = |url: &str| Fault::new(url, "https://HOST:PORT or http://HOST:PORT");
    let url = Url::parse(text).map_err(|_| refused(text))?;
    if !is_plain(&url) {
        return Err(refused(&without_login(url)));
    }
    if matches!(url.scheme(), "http" | "https") { Ok(url.into()) } else { Err(refused(text)) }
}

/// Whether it has none of what would be left unread; a login belongs in the environment.
fn is_plain(url: &Url) -> bool {
    url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// The URL as it can be shown in a fault, which is logged.
fn without_login(mut url: Url) -> String {
    // Both fail for a URL that cannot have a login, which then has none.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str, endpoint: Option<&str>) -> Result<Location, Fault> {
        ObjectSettings { url: url.to_owned(), endpoint: endpoint.map(str::to_owned) }.location()
    }

    #[test]
    fn objects_are_in_a_directory_unless_set_otherwise() {
        let default = PathBuf::from("/var/lib/takar/objects");
        assert_eq!(ObjectSettings::default().location(), Ok(Location::Directory(default)));
        let spaced = Location::Directory(PathBuf::from("/srv/bukti dukung"));
        assert_eq!(location("file:///srv/bukti%20dukung", None), Ok(spaced));
    }

    #[test]
    fn a_bucket_may_have_a_prefix_and_an_endpoint() {
        let bucket = |prefix: &str, endpoint: Option<&str>| Location::Bucket {
            bucket: "takar-bukti".to_owned(),
            prefix: Path::from(prefix),
            endpoint: endpoint.map(str::to_owned),
        };
        assert_eq!(location("s3://takar-bukti", None), Ok(bucket("", None)));
        assert_eq!(location("s3://takar-bukti/a/b/", None), Ok(bucket("a/b", None)));
        assert_eq!(
            location("s3://takar-bukti/a", Some("https://minio.example:9000")),
            Ok(bucket("a", Some("https://minio.example:9000/"))),
        );
    }

    #[test]
    fn a_fault_names_the_setting_and_hides_a_login() {
        for url in [
            "",
            "/var/lib/takar",
            "file:objects",
            "file://host/objects",
            "s3:bucket",
            "s3:///prefix",
            "s3://bucket:9000/a",
            "s3://bucket/a?region=x",
            "https://bucket.s3.amazonaws.com",
            "ftp://bucket/a",
        ] {
            let fault = location(url, None).unwrap_err();
            assert_eq!((fault.field.as_str(), fault.value.as_str()), ("url", url));
            assert_eq!(fault.allowed, "file:///DIRECTORY or s3://BUCKET/PREFIX");
        }
        let fault = location("s3://key:secret@bucket/a", None).unwrap_err();
        assert_eq!(fault.value, "s3://bucket/a");
        for endpoint in ["minio:9000", "", "s3://minio"] {
            let fault = location("s3://bucket", Some(endpoint)).unwrap_err();
            assert_eq!((fault.field.as_str(), fault.value.as_str()), ("endpoint", endpoint));
        }
        let fault = location("s3://bucket", Some("http://u:secret@minio:9000")).unwrap_err();
        assert_eq!(fault.value, "http://minio:9000/");
        let fault = location("file:///a", Some("http://minio:9000")).unwrap_err();
        assert_eq!(
            (fault.field.as_str(), fault.allowed.as_str()),
            ("endpoint", "only an s3:// url's")
        );
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let read = |json| serde_json::from_str::<ObjectSettings>(json);
        assert_eq!(read("{}").unwrap(), ObjectSettings::default());
        assert!(read(r#"{"bucket": "a"}"#).unwrap_err().to_string().contains("`bucket`"));
    }
}
