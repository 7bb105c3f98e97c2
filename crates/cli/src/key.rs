//! `takar key`.

use takar_proto::v1::{
    ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, GetApiKeyRequest, ListApiKeysRequest,
    ListApiKeysResponse, RevokeApiKeyRequest, api_key::Grant,
};

use crate::{
    arguments::{Common, KeyCommand, NewKey, OneKey, OutputForm},
    client::{Client, all_pages},
    contract,
    error::Error,
    language::Language,
    output,
    region::id,
    table::{Side, Table},
    text::{self, Label, Message},
};

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn run(command: KeyCommand, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?;
    let name = |key: OneKey| format!("apiKeys/{}", key.id);
    match command {
        KeyCommand::Create(key) => {
            let request = CreateApiKeyRequest { api_key: Some(message(key)) };
            // Not sent again where no answer comes: a second key would be made.
            let answer = client.access.create_api_key(request).await?;
            show_created(&answer.into_inner(), common)
        }
        KeyCommand::List => {
            let api_keys = all_pages(None, async |page_token, page_size| {
                let request =
                    ListApiKeysRequest { page_size, page_token, ..ListApiKeysRequest::default() };
                let answer = client.access.list_api_keys(request).await?.into_inner();
                Ok((answer.api_keys, answer.next_page_token))
            });
            show_list(api_keys.await?, common)
        }
        KeyCommand::Show(key) => {
            let request = GetApiKeyRequest { name: name(key) };
            show(client.access.get_api_key(request).await?.into_inner(), common)
        }
        KeyCommand::Revoke(key) => {
            let request = RevokeApiKeyRequest { name: name(key) };
            show(client.access.revoke_api_key(request).await?.into_inner(), common)
        }
    }
}

fn message(key: NewKey) -> ApiKey {
    let NewKey { name, grants, expires } = key;
    ApiKey { display_name: name, grants, expire_time: expires, ..ApiKey::default() }
}

/// The secret alone on standard output, so that it can go into a file as it is.
fn show_created(created: &CreateApiKeyResponse, common: &Common) -> Result<(), Error> {
    let CreateApiKeyResponse { api_key, secret } = created;
    let key = api_key.clone().unwrap_or_default();
    match common.output {
        OutputForm::Table => {
            let message = Message::KeyCreated { key: id(&key.name), roles: &grants(&key) };
            output::tell(&message.say(common.language()));
            output::write(&format!("{secret}\n"))
        }
        OutputForm::Json => output::write_json(created, "CreateApiKeyResponse"),
        OutputForm::Csv => {
            output::write_csv(&["key", "secret"], [vec![id(&key.name).to_owned(), secret.clone()]])
        }
    }
}

fn show(key: ApiKey, common: &Common) -> Result<(), Error> {
    match common.output {
        OutputForm::Json => output::write_json(&key, "ApiKey"),
        OutputForm::Table | OutputForm::Csv => show_list(vec![key], common),
    }
}

fn show_list(api_keys: Vec<ApiKey>, common: &Common) -> Result<(), Error> {
    let language = common.language();
    match common.output {
        OutputForm::Table => output::write(&table(&api_keys, language)),
        OutputForm::Json => {
            let whole = ListApiKeysResponse { api_keys, ..Default::default() };
            output::write_json(&whole, "ListApiKeysResponse")
        }
        OutputForm::Csv => output::write_csv(
            &["key", "name", "grants", "created", "expires", "last_use", "revoked"],
            api_keys.iter().map(row),
        ),
    }
}

fn table(keys: &[ApiKey], language: Language) -> String {
    let labels = [
        Label::Id,
        Label::Name,
        Label::Role,
        Label::Created,
        Label::Expires,
        Label::LastUse,
        Label::Revoked,
    ];
    let columns = labels.map(|label| (label.say(language), Side::Left));
    let mut table = Table::new(&columns);
    keys.iter().map(row).for_each(|row| table.push(row));
    table.render()
}

fn row(key: &ApiKey) -> Vec<String> {
    vec![
        id(&key.name).to_owned(),
        key.display_name.clone(),
        grants(key),
        text::second(key.create_time.as_ref()),
        text::second(key.expire_time.as_ref()),
        text::second(key.last_use_time.as_ref()),
        text::second(key.revoke_time.as_ref()),
    ]
}

/// What a key may do, as it is given to `create`.
fn grants(key: &ApiKey) -> String {
    let grant = |grant: &Grant| {
        let role = contract::word("Role", grant.role).to_lowercase();
        let regions: Vec<_> = grant
            .regions
            .iter()
            .map(|region| if region == "regions/-" { "*" } else { id(region) })
            .collect();
        if regions.is_empty() { role } else { format!("{role}={}", regions.join(",")) }
    };
    let grants: Vec<_> = key.grants.iter().map(grant).collect();
    grants.join(" ")
}
