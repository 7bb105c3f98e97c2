//! Spreadsheets of many regions, which the server reads.

use std::{fs, path::Path};

use super::{importer::progress_bar, past};
use crate::{
    arguments::{Common, Import, OutputForm, RowKind},
    client::Client,
    error::Error,
    language::Language,
    output,
    text::{self, Message},
};
use takar_proto::{
    google::api::HttpBody,
    v1::{
        self, ImportRowsRequest, import::Atomicity, import_progress::Phase,
        import_rows_response::Content,
    },
};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The columns of each kind and a row to follow: Kebumen in 2022.
const TEMPLATES: [(RowKind, &str, &str); 4] = [
    (
        RowKind::Programs,
        "region,program,pillar,display_name,owner_agency,flagship,quick_win,first_year,last_year,\
         budget,source",
        "33.05,balada-pak-kis,LIVING,Balada Pak Kis,Dinas Kesehatan,TRUE,FALSE,2022,2026,\
         1250000000.00,Masterplan Smart City 2021",
    ),
    (
        RowKind::ProgramReports,
        "region,program,status,reason,budget,realised_budget,quick_win",
        "33.05,balada-pak-kis,RUNNING,,250000000.00,240000000.00,FALSE",
    ),
    (
        RowKind::Tallies,
        "region,pillar,running,planned,not_due,source",
        "33.05,LIVING,6,7,0,Surat Bupati",
    ),
    (RowKind::Scores, "region,pillar,component,score,source", "33.05,LIVING,,3.60,Berita acara"),
];

/// Writes the template of a kind.
pub(super) fn template(kind: RowKind) -> Result<(), Error> {
    let template = TEMPLATES.into_iter().find(|(of, ..)| *of == kind);
    let (_, columns, row) = template.ok_or(Error::KindNeeded)?;
    output::write(&format!("{columns}\r\n{row}\r\n"))
}

/// Whether a file is a workbook, by its name.
pub(super) fn is_workbook(path: &Path) -> bool {
    has_extension(path, "xlsx")
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// Imports the files, one after the other.
pub(super) async fn run(arguments: &Import, common: &Common) -> Result<(), Error> {
    let mut requests = Vec::new();
    for path in &arguments.files {
        let file = path.display().to_string();
        let request = request(arguments, path).map_err(|error| error.in_file(&file))?;
        requests.push((file, request));
    }
    let mut client = Client::of(common).await?;
    for (file, request) in requests {
        let imported = import(&mut client, request).await;
        let imported = imported.map_err(|error| error.in_file(&file))?;
        tell(&file, &imported, common).map_err(|error| error.in_file(&file))?;
    }
    Ok(())
}

fn request(arguments: &Import, path: &Path) -> Result<ImportRowsRequest, Error> {
    let content_type = if is_workbook(path) {
        XLSX
    } else if has_extension(path, "csv") {
        CSV
    } else {
        return Err(Error::NoSpreadsheet);
    };
    let data = fs::read(path).map_err(|source| Error::Read { file: path.to_owned(), source })?;
    let rows = &arguments.rows;
    let kind = rows.kind.ok_or(Error::KindNeeded)?.to_wire();
    let atomicity = if rows.by_region { Atomicity::Region } else { Atomicity::File };
    let named = |collection: &str, id: &Option<String>| {
        id.as_ref().map(|id| format!("{collection}/{id}")).unwrap_or_default()
    };
    Ok(ImportRowsRequest {
        parent: named("regions", &rows.region),
        kind: kind.into(),
        cycle: named("cycles", &rows.cycle),
        atomicity: atomicity.into(),
        source: rows.source.clone().unwrap_or_default(),
        sheet: rows.sheet.clone().unwrap_or_default(),
        validate_only: arguments.dry_run,
        file: Some(HttpBody {
            content_type: content_type.to_owned(),
            data: data.into(),
            extensions: Vec::new(),
        }),
    })
}

/// What an import came to, and whether it had before.
struct Imported {
    import: v1::Import,
    already: bool,
}

/// Sends a file, and shows how far the server is: twice over its rows, to the database and into its
/// tables.
async fn import(client: &mut Client, request: ImportRowsRequest) -> Result<Imported, Error> {
    let mut messages = client.import.import_rows(request).await?.into_inner();
    let bar = progress_bar(0);
    let imported = loop {
        let message: Option<v1::ImportRowsResponse> = match messages.message().await {
            Ok(message) => message,
            Err(status) => break Err(status.into()),
        };
        let Some(v1::ImportRowsResponse { content, already_imported }) = message else {
            break Err(Error::NoResult);
        };
        match content {
            Some(Content::Progress(progress)) => {
                let steps = |rows: i32| u64::try_from(rows).unwrap_or_default();
                bar.set_length(2 * steps(progress.rows));
                bar.set_position(match progress.phase() {
                    Phase::Writing => steps(progress.rows) + steps(progress.rows_done),
                    Phase::Staging => steps(progress.rows_done),
                    Phase::Checking | Phase::Unspecified => 0,
                });
            }
            Some(Content::Import(import)) => {
                break Ok(Imported { import, already: already_imported });
            }
            None => {}
        }
    };
    bar.finish_and_clear();
    imported
}

fn tell(file: &str, imported: &Imported, common: &Common) -> Result<(), Error> {
    let import = &imported.import;
    match common.output {
        OutputForm::Json => output::write_json(import, "Import")?,
        OutputForm::Csv => past::write_faults(import)?,
        OutputForm::Table => {
            output::write(&format!("{}\n", summary(file, imported, common.language())))?;
            past::show_faults(import, common)?;
        }
    }
    match import.error_count {
        0 => Ok(()),
        count => Err(Error::RowsRefused { count, is_partial: import.regions_written > 0 }),
    }
}

fn summary(file: &str, imported: &Imported, language: Language) -> String {
    let Imported { import, already } = imported;
    let time = text::second(import.update_time.as_ref());
    let message = if *already {
        Message::AlreadyImported { file, time: &time, principal: &import.principal }
    } else {
        Message::RowsImported {
            file,
            is_dry: import.validate_only,
            rows: [import.rows_created, import.rows_updated, import.rows_unchanged],
            regions: import.regions,
            regions_written: import.regions_written,
        }
    };
    message.say(language)
}
