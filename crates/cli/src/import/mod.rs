//! `takar import`, and the import of the sample data.
//!
//! In reading order: [`content`] reads a file ([`result_file`], [`regions`], [`word`]),
//! [`importer`], [`evaluation`] and [`play`] send it, [`difference`] compares it with what is there.
//! Spreadsheets go as they are, for the server to read ([`spreadsheet`], [`past`]).

mod content;
mod difference;
mod evaluation;
mod importer;
mod past;
mod play;
mod regions;
mod result_file;
mod spreadsheet;
mod word;

use std::{fs, path::Path};

use takar_proto::v1::Tally;

pub(crate) use content::Content;
pub(crate) use difference::Difference;
pub(crate) use importer::{Imported, Importer, OnDifference};

use crate::{
    arguments::{Common, Import, ImportCommand},
    client::Client,
    error::Error,
    output,
    text::Message,
};

/// Runs the command: all files are read and checked before the first is sent.
///
/// # Errors
/// Where a file cannot be read or is wrong, or the server cannot be asked or refuses.
pub(crate) async fn run(arguments: &Import, common: &Common) -> Result<(), Error> {
    match (&arguments.command, &arguments.rows) {
        (Some(ImportCommand::Template { kind }), _) => spreadsheet::template(*kind),
        (Some(ImportCommand::List { region, limit }), _) => {
            past::list(region.as_deref(), *limit, common).await
        }
        (Some(ImportCommand::Show { import }), _) => past::show(import, common).await,
        (None, rows) if rows.kind.is_some() => spreadsheet::run(arguments, common).await,
        (None, _) => run_result_files(arguments, common).await,
    }
}

async fn run_result_files(arguments: &Import, common: &Common) -> Result<(), Error> {
    let language = common.language();
    let mut files = Vec::new();
    for path in &arguments.files {
        let file = path.display().to_string();
        let content = read(path, &file)?;
        if arguments.dry_run {
            let items = content.items();
            let message = Message::Checked { file: &file, items };
            output::write(&format!("{}\n", message.say(language)))?;
        }
        files.push((file, content));
    }
    if arguments.dry_run {
        return Ok(());
    }
    let client = Client::of(common).await?;
    let mut importer = Importer::new(client, OnDifference::Refuse);
    for (file, content) in in_order_of_need(files) {
        let outcome = importer.import(&content).await;
        let outcome = outcome.map_err(|error| error.in_file(&file))?;
        let Imported { created, existing, waiting, kept: _ } = outcome;
        let message = Message::Imported { file: &file, created, existing, waiting };
        output::write(&format!("{}\n", message.say(language)))?;
    }
    Ok(())
}

fn read(path: &Path, file: &str) -> Result<Content, Error> {
    if spreadsheet::is_workbook(path) {
        return Err(Error::KindNeeded.in_file(file));
    }
    let text =
        fs::read_to_string(path).map_err(|source| Error::Read { file: path.to_owned(), source })?;
    Content::parse(file, &text).map_err(|error| error.in_file(file))
}

/// The tallies of a result file, which must be of this region and cycle.
///
/// # Errors
/// Where the file cannot be read, is wrong, or holds something else.
pub(crate) fn tallies(path: &Path, region: &str, cycle: &str) -> Result<Vec<Tally>, Error> {
    let file = path.display().to_string();
    let content = read(path, &file)?;
    let tallies = match &content {
        Content::Evaluation(evaluation) => evaluation.tallies_of(region, cycle),
        _ => Err(Error::OtherFile { needed: "kind: \"evaluation\"".to_owned() }),
    };
    tallies.map_err(|error| error.in_file(&file))
}

/// Puts what others refer to first, and gives the regions their former codes, which can only be
/// given when a region is registered.
pub(crate) fn in_order_of_need(mut files: Vec<(String, Content)>) -> Vec<(String, Content)> {
    files.sort_by_key(|(_, content)| content.rank());
    let mut former_codes = Vec::new();
    for (_, content) in &files {
        if let Content::FormerCodes(codes) = content {
            former_codes.extend(codes.iter().cloned());
        }
    }
    for (_, content) in &mut files {
        if let Content::Regions(regions) = content {
            regions::add_former_codes(regions, &former_codes);
        }
    }
    files
}
