//! Publishing a scorecard: its citation, and what a letter stated beside what is computed.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    exact::{Exact, parse_decimal},
    fault::{Fault, Faults},
    name::{parse_optional_text, parse_required_text},
    scorecard::Scorecard,
    vocabulary::{Component, Pillar},
};

/// How a revision is published: its letter, source and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The number of the letter that states the result.
    pub letter_number: Option<String>,
    /// The date of the letter.
    pub letter_date: Option<NaiveDate>,
    /// Where the result is stated.
    pub source: String,
    /// Why this revision is published; required from the second one on.
    pub reason: Option<String>,
}

impl Citation {
    /// Reads a citation; empty texts are absent ones.
    ///
    /// # Errors
    /// [`Faults`] of `letter_number`, `letter_date` (`YYYY-MM-DD`), `source` and `reason`.
    pub fn parse(
        letter_number: &str,
        letter_date: &str,
        source: &str,
        reason: &str,
    ) -> Result<Self, Faults> {
        let absent_if_empty = |text: String| (!text.is_empty()).then_some(text);
        let mut faults = Faults::none();
        let letter_number = faults.keep("letter_number", parse_optional_text(letter_number));
        let letter_date = faults.keep("letter_date", parse_optional_date(letter_date));
        let source = faults.keep("source", parse_required_text(source));
        let reason = faults.keep("reason", parse_optional_text(reason));
        let parts = letter_number.zip(letter_date).zip(source).zip(reason);
        let citation = parts.map(|(((letter_number, letter_date), source), reason)| Self {
            letter_number: absent_if_empty(letter_number),
            letter_date,
            source,
            reason: absent_if_empty(reason),
        });
        faults.into_result(citation)
    }

    /// Checks that a correction says why.
    ///
    /// # Errors
    /// A [`Fault`] of `reason` where `revision` is not the first and there is none.
    pub fn check_reason(&self, revision: i32) -> Result<(), Fault> {
        if revision > 1 && self.reason.is_none() {
            let allowed = format!(
                "a reason: this would be revision {revision}, which corrects the one before"
            );
            return Err(Fault::new("", allowed).at("reason"));
        }
        Ok(())
    }
}

/// A revision of a scorecard, as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its number, from 1.
    pub revision: i32,
    /// When it was published here.
    pub publish_time: DateTime<Utc>,
    /// Its letter, source and reason.
    pub citation: Citation,
}

/// Reads a date, `YYYY-MM-DD`, or nothing.
///
/// # Errors
/// A [`Fault`] where it is neither.
pub fn parse_optional_date(text: &str) -> Result<Option<NaiveDate>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    // chrono also takes `2022-1-5`; one form only.
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|date| date.format("%Y-%m-%d").to_string() == text)
        .map(Some)
        .ok_or_else(|| Fault::new(text, "a date as YYYY-MM-DD"))
}

/// What a published figure is a figure of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The index.
    Index,
    /// The score of a component.
    ComponentScore(Component),
    /// The score of a pillar.
    PillarScore(Pillar),
    /// The realisation of a pillar, in percent.
    PillarRealisation(Pillar),
    /// The pooled realisation, in percent.
    PooledRealisation,
    /// The mean of the pillars' realisations, in percent.
    MeanOfPillarsRealisation,
    /// The index of the region's previous cycle.
    PreviousIndex,
    /// The index less that of the previous cycle.
    Improvement,
    /// The rank within the nation.
    NationalRank,
    /// The rank within the province.
    ProvinceRank,
}

/// A figure as a letter or announcement stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedFigure {
    /// What it is a figure of.
    pub measure: Measure,
    /// The figure with the decimals that it was stated with.
    pub value: Decimal,
}

/// A stated figure beside what is computed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFigure {
    /// What it is a figure of.
    pub measure: Measure,
    /// The figure as it was stated.
    pub value: Decimal,
    /// What is computed here, rounded half up to as many decimals as were stated.
    pub recomputed: Option<Decimal>,
}

impl StatedFigure {
    /// Reads a stated figure.
    ///
    /// # Errors
    /// A [`Fault`] of `value` where it is no decimal.
    pub fn parse(measure: Measure, value: &str) -> Result<Self, Fault> {
        let value = parse_decimal(value).map_err(|fault| fault.at("value"))?;
        Ok(Self { measure, value })
    }

