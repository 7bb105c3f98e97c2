//! The sample data, imported through gRPC as by any client.

use std::io::{self, IsTerminal as _};

use crate::{
    client::Client,
    error::Error,
    import::{Content, Importer, OnDifference, in_order_of_need},
    language::Language,
    output,
    text::Message,
};

/// The files in `sample/`, where each says its source.
const FILES: [(&str, &str); 7] = [
    ("regions.csv", include_str!("../../sample/regions.csv")),
    ("region-codes.csv", include_str!("../../sample/region-codes.csv")),
    ("instrument-kominfo-2022.json", include_str!("../../sample/instrument-kominfo-2022.json")),
    ("cycle-2022.json", include_str!("../../sample/cycle-2022.json")),
    (
        "cohort-smart-governance-2021.json",
        include_str!("../../sample/cohort-smart-governance-2021.json"),
    ),
    ("evaluation-kebumen-2022.json", include_str!("../../sample/evaluation-kebumen-2022.json")),
    ("evaluation-kediri-2022.json", include_str!("../../sample/evaluation-kediri-2022.json")),
];

/// Imports what is missing of the sample data; what is there stays as it is.
///
/// # Errors
/// Where the server cannot be asked or refuses.
pub(super) async fn import(client: Client, language: Language) -> Result<(), Error> {
    output::tell(&Message::ImportingSample.say(language));
    let mut files = Vec::new();
    for (file, text) in FILES {
        let content = Content::parse(file, text).map_err(|error| error.in_file(file))?;
        files.push((file.to_owned(), content));
    }
    let mut importer = Importer::new(client, OnDifference::Keep);
    // A terminal shows bars instead.
    let says_each = !io::stderr().is_terminal();
    for (file, content) in in_order_of_need(files) {
        let outcome = importer.import(&content).await;
        let outcome = outcome.map_err(|error| error.in_file(&file))?;
        for resource in &outcome.kept {
            let message = Message::Kept { resource };
            output::tell(&format!("  {}", message.say(language)));
        }
        if says_each {
            let message = Message::Imported {
                file: &file,
                created: outcome.created,
                existing: outcome.existing,
                waiting: outcome.waiting,
            };
            output::tell(&format!("  {}", message.say(language)));
        }
    }
    Ok(())
}
