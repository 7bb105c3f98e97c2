//! Keys in a file.

use std::{
    fs::File,
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::json;

use super::*;

fn write(path: &Path, keys: &str, age: Duration) {
    std::fs::write(path, keys).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test]
async fn a_file_is_read_again_when_its_time_changes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let (old, new) = (TestKey::ed25519("a"), TestKey::ed25519("b"));
    let identifier = identifier(IdentityTable { jwks_file: Some(path.clone()), ..table() });
    let (old_token, new_token) = (old.token(&claims(&json!({}))), new.token(&claims(&json!({}))));
    let siti = Ok("users/siti".to_owned());

    assert_eq!(caller(&identifier, &old_token, noon()).await, Err("IDENTITY_PROVIDER_UNAVAILABLE"));

    write(&path, &key_set(&[&old]), Duration::from_mins(2));
    assert_eq!(caller(&identifier, &old_token, noon()).await, siti);
    assert_eq!(caller(&identifier, &new_token, noon()).await, Err("CREDENTIAL_UNKNOWN_KEY"));

    // Of the same length, so that only the time tells it.
    write(&path, &key_set(&[&new]), Duration::from_mins(1));
    assert_eq!(caller(&identifier, &new_token, noon()).await, siti);
    assert_eq!(caller(&identifier, &old_token, noon()).await, Err("CREDENTIAL_UNKNOWN_KEY"));

    write(&path, "{", Duration::ZERO);
    assert_eq!(caller(&identifier, &new_token, noon()).await, Err("IDENTITY_PROVIDER_UNAVAILABLE"));
}
