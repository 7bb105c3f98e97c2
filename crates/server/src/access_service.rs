//! `AccessService`: API keys and the audit trail.

use takar_domain::{
    access::{Grant, Principal},
    api_key::{API_KEY_RANDOM_BYTES, ApiKey},
    fault::Faults,
    name::parse_display_name,
    vocabulary::Role,
};
use takar_proto::v1::{self, access_service_server::AccessService as Service};
use takar_store::{AuditFilter, Begun, Call, NewApiKey, Store};
use tonic::{Request, Response, Status};

use crate::{
    convert,
    error::{Error, answer},
    name,
    page::{self, FilterHash},
    write::{changed, write},
};

pub(crate) struct AccessService {
    pub(crate) store: Store,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Service for AccessService {
    async fn create_api_key(
        &self,
        request: Request<v1::CreateApiKeyRequest>,
    ) -> Answer<v1::CreateApiKeyResponse> {
        write(&self.store, request, |message, mut write| async move {
            let key = new_api_key().map_err(Error::Random)?;
            let now = write.now().await?;
            let new = convert::parse_api_key(message, &key, now)?;
            let stored = write.create_api_key(&new).await?;
            let api_key = convert::api_key(stored);
            changed(&mut write, None, Some(&api_key));
            let response =
                v1::CreateApiKeyResponse { api_key: Some(api_key), secret: key.reveal() };
            Ok((write, response))
        })
        .await
    }

    async fn get_api_key(&self, request: Request<v1::GetApiKeyRequest>) -> Answer<v1::ApiKey> {
        answer(async {
            let v1::GetApiKeyRequest { name } = request.into_inner();
            let id = name::api_key(&name).map_err(|fault| fault.at("name"))?;
            Ok(convert::api_key(self.store.api_key(&id).await?))
        })
        .await
    }

    async fn list_api_keys(
        &self,
        request: Request<v1::ListApiKeysRequest>,
    ) -> Answer<v1::ListApiKeysResponse> {
        answer(async {
            let v1::ListApiKeysRequest { page_size, page_token, count_total } =
                request.into_inner();
            let hash = FilterHash::new("ListApiKeys", &[]);
            let page = page::parse(page_size, &page_token, &hash, |key| Ok(key.to_owned()))?;
            let mut keys = self.store.api_keys(&page).await?;
            let next_page_token = page::cut(&mut keys, &page, &hash, |key| key.id.clone());
            let total_size = page::total(count_total, || self.store.count_api_keys()).await?;
            let api_keys = keys.into_iter().map(convert::api_key).collect();
            Ok(v1::ListApiKeysResponse { api_keys, next_page_token, total_size })
        })
        .await
    }

    async fn revoke_api_key(
        &self,
        request: Request<v1::RevokeApiKeyRequest>,
    ) -> Answer<v1::ApiKey> {
        write(&self.store, request, |message, mut write| async move {
            let v1::RevokeApiKeyRequest { name } = message;
            let id = name::api_key(&name).map_err(|fault| fault.at("name"))?;
            let api_key = convert::api_key(write.revoke_api_key(&id).await?);
            changed(&mut write, None, Some(&api_key));
            Ok((write, api_key))
        })
        .await
    }

    async fn list_audit_entries(
        &self,
        request: Request<v1::ListAuditEntriesRequest>,
    ) -> Answer<v1::ListAuditEntriesResponse> {
        answer(async {
            let v1::ListAuditEntriesRequest {
                page_size,
                page_token,
                resource,
                principal,
                count_total,
            } = request.into_inner();
            let hash = FilterHash::new("ListAuditEntries", &[&resource, &principal]);
            let mut faults = Faults::none();
            let page = page::parse(page_size, &page_token, &hash, page::parse_number);
            let page = faults.merge(page);
            let filter = faults.merge(parse_audit_filter(resource, &principal));
            let (page, filter) = faults.into_result(page.zip(filter))?;
            let (mut entries, end) = self.store.audit_entries(&filter, &page).await?;
            let next_page_token =
                page::cut(&mut entries, &page, &hash, |entry| entry.sequence.to_string());
            let total_size =
                page::total(count_total, || self.store.count_audit_entries(&filter)).await?;
            Ok(v1::ListAuditEntriesResponse {
                audit_entries: entries.into_iter().map(convert::audit_entry).collect(),
                next_page_token,
                head_sequence: end.sequence,
                head_hash: convert::hex(&end.hash),
                total_size,
            })
        })
        .await
    }
}

/// Why a key can't be created on behalf of whoever runs the server.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Its name or a grant is wrong.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
    /// It can't be stored.
    #[error("the key can't be stored")]
    Store(#[from] takar_store::Error),
}

/// Creates a key on behalf of whoever runs the server; the audit trail says so.
pub(crate) async fn create_for_system(
    store: &Store,
    display_name: &str,
    grants: &[&str],
) -> Result<String, KeyError> {
    let mut faults = Faults::none();
    let display_name = faults.keep("display_name", parse_display_name(display_name));
    let grants: Option<Vec<_>> =
        grants.iter().map(|grant| faults.keep("grants", Grant::parse(grant))).collect();
    let (display_name, grants) = faults.into_result(display_name.zip(grants))?;
    let key = new_api_key()?;
    let new = NewApiKey {
        id: key.id().as_str().to_owned(),
        display_name,
        secret_hash: key.secret_hash(),
        grants,
        expire_time: None,
    };
    let call = Call {
        principal: Principal::system(),
        role: Some(Role::Administrator),
        method: "create-key".to_owned(),
        request_id: String::new(),
        peer: "local".to_owned(),
        resource: key.id().principal().to_string(),
    };
    if let Begun::Write(mut write) = store.begin(call, Role::Administrator, None).await? {
        let stored = convert::api_key(write.create_api_key(&new).await?);
        changed(&mut write, None, Some(&stored));
        write.commit(&[]).await?;
    }
    Ok(key.reveal())
}

/// A key of the system's randomness.
fn new_api_key() -> Result<ApiKey, getrandom::Error> {
    let mut random = [0; API_KEY_RANDOM_BYTES];
    getrandom::fill(&mut random)?;
    Ok(ApiKey::new(random))
}

fn parse_audit_filter(resource: String, principal: &str) -> Result<AuditFilter, Faults> {
    let given = Some(principal).filter(|principal| !principal.is_empty());
    let principal = given.map(Principal::parse).transpose();
    let principal = principal.map_err(|fault| fault.at("principal"))?;
    let resource = Some(resource).filter(|resource| !resource.is_empty());
    Ok(AuditFilter { resource, principal })
}
