//! `takar export`: what is published, into a file.

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use takar_proto::{
    google::api::HttpBody,
    v1::{self, ExportScorecardsRequest, ExportSummaryRequest},
};
use tempfile::NamedTempFile;
use tonic::Streaming;

use crate::{
    aggregate::population,
    arguments::{Common, ExportCommand, ExportFormat, ExportScorecards, ExportSummary, Into},
    client::Client,
    error::Error,
    output,
    text::Message,
};

/// The file name that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// What a new file may be read by, less what the umask takes away.
const FILE_MODE: u32 = 0o666;

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, the file breaks off, or cannot be written.
pub(crate) async fn run(command: ExportCommand, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?;
    let (pieces, file) = match command {
        ExportCommand::Scorecards(ExportScorecards { cycle, into, wide }) => {
            let Into { file, format, whom } = into;
            let (cohort, province) = population(&whom);
            let layout = if wide { v1::ExportLayout::Wide } else { v1::ExportLayout::Long };
            let request = ExportScorecardsRequest {
                cycle: format!("cycles/{cycle}"),
                format: wire(format).into(),
                cohort,
                province,
                as_of: whom.as_of,
                layout: layout.into(),
            };
            (client.export.export_scorecards(request).await?, file)
        }
        ExportCommand::Summary(ExportSummary { cycle, into }) => {
            let Into { file, format, whom } = into;
            let (cohort, province) = population(&whom);
            let request = ExportSummaryRequest {
                cycle: format!("cycles/{cycle}"),
                format: wire(format).into(),
                cohort,
                province,
                as_of: whom.as_of,
            };
            (client.export.export_summary(request).await?, file)
        }
    };
    save(pieces.into_inner(), &file, common).await
}

/// A resource's name; empty where none is given.
const fn wire(format: ExportFormat) -> v1::ExportFormat {
    match format {
        ExportFormat::Csv => v1::ExportFormat::Csv,
        ExportFormat::Xlsx => v1::ExportFormat::Xlsx,
        ExportFormat::Jsonl => v1::ExportFormat::JsonLines,
        ExportFormat::SdmxJson => v1::ExportFormat::SdmxJson,
        ExportFormat::SdmxJson1 => v1::ExportFormat::SdmxJson1,
    }
}

/// Writes pieces to standard output, or to a file that is there only once it is whole.
async fn save(pieces: Streaming<HttpBody>, file: &Path, common: &Common) -> Result<(), Error> {
    if file.as_os_str() == STANDARD_OUTPUT {
        write(pieces, &mut io::stdout(), Error::Output).await?;
        return Ok(());
    }
    let wrong = |source| Error::Write { file: file.to_owned(), source };
    // Beside it, so that it can be renamed.
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    let mut temporary = tempfile::Builder::new()
        .prefix(".takar-export-")
        .permissions(Permissions::from_mode(FILE_MODE))
        .tempfile_in(directory.unwrap_or(Path::new(".")))
        .map_err(wrong)?;
    let bytes = write(pieces, &mut temporary, wrong).await?;
    keep(temporary, file).map_err(wrong)?;
    let shown = (file.display().to_string(), HumanBytes(bytes).to_string());
    output::tell(&Message::Exported { file: &shown.0, size: &shown.1 }.say(common.language()));
    Ok(())
}

/// Puts the file in its place, where a crash of the machine finds it whole or not at all.
fn keep(temporary: NamedTempFile, file: &Path) -> io::Result<()> {
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}

/// Writes all pieces, and gives how many bytes they are.
async fn write(
    mut pieces: Streaming<HttpBody>,
    into: &mut impl Write,
    wrong: impl Fn(io::Error) -> Error,
) -> Result<u64, Error> {
    // It is seen on a terminal only.
    let bar = ProgressBar::no_length();
    // The template is ours; a wrong one would only leave the usual look.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} {bytes_per_sec}") {
        bar.set_style(style);
    }
    while let Some(HttpBody { data, .. }) = pieces.message().await? {
        into.write_all(&data).map_err(&wrong)?;
        bar.inc(u64::try_from(data.len()).unwrap_or_default());
    }
    into.flush().map_err(&wrong)?;
    let bytes = bar.position();
    bar.finish_and_clear();
    Ok(bytes)
}