    /// Sets it beside what `scorecard` computes.
    pub fn beside(self, scorecard: &Scorecard) -> PublishedFigure {
        let Self { measure, value } = self;
        let recomputed = measure.exact_in(scorecard).map(|exact| exact.round(value.scale()));
        PublishedFigure { measure, value, recomputed }
    }
}

impl PublishedFigure {
    /// What is computed less what was stated.
    pub fn difference(&self) -> Option<Decimal> {
        self.recomputed.map(|recomputed| recomputed - self.value)
    }
}

impl Measure {
    /// The measures of which the store keeps the exact figure of every revision, in its order (the
    /// database's `figures_of`).
    pub const KEPT: [Self; 21] = [
        Self::Index,
        Self::Improvement,
        Self::PooledRealisation,
        Self::MeanOfPillarsRealisation,
        Self::PillarRealisation(Pillar::Governance),
        Self::PillarRealisation(Pillar::Branding),
        Self::PillarRealisation(Pillar::Economy),
        Self::PillarRealisation(Pillar::Living),
        Self::PillarRealisation(Pillar::Society),
        Self::PillarRealisation(Pillar::Environment),
        Self::PillarScore(Pillar::Governance),
        Self::PillarScore(Pillar::Branding),
        Self::PillarScore(Pillar::Economy),
        Self::PillarScore(Pillar::Living),
        Self::PillarScore(Pillar::Society),
        Self::PillarScore(Pillar::Environment),
        Self::ComponentScore(Component::Baseline),
        Self::ComponentScore(Component::Output),
        Self::ComponentScore(Component::Outcome),
        Self::ComponentScore(Component::Impact),
        Self::ComponentScore(Component::QuickWin),
    ];

    /// Where the measure stands among [`KEPT`](Self::KEPT); `None` where it does not.
    pub fn kept_position(self) -> Option<usize> {
        Self::KEPT.iter().position(|kept| *kept == self)
    }

    /// The exact value that a scorecard computes for the measure; `None` also for those that one
    /// scorecard alone does not tell (ranks, other cycles).
    pub fn exact_in(self, scorecard: &Scorecard) -> Option<&Exact> {
        let pillar = |pillar| scorecard.pillars.iter().find(|result| result.pillar == pillar);
        let component =
            |component| scorecard.components.iter().find(|result| result.component == component);
        match self {
            Self::Index => scorecard.index.exact(),
            Self::ComponentScore(name) => component(name).and_then(|result| result.score.exact()),
            Self::PillarScore(name) => pillar(name).and_then(|result| result.score.exact()),
            Self::PillarRealisation(name) => {
                pillar(name).and_then(|result| result.realisation.exact())
            }
            Self::PooledRealisation => scorecard.pooled_realisation.exact(),
            Self::MeanOfPillarsRealisation => scorecard.mean_of_pillars_realisation.exact(),
            Self::PreviousIndex => {
                let earlier = scorecard.improvement.earlier.as_ref();
                earlier.map(|earlier| &earlier.index)
            }
            Self::Improvement => scorecard.improvement.difference.exact(),
            Self::NationalRank | Self::ProvinceRank => None,
        }
    }
}

