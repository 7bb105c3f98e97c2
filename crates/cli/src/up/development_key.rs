//! The key by which whoever runs `takar up` may do everything: one for each data directory.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use takar_proto::v1::ListCyclesRequest;
use takar_server::Server;
use tonic::Code;

use crate::{
    client::Client, credential::Credential, error::Error, language::Language, output, text::Message,
};

/// The file in the data directory that holds it, for its owner's eyes.
const FILE: &str = "development-key";
/// The name by which the list of keys and the audit trail know it.
const DISPLAY_NAME: &str = "takar up";
/// All that a person who tries things out needs.
const GRANTS: [&str; 4] = ["secretariat", "administrator", "operator=*", "assessor"];

/// The file of the key in a data directory.
pub(super) fn file_in(data_directory: &Path) -> PathBuf {
    data_directory.join(FILE)
}

/// A client of the running server that shows the key; a new key is made where there is none, or
/// where the database doesn't take the one in the file.
///
/// # Errors
/// Where the file cannot be read or written, or the server doesn't answer.
pub(super) async fn client(
    server: &Server,
    server_url: &str,
    data_directory: &Path,
    language: Language,
) -> Result<Client, Error> {
    let file = file_in(data_directory);
    let tls = takar_tls::Client::default();
    if let Some(credential) = read(&file)? {
        let client = Client::connect(server_url, &tls, credential).await?;
        if is_taken(&client).await? {
            return Ok(client);
        }
    }
    output::tell(
        &Message::MakingDevelopmentKey { file: &file.display().to_string() }.say(language),
    );
    let secret = server
        .create_api_key(DISPLAY_NAME, &GRANTS)
        .await
        .map_err(|error| Error::DevelopmentKey(Box::new(error)))?;
    write(&file, &secret).map_err(|source| Error::Write { file: file.clone(), source })?;
    let credential = Credential::parse(&secret).unwrap_or_default();
    Client::connect(server_url, &tls, credential).await
}

fn read(file: &Path) -> Result<Option<Credential>, Error> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Credential::parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { file: file.to_owned(), source }),
    }
}

/// Whether the database knows the key: anybody may list cycles, but not with a wrong credential.
async fn is_taken(client: &Client) -> Result<bool, Error> {
    let request = ListCyclesRequest { page_size: 1, ..ListCyclesRequest::default() };
    match client.registry.clone().list_cycles(request).await {
        Ok(_) => Ok(true),
        Err(status) if status.code() == Code::Unauthenticated => Ok(false),
        Err(status) => Err(status.into()),
    }
}

/// Writes a file that its owner alone may read, whole or not at all.
fn write(file: &Path, secret: &str) -> io::Result<()> {
    let written = file.with_extension("new");
    match fs::remove_file(&written) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&written)?;
    writeln!(new, "{secret}")?;
    new.sync_all()?;
    fs::rename(&written, file)
}
