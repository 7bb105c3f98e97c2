//! What runs where, and what to try.

use std::{env, net::SocketAddr};

use takar_embedded_postgres::Cluster;

use super::development_key;
use crate::{
    arguments::DEFAULT_GRPC_ADDRESS,
    error::Error,
    language::Language,
    output,
    text::{Label, Message},
};

/// Where a client on this machine finds what runs.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) grpc: SocketAddr,
    pub(super) http: SocketAddr,
}

impl Addresses {
    /// The gRPC server, as `--server` takes it.
    pub(super) fn server_url(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// The gateway, as a browser takes it.
    pub(super) fn gateway_url(&self) -> String {
        format!("http://{}", self.http)
    }
}

/// Tells on standard output what runs where, and three commands to try.
///
/// # Errors
/// Where standard output cannot be written.
pub(super) fn running(
    cluster: &Cluster,
    addresses: &Addresses,
    language: Language,
) -> Result<(), Error> {
    let Addresses { grpc, http } = addresses;
    let say = |message: Message<'_>| message.say(language);
    let directory = cluster.data_directory().display().to_string();
    let key_file = development_key::file_in(cluster.data_directory()).display().to_string();
    let text = format!(
        "\n{running}\n\n  \
           REST        http://{http}\n  \
           gRPC        {grpc}\n  \
           PostgreSQL  {version}, {data_in}\n  \
           {key}\n\n\
         {try_these}\n\n  \
           curl http://{http}/v1/regions/33.05/scorecards/2022\n  \
           {takar} scorecard show 33.05 2022{server}\n  \
           curl http://{http}/v1/regions/35.71/scorecards/2022\n\n\
         {act_as}\n\n  \
           export TAKAR_TOKEN_FILE={key_word}\n  \
           {takar} evaluation show 33.05 2022{server}\n  \
           curl -H \"Authorization: Bearer $(cat \"$TAKAR_TOKEN_FILE\")\" http://{http}/v1/auditEntries\n\n\
         {how_to_stop}\n",
        running = say(Message::Running),
        version = cluster.version(),
        data_in = say(Message::DataIn { directory: &directory }),
        key = labelled_key(&say(Message::DevelopmentKey { file: &key_file }), language),
        key_word = shell_word(&key_file),
        act_as = say(Message::ActAs),
        try_these = say(Message::Try),
        takar = own_program(),
        server = server_option(addresses),
        how_to_stop = say(Message::HowToStop),
    );
    output::write(&text)
}

/// The line of the key, in line with those above it.
fn labelled_key(key: &str, language: Language) -> String {
    format!("{:<12}{key}", Label::Key.say(language))
}

/// A text as one word of a shell.
fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-".contains(character);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// How this program was called, so that the same words call it again.
fn own_program() -> String {
    env::args().next().unwrap_or_else(|| "takar".to_owned())
}

/// ` --server URL`, unless that is the default.
fn server_option(addresses: &Addresses) -> String {
    if addresses.grpc.to_string() == DEFAULT_GRPC_ADDRESS {
        String::new()
    } else {
        format!(" --server {}", addresses.server_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(shell_word("/var/lib/takar/development-key"), "/var/lib/takar/development-key");
        assert_eq!(shell_word("/home/a b/it's"), r"'/home/a b/it'\''s'");
    }
}
