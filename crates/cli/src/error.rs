//! What can go wrong, and how a person is told in either language.

mod allowed;
mod audit;
mod embedded;
mod status;

use std::{fmt::Write as _, io, net::SocketAddr, path::PathBuf};

use tonic::Status;

pub(crate) use self::allowed::in_indonesian as allowed_in_indonesian;
use crate::{audit::Broken, import::Difference, language::Language};

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Error {
    /// The async runtime cannot start.
    Runtime(io::Error),
    /// Standard output cannot be written.
    Output(io::Error),

    /// A server's address is none.
    ServerUrl { url: String },
    /// The files for TLS can't be used.
    Tls(Box<takar_tls::Error>),
    /// What was given as a credential is none.
    Credential { of: String },
    /// Nobody answers at a server's address.
    Connect { url: String, source: tonic::transport::Error },
    /// The server refuses or fails.
    Status(Box<Status>),

    /// The audit trail is not as it was written.
    Chain(Broken),

    /// A file cannot be read.
    Read { file: PathBuf, source: io::Error },
    /// A file cannot be written.
    Write { file: PathBuf, source: io::Error },
    /// A person ended the work before its file was whole.
    Interrupted { file: PathBuf },
    /// A file holds something else than is needed here.
    OtherFile { needed: String },
    /// A file's content is not what it should be; `place` says where, unless it is all of it.
    Content { place: String, problem: String },
    /// A CSV file has none of the known headers.
    Header { found: String, known: String },
    /// A region's name in a file is not that of the code beside it.
    RegionName { place: String, code: String, named: String, is: String },
    /// A code in a file is not the current one.
    RegionCode { place: String, code: String, current: String },
    /// A former code that its region doesn't have.
    FormerCode { code: String, region: String },
    /// What is stored already differs from the file.
    Different { resource: String, differences: Vec<Difference> },
    /// What is published already differs from the file.
    DifferentPublication { resource: String, differences: Vec<Difference> },
    /// A workbook alone does not say what its rows are.
    KindNeeded,
    /// A file is no spreadsheet.
    NoSpreadsheet,
    /// Rows are at fault, and what is in them is told already.
    RowsRefused { count: i32, is_partial: bool },
    /// The server ended an import without a result.
    NoResult,
    /// Something went wrong with a file.
    InFile { file: String, source: Box<Error> },

    /// Logging cannot start.
    Logging(io::Error),
    /// Postgres cannot be started or stopped.
    Postgres(Box<takar_embedded_postgres::Error>),
    /// A task of ours panicked.
    Task(tokio::task::JoinError),
    /// An address cannot be listened on.
    Listen { option: &'static str, address: SocketAddr, source: io::Error },
    /// The database cannot be opened or migrated.
    Database(Box<dyn std::error::Error + Send + Sync>),
    /// The files of evidence cannot be kept.
    Objects(Box<dyn std::error::Error + Send + Sync>),
    /// The key for development cannot be made.
    DevelopmentKey(Box<dyn std::error::Error + Send + Sync>),
    /// The gateway cannot be set up.
    Gateway(Box<dyn std::error::Error + Send + Sync>),
    /// Postgres ended although nobody asked it to.
    PostgresDied { log: PathBuf },
    /// The gRPC server ended although nobody asked it to.
    ServerStopped(Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The gateway ended although nobody asked it to.
    GatewayStopped(Option<io::Error>),
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::Chain(broken)
    }
}

impl Error {
    /// Puts the file's name before an error.
    pub(crate) fn in_file(self, file: &str) -> Self {
        Self::InFile { file: file.to_owned(), source: Box::new(self) }
    }

    /// What a person is told.
    #[expect(clippy::too_many_lines, reason = "a catalogue: two lines a sentence")]
    pub(crate) fn describe(&self, language: Language) -> String {
        let (indonesian, english) = match self {
            Self::Runtime(error) => (
                format!("program tidak dapat dijalankan: {error}"),
                format!("the program cannot run: {error}"),
            ),
            Self::Output(error) => (
                format!("keluaran tidak dapat ditulis: {error}"),
                format!("the output cannot be written: {error}"),
            ),
            Self::ServerUrl { url } => (
                format!("--server {url} bukan alamat seperti http://127.0.0.1:50051"),
                format!("--server {url} is no address such as http://127.0.0.1:50051"),
            ),
            Self::Tls(error) => (
                format!("TLS tidak dapat dipakai: {}", chain(error.as_ref())),
                format!("TLS cannot be used: {}", chain(error.as_ref())),
            ),
            Self::Credential { of } => (
                format!("{of} tidak berisi kunci API atau token: satu kata tanpa spasi"),
                format!("{of} holds no API key or token: one word without blanks"),
            ),
            Self::Connect { url, source } => (
                format!(
                    "server {url} tidak dapat dihubungi ({}); jalankan dengan `takar up`, atau \
                     beri alamat lain dengan --server",
                    innermost(source)
                ),
                format!(
                    "the server {url} cannot be reached ({}); start one by `takar up`, or give \
                     another address by --server",
                    innermost(source)
                ),
            ),
            Self::Status(status) => return status::describe(status, language),
            Self::Read { file, source } => (
                format!("{} tidak dapat dibaca: {source}", file.display()),
                format!("{} cannot be read: {source}", file.display()),
            ),
            Self::Write { file, source } => (
                format!("{} tidak dapat ditulis: {source}", file.display()),
                format!("{} cannot be written: {source}", file.display()),
            ),
            Self::Interrupted { file } => (
                format!("dihentikan; {} tidak ditulis", file.display()),
                format!("interrupted; {} is not written", file.display()),
            ),
            Self::OtherFile { needed } => (
                format!("isinya lain; yang diperlukan {needed}"),
                format!("it holds something else; needed is {needed}"),
            ),
            Self::Chain(broken) => return audit::describe(broken, language),
            Self::Content { place, problem } => (
                located(&place_in_indonesian(place), &problem_in_indonesian(problem)),
                located(place, problem),
            ),
            Self::Header { found, known } => (
                format!("baris pertama {found:?} tidak dikenal; yang boleh: {known}"),
                format!("the first line {found:?} is not known; allowed is {known}"),
            ),
            Self::RegionName { place, code, named, is } => (
                located(place, &format!("{code} adalah {is}, bukan {named}")),
                located(place, &format!("{code} is {is}, not {named}")),
            ),
            Self::RegionCode { place, code, current } => (
                located(place, &format!("{code} kode lama; kode sekarang {current}")),
                located(place, &format!("{code} is a former code; the current one is {current}")),
            ),
            Self::FormerCode { code, region } => (
                format!(
                    "{code} tidak tercatat sebagai kode lama {region}; kode lama hanya dapat \
                     diberikan saat daerah didaftarkan (impor regions.csv dan region-codes.csv \
                     bersama-sama)"
                ),
                format!(
                    "{code} is not known as a former code of {region}; former codes can only be \
                     given when a region is registered (import regions.csv and region-codes.csv \
                     together)"
                ),
            ),
            Self::Different { resource, differences } => (
                format!("{resource} sudah ada dengan isi lain:{}", listed(differences, language)),
                format!(
                    "{resource} is there already with other content:{}",
                    listed(differences, language)
                ),
            ),
            Self::DifferentPublication { resource, differences } => (
                format!(
                    "{resource} sudah diterbitkan dengan isi lain, dan koreksi memerlukan alasan \
                     (terbitkan revisi dengan alasannya):{}",
                    listed(differences, language)
                ),
                format!(
                    "{resource} is published already with other content, and a correction needs a \
                     reason (publish a revision with its reason):{}",
                    listed(differences, language)
                ),
            ),
            Self::KindNeeded => (
                "untuk lembar kerja beri --kind; kolomnya: `takar import template JENIS`"
                    .to_owned(),
                "a spreadsheet needs --kind; its columns: `takar import template KIND`".to_owned(),
            ),
            Self::NoSpreadsheet => {
                ("bukan .csv atau .xlsx".to_owned(), "neither .csv nor .xlsx".to_owned())
            }
            Self::RowsRefused { count, is_partial: false } => (
                format!("tidak ada yang ditulis: {count} kesalahan"),
                format!("nothing is written: {count} faults"),
            ),
            Self::RowsRefused { count, is_partial: true } => (
                format!("sebagian daerah tidak ditulis: {count} kesalahan; perbaiki dan ulangi"),
                format!("some regions are not written: {count} faults; mend them and try again"),
            ),
            Self::NoResult => (
                "server memutus impor tanpa hasil; ulangi perintahnya".to_owned(),
                "the server ended the import without a result; run the command again".to_owned(),
            ),
            Self::InFile { file, source } => {
                return format!("{file}: {}", source.describe(language));
            }
            Self::Logging(error) => (
                format!("log tidak dapat dimulai: {error}"),
                format!("logging cannot start: {error}"),
            ),
            Self::Postgres(error) => return embedded::describe(error, language),
            Self::Task(error) => (
                format!("kesalahan program: {error}"),
                format!("a mistake of the program: {error}"),
            ),
            Self::Listen { option, address, source }
                if source.kind() == io::ErrorKind::AddrInUse =>
            {
                (
                    format!(
                        "alamat {address} sudah dipakai program lain; pilih yang lain dengan {option}"
                    ),
                    format!(
                        "the address {address} is taken by another program; choose another by {option}"
                    ),
                )
            }
            Self::Listen { option, address, source } => (
                format!("alamat {address} ({option}) tidak dapat dipakai: {source}"),
                format!("the address {address} ({option}) cannot be used: {source}"),
            ),
            Self::Database(error) => (
                format!("basis data tidak dapat dibuka: {}", chain(&**error)),
                format!("the database cannot be opened: {}", chain(&**error)),
            ),
            Self::Objects(error) => (
                format!("berkas bukti dukung tidak dapat disimpan: {}", chain(&**error)),
                format!("files of evidence cannot be kept: {}", chain(&**error)),
            ),
            Self::DevelopmentKey(error) => (
                format!("kunci pengembangan tidak dapat dibuat: {}", chain(&**error)),
                format!("the development key cannot be made: {}", chain(&**error)),
            ),
            Self::Gateway(error) => (
                format!("gateway tidak dapat dijalankan: {}", chain(&**error)),
                format!("the gateway cannot be started: {}", chain(&**error)),
            ),
            Self::PostgresDied { log } => (
                format!("PostgreSQL berhenti dengan sendirinya; lihat {}", log.display()),
                format!("PostgreSQL stopped by itself; see {}", log.display()),
            ),
            Self::ServerStopped(cause) => (
                format!("server gRPC berhenti dengan sendirinya{}", because(cause.as_deref())),
                format!("the gRPC server stopped by itself{}", because(cause.as_deref())),
            ),
            Self::GatewayStopped(cause) => {
                let cause = cause.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
                (
                    format!("gateway berhenti dengan sendirinya{cause}"),
                    format!("the gateway stopped by itself{cause}"),
                )
            }
        };
        language.pick(indonesian, english)
    }
}

fn because(cause: Option<&(dyn std::error::Error + Send + Sync)>) -> String {
    cause.map(|error| format!(": {}", chain(error))).unwrap_or_default()
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// The last cause, which says it in the plainest words: `Connection refused`.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

fn located(place: &str, problem: &str) -> String {
    if place.is_empty() { problem.to_owned() } else { format!("{place}: {problem}") }
}

fn listed(differences: &[Difference], language: Language) -> String {
    let mut list = String::new();
    for Difference { field, wanted, existing } in differences {
        let _ = match language {
            Language::Indonesian => {
                write!(list, "\n  {field}: {wanted} di berkas, {existing} di server")
            }
            Language::English => {
                write!(list, "\n  {field}: {wanted} in the file, {existing} on the server")
            }
        };
    }
    list
}

/// The words in which parsers and the server name a problem, each with its Indonesian.
const PROBLEM_WORDS: [(&str, &str); 12] = [
    (" is not allowed; allowed is ", " tidak boleh; yang boleh: "),
    ("not JSON: ", "bukan JSON: "),
    ("unknown field ", "ruas tidak dikenal "),
    ("unknown variant ", "kata tidak dikenal "),
    ("missing field ", "tidak ada ruas "),
    ("duplicate field ", "ruas ganda "),
    ("invalid type: ", "jenis salah: "),
    ("invalid value: ", "nilai salah: "),
    (", expected one of ", ", yang boleh salah satu dari "),
    (", expected a string", ", yang boleh teks dalam tanda kutip"),
    (", expected ", ", yang boleh "),
    ("at most planned, which is ", "paling banyak sebanyak rencana, yaitu "),
];

fn place_in_indonesian(place: &str) -> String {
    place.replace("line ", "baris ").replace("column ", "kolom ")
}

fn problem_in_indonesian(problem: &str) -> String {
    let translate =
        |text: String, (english, indonesian): &(&str, &str)| text.replace(english, indonesian);
    PROBLEM_WORDS.iter().fold(problem.to_owned(), translate)
}
