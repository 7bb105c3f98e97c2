//! `takar export`.

use std::path::{Path, PathBuf};

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
    /// The file, which is replaced once the new one is whole; `-` stands for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The format of the file; unless given that which its name ends with, or CSV
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExportFormat>,

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

impl Into {
    /// The format that is asked for, or else that which the file's name tells of.
    pub(crate) fn format(&self) -> ExportFormat {
        self.format.unwrap_or_else(|| ExportFormat::of(&self.file))
    }
}

impl ExportFormat {
    /// That of a file's name, by the endings that the server gives to its files.
    fn of(file: &Path) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let endings = [
            (".xlsx", Self::Xlsx),
            (".jsonl", Self::Jsonl),
            (".sdmx1.json", Self::SdmxJson1),
            (".json", Self::SdmxJson),
        ];
        let found = endings.into_iter().find(|(ending, _)| name.ends_with(ending));
        found.map_or(Self::Csv, |(_, format)| format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_of_the_format() {
        for (name, format) in [
            ("rapor.csv", ExportFormat::Csv),
            ("rapor", ExportFormat::Csv),
            ("-", ExportFormat::Csv),
            ("Rapor 2022.XLSX", ExportFormat::Xlsx),
            ("a.xlsx/rapor.jsonl", ExportFormat::Jsonl),
            ("rapor.json", ExportFormat::SdmxJson),
            ("rapor.sdmx.json", ExportFormat::SdmxJson),
            ("rapor.sdmx1.json", ExportFormat::SdmxJson1),
        ] {
            assert_eq!(ExportFormat::of(Path::new(name)), format, "{name}");
        }
    }
}
