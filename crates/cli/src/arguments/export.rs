//! `takar export`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Whom, parse_cycle};

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Writes the published scorecards of a cycle to a file
    Scorecards(ExportScorecards),
    /// Writes the summary of a cycle to a file: mean, median, quartiles and the like
    Summary(ExportSummary),
}

/// Which scorecards are exported, and into what.
#[derive(Debug, Args)]
pub(crate) struct ExportScorecards {
    /// The cycle: `2022`; `-` stands for all with real results
    #[arg(value_name = "CYCLE", value_parser = parse_cycle)]
    pub(crate) cycle: String,

    #[command(flatten)]
    pub(crate) into: Into,

    /// One row for each scorecard instead of one for each figure; not for SDMX-JSON
    #[arg(long)]
    pub(crate) wide: bool,
}

/// Which summary is exported, and into what.
#[derive(Debug, Args)]
pub(crate) struct ExportSummary {
    /// The cycle: `2022`; `-` stands for all with real results
    #[arg(value_name = "CYCLE", value_parser = parse_cycle)]
    pub(crate) cycle: String,

    #[command(flatten)]
    pub(crate) into: Into,
}

/// Whose figures are exported, as of when, and where to.
#[derive(Debug, Args)]
pub(crate) struct Into {
    /// The file; `-` stands for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The format of the file
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub(crate) format: ExportFormat,

    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma-separated values (RFC 4180), SDMX-CSV 2.0.0.
    Csv,
    /// A workbook of Excel.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
    /// An SDMX-JSON 2.0.0 data message.
    SdmxJson,
    /// An SDMX-JSON 1.0 data message (working draft), which programs such as sdmx1 read.
    #[value(name = "sdmx-json-1")]
    SdmxJson1,
}
