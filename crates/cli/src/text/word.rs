//! The contract's words as people say them.

use prost_types::Timestamp;
use takar_proto::v1::{
    self, Component, Item, Pillar, PublishedFigure,
    evaluation::State,
    figure::NullReason,
    instrument::{Aggregation, Derivation, Normalisation},
    item,
    published_figure::Measure,
    region,
};

use crate::{contract, language::Language, text::Label};

/// A pillar. The field's own names stay as they are in Indonesian documents too.
pub(crate) fn pillar(number: i32) -> String {
    let name = match Pillar::try_from(number) {
        Ok(Pillar::Governance) => "Smart Governance",
        Ok(Pillar::Branding) => "Smart Branding",
        Ok(Pillar::Economy) => "Smart Economy",
        Ok(Pillar::Living) => "Smart Living",
        Ok(Pillar::Society) => "Smart Society",
        Ok(Pillar::Environment) => "Smart Environment",
        Ok(Pillar::Unspecified) | Err(_) => return contract::word("Pillar", number),
    };
    name.to_owned()
}

/// A component.
pub(crate) fn component(number: i32, language: Language) -> String {
    let (indonesian, english) = match Component::try_from(number) {
        Ok(Component::Baseline) => ("Baseline", "Baseline"),
        Ok(Component::Output) => ("Output", "Output"),
        Ok(Component::Outcome) => ("Outcome", "Outcome"),
        Ok(Component::Impact) => ("Dampak", "Impact"),
        Ok(Component::QuickWin) => ("Quick win", "Quick win"),
        Ok(Component::Unspecified) | Err(_) => return contract::word("Component", number),
    };
    language.pick(indonesian, english).to_owned()
}

/// A pillar or a component.
pub(crate) fn item(item: Option<&Item>, language: Language) -> String {
    match item.and_then(|item| item.item) {
        Some(item::Item::Pillar(number)) => pillar(number),
        Some(item::Item::Component(number)) => component(number, language),
        None => String::new(),
    }
}

/// Where an evaluation stands.
pub(crate) fn state(number: i32, language: Language) -> String {
    let (indonesian, english) = match State::try_from(number) {
        Ok(State::Draft) => ("draf", "draft"),
        Ok(State::Submitted) => ("diajukan", "submitted"),
        Ok(State::InReview) => ("ditelaah", "in review"),
        Ok(State::Returned) => ("dikembalikan", "returned"),
        Ok(State::Scored) => ("dinilai", "scored"),
        Ok(State::Objection) => ("disanggah", "objection"),
        Ok(State::Final) => ("final", "final"),
        Ok(State::Published) => ("terbit", "published"),
        Ok(State::Withdrawn) => ("ditarik", "withdrawn"),
        Ok(State::NotAssessable) => ("tidak dapat dinilai", "not assessable"),
        Ok(State::Unspecified) | Err(_) => return contract::word("Evaluation.State", number),
    };
    language.pick(indonesian, english).to_owned()
}

/// A time to the second, or nothing; the rest is noise to a reader.
pub(crate) fn second(time: Option<&Timestamp>) -> String {
    time.map(|time| Timestamp { nanos: 0, ..*time }.to_string()).unwrap_or_default()
}

/// What a region is.
pub(crate) fn region_kind(number: i32, language: Language) -> String {
    let (indonesian, english) = match region::Kind::try_from(number) {
        Ok(region::Kind::Province) => ("provinsi", "province"),
        Ok(region::Kind::Kabupaten) => ("kabupaten", "kabupaten"),
        Ok(region::Kind::Kota) => ("kota", "kota"),
        Ok(region::Kind::Unspecified) | Err(_) => return contract::word("Region.Kind", number),
    };
    language.pick(indonesian, english).to_owned()
}

/// How a component's score comes about.
pub(crate) fn derivation(number: i32, language: Language) -> String {
    let (indonesian, english) = match Derivation::try_from(number) {
        Ok(Derivation::Direct) => ("penilaian asesor", "an assessor's score"),
        Ok(Derivation::MeanOfPillars) => {
            ("rata-rata nilai dimensi", "the mean of the pillars' scores")
        }
        Ok(Derivation::PooledRealisation) => ("capaian gabungan", "the pooled realisation"),
        Ok(Derivation::MeanRealisation) => {
            ("rata-rata capaian dimensi", "the mean of the pillars' realisations")
        }
        Ok(Derivation::Unspecified) | Err(_) => {
            return contract::word("Instrument.Derivation", number);
        }
    };
    language.pick(indonesian, english).to_owned()
}

/// How scores come onto one scale.
pub(crate) fn normalisation(number: i32, language: Language) -> String {
    let (indonesian, english) = match Normalisation::try_from(number) {
        Ok(Normalisation::None | Normalisation::Unspecified) => ("tidak ada", "none"),
        Ok(Normalisation::MinMax) => ("min-maks", "min-max"),
        Ok(Normalisation::ZScore) => ("skor z", "z-scores"),
        Ok(Normalisation::Goalposts) => ("batas tetap (goalposts)", "goalposts"),
        Ok(Normalisation::Borda) => ("Borda", "Borda"),
        Err(_) => return contract::word("Instrument.Normalisation", number),
    };
    language.pick(indonesian, english).to_owned()
}

