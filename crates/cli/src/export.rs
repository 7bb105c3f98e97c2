//! `takar export`: what is published, into a file.

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::Duration,
};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use takar_proto::{
    google::api::HttpBody,
    v1::{self, ExportScorecardsRequest, ExportSummaryRequest},
};
use takar_telemetry::shutdown_signal;
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

/// How often the progress is drawn where nothing comes.
const TICK: Duration = Duration::from_millis(200);

/// What a new file may be read by, less what the umask takes away.
const FILE_MODE: u32 = 0o666;

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, the file breaks off, or cannot be written.
pub(crate) async fn run(command: ExportCommand, common: &Common) -> Result<(), Error> {
    let (ExportCommand::Scorecards(ExportScorecards { into, .. })
    | ExportCommand::Summary(ExportSummary { into, .. })) = &command;
    refuse_directory(&into.file)?;
    let mut client = Client::of(common).await?;
    let (pieces, file) = match command {
        ExportCommand::Scorecards(ExportScorecards { cycle, into, wide }) => {
            let format = into.format();
            let Into { file, format: _, whom } = into;
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
            let format = into.format();
            let Into { file, format: _, whom } = into;
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

/// Refuses a directory before the file is made, not when it is put in its place.
fn refuse_directory(file: &Path) -> Result<(), Error> {
    if file.is_dir() {
        let source = io::ErrorKind::IsADirectory.into();
        return Err(Error::Write { file: file.to_owned(), source });
    }
    Ok(())
}

/// What the contract calls a format.
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
        // An interrupt ends the program at once: a write to a pipe that nobody empties could not hear
        // of it, and there is nothing to take away.
        write(pieces, &mut io::stdout(), Error::Output).await?;
        return Ok(());
    }
    let bytes = tokio::select! {
        // It listens before there is a temporary file to take away.
        biased;
        interrupted = shutdown_signal() => {
            interrupted.map_err(Error::Runtime)?;
            return Err(Error::Interrupted { file: file.to_owned() });
        }
        bytes = save_whole(pieces, file) => bytes?,
    };
    let shown = (file.display().to_string(), HumanBytes(bytes).to_string());
    output::tell(&Message::Exported { file: &shown.0, size: &shown.1 }.say(common.language()));
    Ok(())
}

/// Writes a file beside its place, puts it there, and gives how many bytes it has.
async fn save_whole(pieces: Streaming<HttpBody>, file: &Path) -> Result<u64, Error> {
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
    Ok(bytes)
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
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} {elapsed}") {
        bar.set_style(style);
    }
    // A workbook is sent when its last row is there, so for a while there is nothing to count.
    bar.enable_steady_tick(TICK);
    while let Some(HttpBody { data, .. }) = pieces.message().await? {
        into.write_all(&data).map_err(&wrong)?;
        bar.inc(u64::try_from(data.len()).unwrap_or_default());
    }
    into.flush().map_err(&wrong)?;
    let bytes = bar.position();
    bar.finish_and_clear();
    Ok(bytes)
}
