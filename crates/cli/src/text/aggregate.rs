//! What is said of many regions, in sentences.

use takar_proto::v1::{
    Population,
    missing_region::Reason,
    shortlist::{Rule, rule::Kind},
};

use crate::{contract, language::Language, region::id, table::plain};

/// A line above or below a table of many regions.
#[derive(Debug)]
pub(crate) enum Heading<'a> {
    /// What a summary is of.
    Summary { cycle: &'a str, population: &'a str },
    /// What a ranking is by.
    Ranking { cycle: &'a str, population: &'a str, measure: &'a str },
    /// What a trend is of.
    Trend { whose: &'a str, measure: &'a str },
    /// Among whom a shortlist is drawn up.
    Shortlist { cycle: &'a str, population: &'a str },
    /// How many of a population are there.
    Coverage { present: i32, expected: i32 },
    /// How many are ranked, and how.
    Ranked { count: i32, is_dense: bool },
    /// The realisation of a population as a whole.
    Pooled { running: i64, planned: i64, percent: &'a str },
    /// How quartiles and deviations are taken.
    Methods,
    /// How many improvements are not among the others.
    Breaks { count: i32 },
    /// How many may be shortlisted.
    Eligible { count: i32 },
    /// The places of a pillar.
    Places { pillar: &'a str, places: i32 },
    /// How many places are undecided.
    Undecided { places: i32 },
    /// How many places nobody has.
    Vacant { places: i32 },
    /// Who has no value.
    WithoutValue { names: &'a str },
    /// Who may not be shortlisted.
    Excluded,
    /// Not comparable with the point before.
    Break,
}

impl Heading<'_> {
    /// The line in a language.
    pub(crate) fn say(&self, language: Language) -> String {
        let (indonesian, english) = match self {
            Self::Summary { cycle, population } => (
                format!("{population}, ringkasan siklus {cycle}"),
                format!("{population}, summary of cycle {cycle}"),
            ),
            Self::Ranking { cycle, population, measure } => (
                format!("{population}, peringkat siklus {cycle}: {measure}"),
                format!("{population}, ranking of cycle {cycle}: {measure}"),
            ),
            Self::Trend { whose, measure } => (
                format!("{whose}, perkembangan: {measure}"),
                format!("{whose}, trend: {measure}"),
            ),
            Self::Shortlist { cycle, population } => (
                format!("{population}, calon penerima penghargaan siklus {cycle}"),
                format!("{population}, award shortlist of cycle {cycle}"),
            ),
            Self::Coverage { present, expected } => (
                format!("Terbit: {present} dari {expected} daerah"),
                format!("Published: {present} of {expected} regions"),
            ),
            Self::Ranked { count, is_dense: false } => (
                format!("Berperingkat: {count}; nilai sama berbagi peringkat (1-2-2-4)."),
                format!("Ranked: {count}; equal values share a rank (1-2-2-4)."),
            ),
            Self::Ranked { count, is_dense: true } => (
                format!("Berperingkat: {count}; nilai sama berbagi peringkat, rapat (1-2-2-3)."),
                format!("Ranked: {count}; equal values share a rank, densely (1-2-2-3)."),
            ),
            Self::Pooled { running, planned, percent } => (
                format!("Gabungan seluruh daerah: {running}/{planned} = {percent}%"),
                format!("Pooled over all regions: {running}/{planned} = {percent}%"),
            ),
            Self::Methods => (
                "Kuartil dengan interpolasi linear (QUARTILE.INC); simpangan baku populasi (STDEV.P)."
                    .to_owned(),
                "Quartiles by linear interpolation (QUARTILE.INC); standard deviation of a population \
                 (STDEV.P)."
                    .to_owned(),
            ),
            Self::Breaks { count } => (
                format!("{count} kenaikan indeks tidak sebanding (instrumennya lain) dan tidak ikut dihitung."),
                format!("Improvements left out, as another instrument scored the index before: {count}"),
            ),
            Self::Eligible { count } => {
                (format!("Memenuhi syarat: {count}"), format!("Eligible: {count}"))
            }
            Self::Places { pillar, places } => {
                (format!("{pillar}, tempat: {places}"), format!("{pillar}, places: {places}"))
            }
            Self::Undecided { places } => (
                format!("Belum diputuskan: {places} tempat; yang di batas bernilai sama."),
                format!("Undecided places: {places}; those at the cut are tied."),
            ),
            Self::Vacant { places } => {
                (format!("Tidak terisi: {places} tempat"), format!("Vacant places: {places}"))
            }
            Self::WithoutValue { names } => {
                (format!("Tanpa nilai: {names}"), format!("Without a value: {names}"))
            }
            Self::Excluded => ("Tidak memenuhi syarat:".to_owned(), "Not eligible:".to_owned()),
            Self::Break => (
                "tidak sebanding dengan yang sebelumnya".to_owned(),
                "not comparable with the one before".to_owned(),
            ),
        };
        language.pick(indonesian, english)
    }

    /// Of how many regions something is.
    pub(crate) fn coverage(population: &Population) -> Self {
        Self::Coverage { present: population.present_count, expected: population.expected_count }
    }
}

/// Why a region is missing.
pub(crate) fn missing_reason(number: i32, language: Language) -> String {
    let (indonesian, english) = match Reason::try_from(number) {
        Ok(Reason::NoEvaluation) => ("tidak ada evaluasi", "no evaluation"),
        Ok(Reason::NotPublished) => ("belum terbit", "not published"),
        Ok(Reason::Withdrawn) => ("ditarik", "withdrawn"),
        Ok(Reason::NotAssessable) => ("tidak dapat dinilai", "not assessable"),
        Ok(Reason::Unspecified) | Err(_) => return contract::word("MissingRegion.Reason", number),
    };
    language.pick(indonesian, english).to_owned()
}

/// What a shortlist asks of a region.
pub(crate) fn rule(rule: &Rule, language: Language) -> String {
    let minimum = language.decimal(&plain(&rule.minimum));
    let (indonesian, english) = match rule.kind() {
        Kind::MinimumIndex => {
            (format!("indeks paling sedikit {minimum}"), format!("an index of {minimum} at least"))
        }
        Kind::AllPillarsAtOrAboveThreshold => (
            format!("keenam dimensi mencapai ambang {minimum}%"),
            format!("all six pillars at or above the threshold of {minimum}%"),
        ),
        Kind::MinimumPooledRealisation => (
            format!("capaian gabungan paling sedikit {minimum}%"),
            format!("a pooled realisation of {minimum}% at least"),
        ),
        Kind::NotOfCohort => {
            let cohort = plain(id(&rule.cohort));
            (format!("bukan anggota {cohort}"), format!("not of {cohort}"))
        }
        Kind::Unspecified => return contract::word("Shortlist.Rule.Kind", rule.kind),
    };
    language.pick(indonesian, english)
}