/// Checks that each measure is stated once.
///
/// # Errors
/// [`Faults`] of `published_figures[n].measure`.
pub fn check_stated_once(figures: &[StatedFigure]) -> Result<(), Faults> {
    let mut faults = Faults::none();
    let mut seen = BTreeSet::new();
    for (index, figure) in figures.iter().enumerate() {
        if !seen.insert(figure.measure) {
            let field = format!("published_figures[{index}].measure");
            faults.push(
                Fault::new(figure.value, "each measure of a pillar or component once").at(&field),
            );
        }
    }
    faults.into_result(Some(()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields<T: std::fmt::Debug>(result: Result<T, Faults>) -> Vec<String> {
        let faults = result.unwrap_err();
        faults.iter().map(|fault| fault.field.clone()).collect()
    }

    fn stated(measure: Measure, value: &str) -> StatedFigure {
        StatedFigure::parse(measure, value).unwrap()
    }

    #[test]
    fn a_date_has_one_form() {
        assert_eq!(parse_optional_date(""), Ok(None));
        assert_eq!(parse_optional_date("2022-12-05"), Ok(NaiveDate::from_ymd_opt(2022, 12, 5)));
        assert_eq!(parse_optional_date("2024-02-29"), Ok(NaiveDate::from_ymd_opt(2024, 2, 29)));
        for text in [
            "2023-02-29",
            "2022-13-01",
            "2022-1-5",
            "05-12-2022",
            "2022/12/05",
            "20221205",
            "2022-12-05T00:00:00Z",
            " 2022-12-05",
            "+2022-12-05",
            "yesterday",
        ] {
            assert_eq!(parse_optional_date(text).unwrap_err().value, text);
        }
    }

    #[test]
    fn a_citation_needs_its_source_and_takes_empty_texts_as_absent() {
        let citation = Citation::parse("", "", "a letter", "").unwrap();
        assert_eq!(
            citation,
            Citation {
                letter_number: None,
                letter_date: None,
                source: "a letter".to_owned(),
                reason: None,
            }
        );
        let full = Citation::parse("B-1003", "2022-12-05", "a letter", "recounted").unwrap();
        assert_eq!(full.letter_number.as_deref(), Some("B-1003"));
        assert_eq!(full.reason.as_deref(), Some("recounted"));
        assert_eq!(
            fields(Citation::parse("B\n1003", "5 December", "", " recounted")),
            ["letter_number", "letter_date", "source", "reason"]
        );
    }

    #[test]
    fn a_correction_says_why_and_a_first_revision_need_not() {
        let silent = Citation::parse("", "", "a letter", "").unwrap();
        assert_eq!(silent.check_reason(1), Ok(()));
        let fault = silent.check_reason(2).unwrap_err();
        assert_eq!(fault.field, "reason");
        assert!(fault.allowed.contains("revision 2"));
        let speaking = Citation::parse("", "", "a letter", "recounted").unwrap();
        assert_eq!(speaking.check_reason(2), Ok(()));
    }

    #[test]
    fn a_measure_is_stated_once_for_each_pillar_and_component() {
        let apart = [
            stated(Measure::Index, "3.31"),
            stated(Measure::PillarScore(Pillar::Living), "3.33"),
            stated(Measure::PillarScore(Pillar::Society), "3.33"),
            stated(Measure::PillarRealisation(Pillar::Living), "90.00"),
            stated(Measure::ComponentScore(Component::Impact), "3.07"),
            stated(Measure::ComponentScore(Component::Output), "3.21"),
        ];
        assert_eq!(check_stated_once(&apart), Ok(()));
        let twice = [apart[0], apart[1], apart[0], apart[1], apart[2]];
        assert_eq!(
            fields(check_stated_once(&twice)),
            ["published_figures[2].measure", "published_figures[3].measure"]
        );
    }

    #[test]
    fn a_stated_figure_is_a_decimal() {
        let fault = StatedFigure::parse(Measure::Index, "3,31").unwrap_err();
        assert_eq!((fault.field.as_str(), fault.value.as_str()), ("value", "3,31"));
    }

    #[test]
    fn a_difference_is_what_is_computed_less_what_was_stated() {
        let difference = |recomputed: Option<&str>| {
            let figure = PublishedFigure {
                measure: Measure::Index,
                value: parse_decimal("3.31").unwrap(),
                recomputed: recomputed.map(|text| parse_decimal(text).unwrap()),
            };
            figure.difference().map(|difference| difference.to_string())
        };
        assert_eq!(difference(Some("3.32")).as_deref(), Some("0.01"));
        assert_eq!(difference(Some("3.30")).as_deref(), Some("-0.01"));
        assert_eq!(difference(Some("3.31")).as_deref(), Some("0.00"));
        assert_eq!(difference(None), None);
    }

    proptest! {
        #[test]
        fn a_date_is_read_back_as_written(days in 0_i32..1_000_000) {
            let date = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            let text = date.format("%Y-%m-%d").to_string();
            prop_assert_eq!(parse_optional_date(&text).ok().flatten(), Some(date));
        }
    }
}
