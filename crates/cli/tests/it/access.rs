//! Credentials, keys and the audit trail.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use crate::support::{Up, directory, run_with};

// One test, as it owns the `up` that all of it asks.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_shown_refused_and_their_writes_are_in_the_audit_trail() {
    let directory = directory();
    let data = directory.path().join("data");
    let up = Up::start(&data, &["--no-sample"]);

    development_key_is_its_owners_alone(&up);
    refusals_say_where_a_credential_can_be_given(&up);
    let key = created_key_is_shown_once_and_revoked(&up);
    audit_trail_lists_what_was_written(&up, &key);
    let head = chain_holds_and_has_its_earlier_heads(&up);
    altered_entry_is_named(&up, &head).await;
    assert!(up.stop().success());
}

#[test]
fn a_development_key_is_used_again_and_made_anew_where_it_is_refused() {
    let directory = directory();
    let data = directory.path().join("data");
    let up = Up::start(&data, &["--no-sample"]);
    let first = fs::read_to_string(up.key_file()).expect("there is a key");
    assert!(up.stop().success());

    let up = Up::start(&data, &["--no-sample"]);
    let second = fs::read_to_string(up.key_file()).expect("there is a key");
    assert_eq!(second, first);
    let id = json(&up, &["key", "list"])["apiKeys"][0]["name"].clone();
    let id = id.as_str().expect("a key has a name").to_owned();
    up.takar_with_key(&["key", "revoke", &id]).output();
    assert!(up.stop().success());

    let up = Up::start(&data, &["--no-sample"]);
    let third = fs::read_to_string(up.key_file()).expect("there is a key");
    assert_ne!(third, first);
    assert_eq!(json(&up, &["key", "list"])["apiKeys"].as_array().map(Vec::len), Some(2));
    assert!(up.stop().success());
}

fn development_key_is_its_owners_alone(up: &Up) {
    let file = up.key_file();
    let mode = fs::metadata(&file).expect("there is a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = fs::read_to_string(&file).expect("there is a key");
    assert!(!up.printed.contains(secret.trim()) && up.printed.contains("export TAKAR_TOKEN_FILE="));
}

fn refusals_say_where_a_credential_can_be_given(up: &Up) {
    let key = fs::read_to_string(up.key_file()).expect("there is a key");
    let ask = |lang: &str, variables: &[(&str, &str)]| {
        let arguments = ["key", "list", "--server", &up.grpc, "--lang", lang];
        run_with(&arguments, variables)
    };
    assert_eq!(ask("en", &[("TAKAR_TOKEN", &key)]).code, Some(0));
    let unknown = "takar_aaaaaaaaaaaa_".to_owned() + &"a".repeat(43);
    for language in ["en", "id"] {
        let mut told = up.takar(&["key", "list", "--lang", language]).failure();
        for credential in [unknown.as_str(), "nonsense", "two words"] {
            told += &ask(language, &[("TAKAR_TOKEN", credential)]).failure();
        }
        insta::assert_snapshot!(format!("credentials-{language}"), told);
    }
    let absent = ask("en", &[("TAKAR_TOKEN_FILE", "/nowhere/key")]).failure();
    assert!(absent.contains("/nowhere/key cannot be read"), "{absent}");
}

fn created_key_is_shown_once_and_revoked(up: &Up) -> String {
    let create = ["key", "create", "--name", "Diskominfo", "--role", "operator=33.05,33.06"];
    let created = up.takar_with_key(&[&create[..], &["--expires", "90d"]].concat());
    assert!(created.stderr.contains("operator=33.05,33.06"), "{created:?}");
    let secret = created.output();
    assert_eq!(secret.lines().count(), 1);
    let id = secret.split('_').nth(1).expect("a key has an id").to_owned();

    let shown = json(up, &["key", "show", &id]);
    assert_eq!(shown["displayName"], "Diskominfo");
    assert_eq!(
        shown["grants"][0]["regions"],
        serde_json::json!(["regions/33.05", "regions/33.06"])
    );
    assert!(shown["expireTime"].is_string());
    assert!(!shown.to_string().contains(secret.trim()));

    let with_it = |arguments: &[&str]| {
        let arguments = [arguments, &["--server", &up.grpc, "--lang", "en"]].concat();
        run_with(&arguments, &[("TAKAR_TOKEN", secret.trim())])
    };
    let told = with_it(&["key", "list"]).failure();
    assert!(told.contains("NOT_PERMITTED") && told.contains("--token-file"), "{told}");
    assert_eq!(with_it(&["cycle", "list"]).code, Some(0));
    up.takar_with_key(&["key", "revoke", &id]).output();
    let told = with_it(&["cycle", "list"]).failure();
    assert!(told.contains("CREDENTIAL_REVOKED"), "{told}");
    id
}

fn audit_trail_lists_what_was_written(up: &Up, key: &str) {
    let resource = format!("apiKeys/{key}");
    let entries = json(up, &["audit", "list", "--resource", &resource]);
    let contents: Vec<Value> = entries["auditEntries"]
        .as_array()
        .expect("there are entries")
        .iter()
        .map(|entry| entry["content"].as_str().expect("an entry has content"))
        .map(|content| serde_json::from_str(content).expect("its content is JSON"))
        .collect();
    assert_eq!(
        contents.last().map(|last| &last["method"]),
        Some(&"AccessService/RevokeApiKey".into())
    );
    let table = up.takar_with_key(&["audit", "list", "--limit", "2"]).output();
    assert_eq!(table.lines().count(), 3, "{table}");
    let csv = up.takar_with_key(&["audit", "list", "--principal", "system", "--output", "csv"]);
    assert!(csv.output().contains("create-key"));
}

fn chain_holds_and_has_its_earlier_heads(up: &Up) -> String {
    let verify = |arguments: &[&str]| {
        up.takar_with_key(&[&["audit", "verify", "--lang", "en"], arguments].concat())
    };
    let holds = verify(&[]).output();
    let head = holds.trim().rsplit(' ').next().expect("a head is printed").to_owned();
    up.takar_with_key(&["key", "create", "--name", "Another", "--role", "assessor"]).output();
    verify(&["--head", &head]).output();
    let (sequence, hash) = head.split_once(':').expect("a head has two parts");
    let other = format!("1:{hash}");
    let told = verify(&["--head", &other]).failure();
    assert!(told.contains("entry 1 is not the one given by --head"), "{sequence}: {told}");
    head
}

async fn altered_entry_is_named(up: &Up, head: &str) {
    let mut database = PgConnection::connect(&up.database_url()).await.expect("it can be opened");
    for statement in [
        "alter table audit_entry disable trigger all",
        "update audit_entry set content = replace(content, 'Diskominfo', 'Dinkominfo') \
         where sequence = (select min(sequence) from audit_entry where content like '%Diskominfo%')",
    ] {
        sqlx::query(statement).execute(&mut database).await.expect("a superuser may");
    }
    let told = up.takar_with_key(&["audit", "verify", "--lang", "id", "--head", head]).failure();
    assert!(told.contains("jejak audit rusak: entri 2 "), "{told}");
}

fn json(up: &Up, arguments: &[&str]) -> Value {
    let output = up.takar_with_key(&[arguments, &["--output", "json"]].concat()).output();
    serde_json::from_str(&output).expect("the tool writes JSON")
}
