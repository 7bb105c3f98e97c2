//! The first key, made by whoever runs the server, and what a server needs to know callers by.

use std::process::{Command, Output};

use takar_embedded_postgres::testing::TestDatabase;
use takar_store::{ConnectionSettings, Store};

async fn database() -> TestDatabase {
    let migrate = |url: String| async move {
        Store::new(&url, &ConnectionSettings::default())?.migrate().await
    };
    TestDatabase::create("takar", migrate).await.expect("a database")
}

fn takard(database_url: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_takard"));
    for variable in ["TAKARD_API_KEYS_ONLY", "TAKARD_IDENTITY_ISSUER", "TAKARD_CONFIG"] {
        command.env_remove(variable);
    }
    command.env("TAKARD_DATABASE_URL", database_url).args(arguments);
    command.output().expect("the program runs")
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_created_key_is_printed_alone_and_opens_with_what_was_granted() {
    let database = database().await;
    let store = Store::new(database.url(), &ConnectionSettings::default()).expect("a URL");
    let grants = ["--role", "secretariat", "--role", "operator=33.05,33.06"];
    let arguments = [&["create-key", "--name", "Sekretariat"], &grants[..]].concat();
    let output = takard(database.url(), &arguments);
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it is text");
    let secret = printed.strip_suffix('\n').expect("it is a line");
    let key = takar_domain::api_key::ApiKey::parse(secret).expect("it is a key and nothing else");
    let opened = store.open_api_key(&key).await.expect("the database answers");
    let takar_store::Opened::Valid(actor) = opened else { panic!("{opened:?}") };
    let grants: Vec<_> = ["secretariat", "operator=33.05,33.06"]
        .map(|grant| takar_domain::access::Grant::parse(grant).expect("a grant"))
        .into();
    assert_eq!(actor.grants, grants);

    for (role, allowed) in [("operator", "operator=33.05"), ("king", "secretariat")] {
        let wrong = ["create-key", "--name", "x", "--role", role];
        let told = complaint(&takard(database.url(), &wrong));
        assert!(told.contains(role) && told.contains(allowed), "{told}");
    }
}

#[test]
fn a_server_without_an_identity_provider_does_not_start_unless_it_is_told_to() {
    let url = "postgres://takar@127.0.0.1:1/takar";
    let told = complaint(&takard(url, &["serve"]));
    assert!(told.contains("--identity-issuer") && told.contains("--api-keys-only"), "{told}");
    // It goes on, to the database that is not there.
    let output = takard(url, &["serve", "--api-keys-only"]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("--identity-issuer"), "{told}");
}