/// How components become an index.
pub(crate) fn aggregation(number: i32, language: Language) -> String {
    let (indonesian, english) = match Aggregation::try_from(number) {
        Ok(Aggregation::Arithmetic | Aggregation::Unspecified) => {
            ("rata-rata hitung", "arithmetic mean")
        }
        Ok(Aggregation::Geometric) => ("rata-rata ukur (geometrik)", "geometric mean"),
        Ok(Aggregation::Harmonic) => ("rata-rata harmonik", "harmonic mean"),
        Ok(Aggregation::Copeland) => ("Copeland", "Copeland"),
        Err(_) => return contract::word("Instrument.Aggregation", number),
    };
    language.pick(indonesian, english).to_owned()
}

/// What a published figure is a figure of.
pub(crate) fn measure(figure: &PublishedFigure, language: Language) -> String {
    let pillar = || pillar(figure.pillar);
    let (indonesian, english) = match Measure::try_from(figure.measure) {
        Ok(Measure::Index) => return Label::Index.say(language).to_owned(),
        Ok(Measure::ComponentScore) => return component(figure.component, language),
        Ok(Measure::PillarScore) => {
            (format!("{}, nilai", pillar()), format!("{}, score", pillar()))
        }
        Ok(Measure::PillarRealisation) => {
            (format!("{}, capaian %", pillar()), format!("{}, realisation %", pillar()))
        }
        Ok(Measure::PooledRealisation) => {
            ("Capaian gabungan %".into(), "Pooled realisation %".into())
        }
        Ok(Measure::MeanOfPillarsRealisation) => {
            ("Rata-rata capaian dimensi %".into(), "Mean of pillars' realisation %".into())
        }
        Ok(Measure::PreviousIndex) => ("Indeks sebelumnya".into(), "Previous index".into()),
        Ok(Measure::Improvement) => ("Kenaikan indeks".into(), "Improvement of the index".into()),
        Ok(Measure::NationalRank) => ("Peringkat nasional".into(), "Rank in the nation".into()),
        Ok(Measure::ProvinceRank) => ("Peringkat provinsi".into(), "Rank in the province".into()),
        Ok(Measure::Unspecified) | Err(_) => {
            return contract::word("PublishedFigure.Measure", figure.measure);
        }
    };
    language.pick(indonesian, english)
}

/// Why a figure has no value.
pub(crate) fn null_reason(figure: &v1::Figure, language: Language) -> String {
    let (indonesian, english) = match NullReason::try_from(figure.null_reason) {
        Ok(NullReason::NothingPlanned) => {
            ("tidak ada program yang direncanakan", "nothing was planned")
        }
        Ok(NullReason::NotReported) => ("belum dilaporkan", "not reported"),
        Ok(NullReason::NotScored) => ("belum dinilai", "not scored"),
        Ok(NullReason::InputMissing) => {
            ("data pembentuknya belum ada", "something it is computed from is missing")
        }
        Ok(NullReason::NoEarlierIndex) => (
            "belum ada indeks terbit dari siklus sebelumnya",
            "no earlier cycle has a published index",
        ),
        Ok(NullReason::NeedsPopulation) => (
            "relatif terhadap daerah lain, jadi tidak ada untuk satu daerah saja",
            "it is relative to other regions, so one alone has none",
        ),
        Ok(NullReason::NoSpread) => {
            ("semua daerah bernilai sama", "all regions have the same score")
        }
        Ok(NullReason::NotPositive) => (
            "rata-rata ini tidak terdefinisi untuk nilai nol",
            "the mean is not defined of a score of 0",
        ),
        Ok(NullReason::Unspecified) | Err(_) => ("tanpa alasan", "no reason is given"),
    };
    let reason = language.pick(indonesian, english);
    if figure.missing.is_empty() {
        return reason.to_owned();
    }
    format!("{reason}: {}", missing(&figure.missing, language))
}

/// What is missing, in few words where it is all of it.
fn missing(names: &[String], language: Language) -> String {
    let are_all = |enumeration| {
        let words = contract::words(enumeration);
        let is_one = |name: &String| words.iter().any(|(word, _)| *word == name.to_uppercase());
        names.len() == words.len() && names.iter().all(is_one)
    };
    if are_all("Pillar") {
        language.pick("keenam dimensi", "all six pillars").to_owned()
    } else if are_all("Component") {
        language.pick("kelima aspek", "all five components").to_owned()
    } else {
        let names: Vec<_> = names.iter().map(|name| input(name, language)).collect();
        names.join(", ")
    }
}

/// The name of an input of a figure, where it is that of a pillar or component.
fn input(name: &str, language: Language) -> String {
    let word = name.to_uppercase();
    let number = |enumeration| {
        let words = contract::words(enumeration).into_iter();
        words.filter(|(known, _)| *known == word).map(|(_, number)| number).next()
    };
    if let Some(number) = number("Pillar") {
        pillar(number)
    } else if let Some(number) = number("Component") {
        component(number, language)
    } else {
        name.to_owned()
    }
}
