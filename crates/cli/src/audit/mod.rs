//! `takar audit`.

mod chain;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use takar_proto::v1::{AuditEntry, ListAuditEntriesRequest, ListAuditEntriesResponse};

pub(crate) use self::chain::Broken;
use self::chain::Chain;
use crate::{
    arguments::{AuditCommand, AuditList, Common, OutputForm},
    client::{Client, PAGE_SIZE, all_pages},
    error::Error,
    language::Language,
    output,
    table::{Side, Table},
    text::{Label, Message},
};

/// The members of an entry's content that are shown, the list's columns after the first.
const SHOWN: [&str; 7] = ["time", "principal", "role", "method", "resource", "outcome", "reason"];

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, the chain doesn't hold, or the answer cannot be
/// written.
pub(crate) async fn run(command: AuditCommand, common: &Common) -> Result<(), Error> {
    let client = Client::of(common).await?;
    match command {
        AuditCommand::List(filter) => list(client, filter, common).await,
        AuditCommand::Verify { head } => {
            let chain = walk(client, head).await?;
            show_verified(&chain, common)
        }
    }
}

async fn list(mut client: Client, filter: AuditList, common: &Common) -> Result<(), Error> {
    let AuditList { resource, principal, limit } = filter;
    let (resource, principal) = (resource.unwrap_or_default(), principal.unwrap_or_default());
    let mut head = (0, String::new());
    let entries = all_pages(limit, async |page_token, page_size| {
        let (resource, principal) = (resource.clone(), principal.clone());
        let request = ListAuditEntriesRequest {
            page_size,
            page_token,
            resource,
            principal,
            ..ListAuditEntriesRequest::default()
        };
        let answer = client.access.list_audit_entries(request).await?.into_inner();
        head = (answer.head_sequence, answer.head_hash);
        Ok((answer.audit_entries, answer.next_page_token))
    })
    .await?;
    let language = common.language();
    match common.output {
        OutputForm::Table if entries.is_empty() => {
            output::write(&format!("{}\n", Message::NothingFound.say(language)))
        }
        OutputForm::Table => output::write(&table(&entries, language)),
        OutputForm::Json => {
            let (head_sequence, head_hash) = head;
            let whole = ListAuditEntriesResponse {
                audit_entries: entries,
                head_sequence,
                head_hash,
                ..Default::default()
            };
            output::write_json(&whole, "ListAuditEntriesResponse")
        }
        OutputForm::Csv => {
            let columns = [&["sequence"], &SHOWN[..], &["hash"]].concat();
            let row = |entry: &AuditEntry| {
                let mut row = row(entry);
                row.push(entry.hash.clone());
                row
            };
            output::write_csv(&columns, entries.iter().map(row))
        }
    }
}

fn table(entries: &[AuditEntry], language: Language) -> String {
    let labels = [
        (Label::Sequence, Side::Right),
        (Label::Time, Side::Left),
        (Label::Who, Side::Left),
        (Label::Role, Side::Left),
        (Label::Method, Side::Left),
        (Label::Resource, Side::Left),
        (Label::Outcome, Side::Left),
        (Label::Reason, Side::Left),
    ];
    let mut table = Table::new(&labels.map(|(label, side)| (label.say(language), side)));
    entries.iter().map(row).for_each(|row| table.push(row));
    table.render()
}

fn row(entry: &AuditEntry) -> Vec<String> {
    // The server wrote it; what could not be read would show as empty, and `verify` tells why.
    let content: Value = serde_json::from_str(&entry.content).unwrap_or_default();
    let member = |name: &&str| content[*name].as_str().unwrap_or_default().to_owned();
    let sequence = entry.sequence.to_string();
    std::iter::once(sequence).chain(SHOWN.iter().map(member)).collect()
}

/// Reads the trail from its first entry to its last, and checks each as it comes.
async fn walk(mut client: Client, noted: Option<(i64, String)>) -> Result<Chain, Error> {
    let mut chain = Chain::new(noted);
    let bar = ProgressBar::new(0);
    // The template is ours; a wrong one would only leave the usual look.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}") {
        bar.set_style(style);
    }
    let mut page_token = String::new();
    loop {
        let request = ListAuditEntriesRequest {
            page_size: i32::try_from(PAGE_SIZE).unwrap_or(i32::MAX),
            page_token,
            ..Default::default()
        };
        let page = client.access.list_audit_entries(request).await?.into_inner();
        bar.set_length(u64::try_from(page.head_sequence).unwrap_or_default());
        chain.page(&page.audit_entries, (page.head_sequence, &page.head_hash))?;
        bar.inc(page.audit_entries.len() as u64);
        if page.next_page_token.is_empty() {
            bar.finish_and_clear();
            chain.end()?;
            return Ok(chain);
        }
        page_token = page.next_page_token;
    }
}

fn show_verified(chain: &Chain, common: &Common) -> Result<(), Error> {
    let (sequence, hash) = chain.last();
    match common.output {
        OutputForm::Table => {
            let head = format!("{sequence}:{hash}");
            let message = Message::ChainHolds { entries: sequence, head: &head };
            output::write(&format!("{}\n", message.say(common.language())))
        }
        OutputForm::Json => {
            let whole =
                serde_json::json!({ "headSequence": sequence.to_string(), "headHash": hash });
            output::write(&format!("{whole:#}\n"))
        }
        OutputForm::Csv => {
            output::write_csv(&["head_sequence", "head_hash"], [vec![sequence.to_string(), hash]])
        }
    }
}
