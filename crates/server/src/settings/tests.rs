//! Where settings come from, and which are refused.

use std::io::Write as _;

use clap::Parser;
use tempfile::NamedTempFile;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    flags: Flags,
}

/// The settings of this file and these flags.
fn settings(file: &str, flags: &[&str]) -> anyhow::Result<Settings> {
    let mut written = NamedTempFile::new()?;
    written.write_all(file.as_bytes())?;
    let path = written.path().to_str().unwrap();
    let line = ["takard", "--config", path].into_iter().chain(flags.iter().copied());
    Settings::load(&Line::try_parse_from(line)?.flags)
}

fn complaint(file: &str, flags: &[&str]) -> String {
    let identity = settings(file, flags).and_then(|settings| settings.identity());
    format!("{:#}", identity.unwrap_err())
}

#[test]
fn a_password_is_not_shown() {
    for (url, shown) in [
        ("postgres://takar:s3cr@t@db/takar", "postgres://takar:***@db/takar"),
        ("postgres://takar@db/takar", "postgres://takar@db/takar"),
        ("postgres:///takar?host=/run", "postgres:///takar?host=/run"),
    ] {
        assert_eq!(without_password(url), shown);
    }
}

#[test]
fn flags_of_the_identity_provider_go_before_its_table() {
    let file = r#"
        [identity]
        issuer = "https://sso.test"
        audience = "takar"
        jwks_url = "https://sso.test/jwks"
        roles_claim = "realm_access.roles"

        [identity.role_map]
        "Takar.Sekretariat Utama" = "secretariat"
        asesor = "operator"
    "#;
    let flags = [
        "--identity-audience=takar-staging",
        "--identity-role-map=asesor=assessor,Kunci=A=administrator",
    ];
    let expected = IdentitySettings::new(IdentityTable {
        issuer: Some("https://sso.test".to_owned()),
        audience: Some("takar-staging".to_owned()),
        jwks_url: Some("https://sso.test/jwks".to_owned()),
        roles_claim: Some("realm_access.roles".to_owned()),
        role_map: [
            ("Takar.Sekretariat Utama", "secretariat"),
            ("asesor", "assessor"),
            ("Kunci=A", "administrator"),
        ]
        .map(|(value, role)| (value.to_owned(), role.to_owned()))
        .into(),
        ..IdentityTable::default()
    });
    let identity = settings(file, &flags).unwrap().identity().unwrap();
    assert_eq!(identity, Some(expected.unwrap()));
}

#[test]
fn only_api_keys_are_known_only_where_it_is_said() {
    assert!(complaint("", &[]).contains("--api-keys-only"));
    assert!(complaint("", &["--api-keys-only=false"]).contains("--identity-issuer"));
    for (file, flags) in [
        ("api_keys_only = true", &[] as &[_]),
        ("", &["--api-keys-only"]),
        ("", &["--api-keys-only=true"]),
    ] {
        assert_eq!(settings(file, flags).unwrap().identity().unwrap(), None, "{flags:?}");
    }
    let both = complaint("api_keys_only = true", &["--identity-issuer=https://sso.test"]);
    assert!(both.contains("--api-keys-only"), "{both}");
}

#[test]
fn files_of_evidence_are_kept_where_it_is_said() {
    let default = settings("", &[]).unwrap().objects();
    assert_eq!(default, ObjectSettings::default());
    let file = "objects_url = 's3://takar/bukti'\nobjects_endpoint = 'https://minio:9000'";
    let set = settings(file, &["--objects-url=s3://takar"]).unwrap().objects();
    let expected = ObjectSettings {
        url: "s3://takar".to_owned(),
        endpoint: Some("https://minio:9000".to_owned()),
    };
    assert_eq!(set, expected);
    assert!(set.check().is_ok());
}

#[test]
fn a_wrong_setting_of_the_identity_provider_is_named() {
    let half = complaint("", &["--identity-issuer=https://sso.test"]);
    assert!(half.contains("identity.audience") && half.contains("identity.jwks_url"), "{half}");
    let unknown = complaint("[identity]\nissuers = 'https://sso.test'", &[]);
    assert!(unknown.contains("issuers"), "{unknown}");
    let role = complaint("", &["--identity-role-map=boss=king"]);
    assert!(role.contains("identity.role_map.boss"), "{role}");
    assert!(complaint("", &["--identity-role-map=boss"]).contains("VALUE=ROLE"));
}

#[test]
fn a_catalogue_is_made_where_it_is_told_where_the_public_comes() {
    assert_eq!(settings("", &[]).unwrap().catalog().unwrap(), None);
    let file = "[catalog]\npublic_url = 'https://takar.test'\npublisher = 'Diskominfo'";
    let set = settings(file, &["--catalog-contact-email=data@takar.test"]).unwrap();
    let expected = CatalogSettings::parse(CatalogTable {
        public_url: Some("https://takar.test".to_owned()),
        publisher: Some("Diskominfo".to_owned()),
        contact_email: Some("data@takar.test".to_owned()),
        licence_url: None,
    });
    assert_eq!(set.catalog().unwrap(), Some(expected.unwrap()));
    let wrong = settings("", &["--catalog-public-url=takar.test"]).unwrap().catalog();
    let complaint = format!("{:#}", wrong.unwrap_err());
    assert!(complaint.contains("public_url") && complaint.contains("takar.test"), "{complaint}");
}

#[test]
fn so_many_analyses_and_what_ifs_are_carried_out_or_none() {
    let set = settings("max_analyses = 3\nmax_what_ifs = 0", &[]).unwrap().limits();
    assert_eq!((set.max_analyses, set.max_what_ifs), (3, 0));
    let flags = ["--max-analyses=0", "--max-what-ifs=7"];
    let set = settings("", &flags).unwrap().limits();
    assert_eq!((set.max_analyses, set.max_what_ifs), (0, 7));
}

#[test]
fn at_least_one_export_is_made() {
    assert_eq!(settings("max_exports = 2", &[]).unwrap().limits().max_exports.get(), 2);
    assert!(settings("max_exports = 0", &[]).is_err());
}
