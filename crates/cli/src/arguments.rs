//! The command line.

mod access;
mod aggregate;
mod analysis;
mod evaluation;
mod export;
mod import;
mod name;
mod value;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use prost_types::Timestamp;
use takar_telemetry::LogFormat;

use self::name::{id_of, parse_cohort, parse_cycle, parse_instrument, parse_region};
pub(crate) use self::{
    access::{AuditCommand, AuditList, KeyCommand, NewKey, OneKey},
    aggregate::{Measured, Ranking, Shortlist, Summary, Trend, Whom},
    analysis::{Robustness, WhatIf},
    evaluation::{Because, EvaluationCommand, EvaluationList, Publish, Report, Scores, Which},
    export::{ExportCommand, ExportFormat, ExportScorecards, ExportSummary, Into},
    import::{Import, ImportCommand, RowKind},
    value::Scored,
};
use crate::{error::Error, language::Language};

/// Where a server on this machine listens unless it is told otherwise.
pub(crate) const DEFAULT_GRPC_ADDRESS: &str = "127.0.0.1:50051";

/// Records, scores and publishes the yearly evaluation of Indonesia's smart cities.
#[derive(Debug, Parser)]
#[command(name = "takar", version)]
#[command(after_help = "To begin: `takar up`, then `takar scorecard show 33.05 2022`.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// The gRPC server to talk to
    #[arg(
        long,
        env = "TAKAR_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:50051",
        global = true
    )]
    pub(crate) server: String,

    /// The authority to trust for an https server, in PEM form; the public ones unless given
    #[arg(long, env = "TAKAR_CA_FILE", value_name = "FILE", global = true)]
    ca_file: Option<PathBuf>,

    /// The certificate to show to an https server, in PEM form
    #[arg(long, env = "TAKAR_CERTIFICATE_FILE", value_name = "FILE", global = true)]
    certificate_file: Option<PathBuf>,

    /// The private key of that certificate, in PEM form
    #[arg(long, env = "TAKAR_KEY_FILE", value_name = "FILE", global = true)]
    key_file: Option<PathBuf>,

    #[arg(
        long,
        env = "TAKAR_TOKEN_FILE",
        value_name = "FILE",
        global = true,
        help = "A file with the API key or token to show; without one, that in TAKAR_TOKEN",
        long_help = "A file with the API key or token to show to the server; without one, that in \
            the environment variable TAKAR_TOKEN. It can't be given on the command line itself, \
            where every process of this machine could read it. What is published can be read \
            without any"
    )]
    pub(crate) token_file: Option<PathBuf>,

    /// The language of tables and messages; that of the locale unless given
    #[arg(long, env = "TAKAR_LANG", value_name = "LANGUAGE", global = true)]
    lang: Option<Language>,

    /// The form of answers: a table to read, the API's JSON, or CSV
    #[arg(long, value_name = "FORM", default_value = "table", global = true)]
    pub(crate) output: OutputForm,
}

impl Common {
    /// The language to write in.
    pub(crate) fn language(&self) -> Language {
        self.lang.unwrap_or_else(Language::of_environment)
    }

    /// Whom to trust and what to show where the server speaks TLS.
    ///
    /// # Errors
    /// [`Error::Tls`] where a certificate is given without its key, or a key without it.
    pub(crate) fn tls(&self) -> Result<takar_tls::Client, Error> {
        let certificate = self.certificate_file.clone();
        takar_tls::Client::given(self.ca_file.clone(), certificate, self.key_file.clone())
            .map_err(|error| Error::Tls(Box::new(error)))
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// A table to read.
    Table,
    /// The JSON of the API.
    Json,
    /// Comma-separated values (RFC 4180), with decimal points.
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs all of Takar on this machine: database, gRPC server, REST gateway and sample data
    #[command(after_help = SAMPLE_LICENCE)]
    Up(Up),
    /// Shows provinces, kabupaten and kota
    #[command(subcommand)]
    Region(RegionCommand),
    /// Runs evaluations: reports, submits, reviews, scores and publishes them
    #[command(subcommand)]
    Evaluation(EvaluationCommand),
    /// Shows scorecards (rapor): what follows from an evaluation
    #[command(subcommand)]
    Scorecard(ScorecardCommand),
    /// Summarises a cycle over the nation, a province or a cohort
    Summary(Summary),
    /// Ranks the regions of a cycle
    Ranking(Ranking),
    /// Shows how a region or a cohort does from cycle to cycle
    Trend(Trend),
    /// Draws up the shortlist of an award: the best of each pillar
    Shortlist(Shortlist),
    /// Shows a cycle as another instrument or other weights would score it; writes nothing
    WhatIf(WhatIf),
    /// Analyses how far the ranks of a cycle depend on weights, rounding and the kind of mean
    Robustness(Robustness),
    /// Shows named sets of regions (kelompok)
    #[command(subcommand)]
    Cohort(CohortCommand),
    /// Shows and creates the rounds of the evaluation
    #[command(subcommand)]
    Cycle(CycleCommand),
    /// Shows scoring methods (pedoman)
    #[command(subcommand)]
    Instrument(InstrumentCommand),
    /// Writes what is published to files for spreadsheets and statistics
    #[command(subcommand)]
    Export(ExportCommand),
    /// Makes, lists and revokes API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Shows and verifies the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Imports result files and spreadsheets; what is there already with the same content stays
    Import(Import),
    /// Fills cycles with made-up results, marked as simulated, where the server allows it
    Simulate(Simulate),
    /// Writes a completion script for a shell to standard output
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// The attribution that the licence of the sample's regions asks for.
const SAMPLE_LICENCE: &str = "The sample's regions contain information from idn-area-data \
    (https://github.com/fityannugroho/idn-area-data), which is made available under the Open \
    Database License (ODbL) 1.0.";

/// What `up` logs unless told otherwise: what goes wrong in Takar itself. Its HTTP layer also
/// reports each refusal of a client's, which the client is told anyway.
const QUIET_FILTER: &str = "warn,tower_http=off";

/// What `up` runs, and where.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Where the data live [default: /var/lib/takar as root, else ~/.local/share/takar]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// The address of the REST gateway; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) http: SocketAddr,

    /// The address of the gRPC server; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_GRPC_ADDRESS)]
    pub(crate) grpc: SocketAddr,

    #[arg(
        long,
        value_name = "DIR",
        help = "The directory of PostgreSQL's programs; searched for unless given"
    )]
    pub(crate) postgres_bin: Option<PathBuf>,

    #[arg(long, help = "Do not download PostgreSQL where this machine has none")]
    pub(crate) no_fetch: bool,

    /// Do not import the sample data
    #[arg(long)]
    pub(crate) no_sample: bool,

    /// How log lines are written, to standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    #[arg(
        long,
        value_name = "FILTER",
        default_value = QUIET_FILTER,
        help = "What is logged, as in RUST_LOG; `warn,takar=info` shows each request"
    )]
    pub(crate) log_filter: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegionCommand {
    /// Lists regions in the order of their codes
    List(RegionList),
    /// Shows one region
    Show {
        /// Its Kemendagri code, current or former: `33.05`
        #[arg(value_name = "CODE", value_parser = parse_region)]
        region: String,
    },
}

