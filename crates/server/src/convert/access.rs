//! API keys and audit entries.

use chrono::{DateTime, SecondsFormat, Utc};
use prost_types::Timestamp;
use takar_domain::{
    access::{Grant, Reach},
    api_key::ApiKey,
    fault::{Fault, Faults},
    name::{RegionCode, parse_display_name},
    vocabulary::Role,
};
use takar_proto::v1;
use takar_store::{NewApiKey, StoredApiKey, StoredEntry};

use super::{check_count, each, parse_timestamp, required, timestamp, words};
use crate::name;

/// The most grants of a key: each role twice, for other regions.
const GRANTS_MAX: usize = 10;
/// The most regions of a grant: all 514 and room for those to come.
const REGIONS_MAX: usize = 1_000;

pub(crate) fn api_key(stored: StoredApiKey) -> v1::ApiKey {
    let StoredApiKey {
        id,
        display_name,
        grants,
        create_time,
        create_principal,
        expire_time,
        last_use_time,
        revoke_time,
    } = stored;
    v1::ApiKey {
        name: format!("apiKeys/{id}"),
        display_name,
        grants: grants.into_iter().map(grant).collect(),
        expire_time: expire_time.map(timestamp),
        create_time: Some(timestamp(create_time)),
        create_principal: create_principal.to_string(),
        last_use_time: last_use_time.map(timestamp),
        revoke_time: revoke_time.map(timestamp),
    }
}

fn grant(grant: Grant) -> v1::api_key::Grant {
    let Grant { role, reach } = grant;
    let regions = match reach {
        Reach::All if role.takes_regions() => vec![name::ALL_REGIONS.to_owned()],
        Reach::All => Vec::new(),
        Reach::Regions(codes) => codes.iter().map(|code| format!("regions/{code}")).collect(),
    };
    v1::api_key::Grant { role: words::role(role).into(), regions }
}

/// A new key with the secret's hash of `key`, which must not have expired by `now`.
pub(crate) fn parse_api_key(
    request: v1::CreateApiKeyRequest,
    key: &ApiKey,
    now: DateTime<Utc>,
) -> Result<NewApiKey, Faults> {
    let v1::CreateApiKeyRequest { api_key } = request;
    let api_key = required(api_key).map_err(|fault| fault.at("api_key"))?;
    let v1::ApiKey {
        name: _,
        display_name,
        grants,
        expire_time,
        create_time: _,
        create_principal: _,
        last_use_time: _,
        revoke_time: _,
    } = api_key;
    let mut faults = Faults::none();
    let display_name = faults.keep("api_key.display_name", parse_display_name(&display_name));
    check_count(&mut faults, "api_key.grants", grants.len(), 1, GRANTS_MAX);
    let grants = each(&mut faults, "api_key.grants", grants, parse_grant);
    let expire_time = expire_time.map(|time| parse_expire_time(time, now)).transpose();
    let expire_time = faults.keep("api_key.expire_time", expire_time);
    let parts = display_name.zip(grants).zip(expire_time);
    faults.into_result(parts.map(|((display_name, grants), expire_time)| NewApiKey {
        id: key.id().as_str().to_owned(),
        display_name,
        secret_hash: key.secret_hash(),
        grants,
        expire_time,
    }))
}

fn parse_expire_time(time: Timestamp, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let time = parse_timestamp(time)?;
    if time > now {
        Ok(time)
    } else {
        let shown = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Err(Fault::new(shown, "a time later than now"))
    }
}

fn parse_grant(grant: v1::api_key::Grant) -> Result<Grant, Faults> {
    let v1::api_key::Grant { role, regions } = grant;
    let mut faults = Faults::none();
    let role = faults.keep("role", words::parse_role(role).and_then(check_granted));
    let reach = role.and_then(|role| faults.merge(parse_reach(role, regions)));
    faults.into_result(role.zip(reach).map(|(role, reach)| Grant { role, reach }))
}

fn check_granted(role: Role) -> Result<Role, Fault> {
    match role {
        Role::Public => Err(Fault::new(role, "another role: everyone has this one")),
        role => Ok(role),
    }
}

fn parse_reach(role: Role, regions: Vec<String>) -> Result<Reach, Faults> {
    if !role.takes_regions() {
        return match regions.first() {
            None => Ok(Reach::All),
            Some(region) => {
                let allowed = format!("no region: the role {role} holds for all");
                Err(Fault::new(region, allowed).at("regions").into())
            }
        };
    }
    if regions == [name::ALL_REGIONS] {
        return Ok(Reach::All);
    }
    let mut faults = Faults::none();
    check_count(&mut faults, "regions", regions.len(), 1, REGIONS_MAX);
    let codes =
        each(&mut faults, "regions", regions, |region| name::region(&region).map_err(Faults::from));
    faults.into_result(
        codes.map(|codes: Vec<RegionCode>| Reach::Regions(codes.into_iter().collect())),
    )
}

pub(crate) fn audit_entry(entry: StoredEntry) -> v1::AuditEntry {
    let StoredEntry { sequence, content, hash } = entry;
    v1::AuditEntry { sequence, content, hash: hex(&hash) }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    takar_domain::digest::Sha256Digest::from_bytes(*bytes).to_string()
}
