//! What is imported.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use takar_proto::v1::import;

use super::name::{parse_cycle, parse_region};

/// What is imported.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Columns of each kind: `takar import template KIND`.")]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) command: Option<ImportCommand>,

    /// Result files: JSON of an instrument, cycle, cohort or evaluation; regions.csv and
    /// region-codes.csv (give both at once); with --kind spreadsheets, .csv or .xlsx
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[arg(
        long,
        help = "Only check: result files without a server, spreadsheets by it, against all that is there"
    )]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) rows: Rows,
}

/// What the rows of spreadsheets are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Spreadsheets")]
pub(crate) struct Rows {
    /// What their rows are
    #[arg(long)]
    pub(crate) kind: Option<RowKind>,

    /// The cycle that they are of: `2022`; programmes are of none
    #[arg(long, requires = "kind", value_parser = parse_cycle)]
    pub(crate) cycle: Option<String>,

    /// The region that all of them must be of: `33.05`; an operator imports for one
    #[arg(long, requires = "kind", value_name = "CODE", value_parser = parse_region)]
    pub(crate) region: Option<String>,

    /// Write the regions whose rows are right, not only whole files; again goes on with the others
    #[arg(long, requires = "kind")]
    pub(crate) by_region: bool,

    /// The source of rows that name none
    #[arg(long, requires = "kind", value_name = "TEXT")]
    pub(crate) source: Option<String>,

    /// The sheet of a workbook; its only one unless given
    #[arg(long, requires = "kind", value_name = "NAME")]
    pub(crate) sheet: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Writes a CSV file with the columns of a kind and a row to follow, to standard output
    Template {
        /// The kind
        kind: RowKind,
    },
    /// Lists spreadsheets that were imported, newest first
    List {
        /// Only imports that were limited to this region: `33.05`
        #[arg(long, value_name = "CODE", value_parser = parse_region)]
        region: Option<String>,

        /// At most so many
        #[arg(long, value_name = "COUNT")]
        limit: Option<usize>,
    },
    /// Shows an import with the rows that were at fault
    Show {
        /// Its name, as `list` shows it: `imports/...`
        #[arg(value_name = "NAME")]
        import: String,
    },
}

/// What the rows of a spreadsheet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowKind {
    /// Programmes of masterplans.
    Programs,
    /// Reports on programmes in a cycle.
    ProgramReports,
    /// Counts of programmes in a cycle.
    Tallies,
    /// Final scores in a cycle.
    Scores,
}

impl RowKind {
    /// The contract's word.
    pub(crate) const fn to_wire(self) -> import::Kind {
        match self {
            Self::Programs => import::Kind::Programs,
            Self::ProgramReports => import::Kind::ProgramReports,
            Self::Tallies => import::Kind::Tallies,
            Self::Scores => import::Kind::Scores,
        }
    }
}