/// Which regions are listed.
#[derive(Debug, Args)]
pub(crate) struct RegionList {
    /// Only the kabupaten and kota of this province: `33`
    #[arg(long, value_name = "CODE", value_parser = parse_region)]
    pub(crate) province: Option<String>,

    /// Only those of this kind
    #[arg(long)]
    pub(crate) kind: Option<RegionKind>,

    /// Only those whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,

    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
}

/// What a region is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RegionKind {
    /// A province.
    Province,
    /// A regency.
    Kabupaten,
    /// A city.
    Kota,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScorecardCommand {
    /// Shows the scorecard of one region in one cycle
    Show(Dated),
    /// Lists scorecards, one a line
    List(ScorecardList),
    /// Explains how the figures came about, down to programmes, answers and evidence
    Explain(Dated),
    /// Lists the revisions that were published, newest first
    Revisions(Which),
}

/// Which scorecard, and of when.
#[derive(Debug, Args)]
pub(crate) struct Dated {
    #[command(flatten)]
    pub(crate) which: Which,

    /// As it was published at this time: `2026-12-31T23:59:59+07:00`
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub(crate) as_of: Option<Timestamp>,
}

/// Which scorecards are listed.
#[derive(Debug, Args)]
pub(crate) struct ScorecardList {
    /// Only those of this cycle: `2022`
    #[arg(long, value_parser = parse_cycle)]
    pub(crate) cycle: Option<String>,

    /// Only those of this region: `33.05`
    #[arg(long, value_name = "CODE", value_parser = parse_region)]
    pub(crate) region: Option<String>,

    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CohortCommand {
    /// Shows one cohort with its members
    Show {
        /// Its id: `smart-governance-2021`
        #[arg(value_name = "ID", value_parser = parse_cohort)]
        cohort: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CycleCommand {
    /// Lists the cycles
    List,
    /// Creates a cycle
    Create(NewCycle),
}

/// A cycle to create.
#[derive(Debug, Args)]
pub(crate) struct NewCycle {
    /// Its id: `2026`
    #[arg(long, value_parser = parse_cycle)]
    pub(crate) id: String,

    /// What it is called
    #[arg(long)]
    pub(crate) name: String,

    /// The instrument by which it is scored: `kominfo-2022`
    #[arg(long, value_name = "ID", value_parser = parse_instrument)]
    pub(crate) instrument: String,

    /// The cycle before, with whose index improvement is measured
    #[arg(long, value_name = "ID", value_parser = parse_cycle)]
    pub(crate) previous: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InstrumentCommand {
    /// Shows one instrument
    Show {
        /// Its id: `kominfo-2022`
        #[arg(value_name = "ID", value_parser = parse_instrument)]
        instrument: String,
    },
}

/// What is simulated.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// How many regions take part, the first by code
    #[arg(long, value_name = "COUNT", default_value_t = 514)]
    pub(crate) regions: i32,

    /// How many cycles, each after the one before: simulation-SEED-001 and so on
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) cycles: i32,

    /// From what the figures are made: the same seed gives the same
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: i32,

    /// The instrument by which they are scored
    #[arg(long, value_name = "ID", default_value = "kominfo-2022", value_parser = parse_instrument)]
    pub(crate) instrument: String,
}
