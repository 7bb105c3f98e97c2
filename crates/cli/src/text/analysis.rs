//! What is computed anew of a cycle, in sentences.

use takar_proto::v1::robustness::Factor;

use crate::{contract, language::Language};

/// A line of an analysis.
#[derive(Debug)]
pub(crate) enum Analysis<'a> {
    /// What is tried on.
    WhatIf { cycle: &'a str, population: &'a str },
    /// What is analysed.
    Robustness { cycle: &'a str, population: &'a str },
    /// Who can't be recomputed.
    NotKept { region: &'a str },
    /// How far the orders before and after agree.
    Correlations { spearman: &'a str, kendall: &'a str },
    /// Who goes up most.
    Risers,
    /// Who goes down most.
    Fallers,
    /// All regions.
    ByNewRank,
    /// What was drawn.
    Draws { draws: i32, seed: i64, factors: &'a str, concentration: &'a str },
    /// How far ranks shift.
    MeanShift { shift: &'a str },
    /// In how many percent of the draws a region is among so many of the best.
    Top { count: i32 },
}

impl Analysis<'_> {
    /// The line in a language.
    pub(crate) fn say(&self, language: Language) -> String {
        let (indonesian, english) = match self {
            Self::WhatIf { cycle, population } => (
                format!("{population}, siklus {cycle} seandainya dinilai lain"),
                format!("{population}, cycle {cycle} as it would be scored otherwise"),
            ),
            Self::Robustness { cycle, population } => (
                format!("{population}, ketahanan peringkat siklus {cycle}"),
                format!("{population}, robustness of the ranks of cycle {cycle}"),
            ),
            Self::NotKept { region } => (
                format!("{region}: terbit, tetapi evaluasinya tidak tersimpan"),
                format!("{region}: published, but its evaluation was not kept"),
            ),
            Self::Correlations { spearman, kendall } => (
                format!("Korelasi peringkat: Spearman {spearman}, Kendall {kendall}"),
                format!("Rank correlation: Spearman {spearman}, Kendall {kendall}"),
            ),
            Self::Risers => ("Naik terbanyak:".to_owned(), "Up most:".to_owned()),
            Self::Fallers => ("Turun terbanyak:".to_owned(), "Down most:".to_owned()),
            Self::ByNewRank => (
                "Semua daerah menurut peringkat baru (indeks tak dibulatkan; nilai sama berbagi \
                 peringkat, 1-2-2-4):"
                    .to_owned(),
                "All regions by new rank (unrounded indexes; equal ones share a rank, 1-2-2-4):"
                    .to_owned(),
            ),
            Self::Draws { draws, seed, factors, concentration } => (
                format!(
                    "Dua sampel, masing-masing {draws} tarikan, benih {seed}: {factors} (konsentrasi \
                     bobot {concentration})"
                ),
                format!(
                    "Two samples of {draws} draws each, seed {seed}: {factors} (concentration of the \
                     weights {concentration})"
                ),
            ),
            Self::Top { count } => {
                (format!("Masuk {count} besar (%)"), format!("Among best {count} (%)"))
            }
            Self::MeanShift { shift } => (
                format!("Rata-rata pergeseran peringkat: {shift}"),
                format!("Mean shift of ranks: {shift}"),
            ),
        };
        language.pick(indonesian, english)
    }
}

/// What is varied.
pub(crate) fn factor(number: i32, language: Language) -> String {
    let (indonesian, english) = match Factor::try_from(number) {
        Ok(Factor::Weights) => ("bobot", "weights"),
        Ok(Factor::Rounding) => ("pembulatan", "rounding"),
        Ok(Factor::Aggregation) => ("agregasi", "aggregation"),
        Ok(Factor::Unspecified) | Err(_) => return contract::word("Robustness.Factor", number),
    };
    language.pick(indonesian, english).to_owned()
}
