//! Scores before the final one: those that a region gives itself, and those of its assessors.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    access::Principal,
    fault::{Fault, Faults},
    instrument::Scale,
    name::parse_required_text,
    vocabulary::{Component, Level, ObservationStatus, Pillar},
};

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A pillar.
    Pillar(Pillar),
    /// A directly scored component.
    Component(Component),
}

/// A score, or why there is none, with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    score: Option<Decimal>,
    status: ObservationStatus,
    source: String,
}

/// An answer with its level, and by whom and when it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// What is scored.
    pub item: Item,
    /// Whose score it is.
    pub level: Level,
    /// The score.
    pub answer: Answer,
    /// Who gave it.
    pub principal: Principal,
    /// When.
    pub record_time: DateTime<Utc>,
}

/// How far assessors lie apart on one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// What they scored.
    pub item: Item,
    /// How many did, at least 2.
    pub assessors: usize,
    /// The lowest score.
    pub minimum: Decimal,
    /// The highest score.
    pub maximum: Decimal,
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pillar(pillar) => pillar.fmt(formatter),
            Self::Component(component) => component.fmt(formatter),
        }
    }
}

impl Answer {
    /// Reads an answer. Without a status it is normal.
    ///
    /// # Errors
    /// [`Faults`] of `score` (a decimal on the scale where the status says that there is one, else
    /// empty), `status` and `source`.
    pub fn parse(
        score: &str,
        status: Option<ObservationStatus>,
        source: &str,
        scale: Scale,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let status = status.unwrap_or(ObservationStatus::Normal);
        let status = faults.keep("status", check_status(status));
        let score = status.and_then(|status| faults.keep("score", parse(score, status, scale)));
        let source = faults.keep("source", parse_required_text(source));
        let parts = status.zip(score).zip(source);
        faults.into_result(parts.map(|((status, score), source)| Self { score, status, source }))
    }

    /// An answer that was checked when it was stored.
    pub const fn stored(score: Option<Decimal>, status: ObservationStatus, source: String) -> Self {
        Self { score, status, source }
    }

    /// The score; `None` where the status says why there is none.
    pub const fn score(&self) -> Option<Decimal> {
        self.score
    }

    /// Whether it can be relied on.
    pub const fn status(&self) -> ObservationStatus {
        self.status
    }

    /// What it rests on.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// A break lies between cycles, not in one answer.
fn check_status(status: ObservationStatus) -> Result<ObservationStatus, Fault> {
    if status == ObservationStatus::Break {
        return Err(Fault::new(
            status,
            "normal or provisional with a score, missing, not_collected or suppressed without",
        ));
    }
    Ok(status)
}

fn parse(score: &str, status: ObservationStatus, scale: Scale) -> Result<Option<Decimal>, Fault> {
    if status.has_value() {
        scale.parse_score(score).map(Some)
    } else if score.is_empty() {
        Ok(None)
    } else {
        Err(Fault::new(score, format!("no score, as the status is {status}")))
    }
}

/// How far the assessors lie apart on each item that at least two of them scored.
pub fn spreads<'a>(assessments: impl IntoIterator<Item = &'a Assessment>) -> Vec<Spread> {
    let mut scores: BTreeMap<Item, Vec<Decimal>> = BTreeMap::new();
    for assessment in assessments {
        if let (Level::Desk, Some(score)) = (assessment.level, assessment.answer.score) {
            scores.entry(assessment.item).or_default().push(score);
        }
    }
    let spread = |(item, scores): (Item, Vec<Decimal>)| {
        let (minimum, maximum) = (*scores.iter().min()?, *scores.iter().max()?);
        (scores.len() > 1).then_some(Spread { item, assessors: scores.len(), minimum, maximum })
    };
    scores.into_iter().filter_map(spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale::parse("0", "4").unwrap()
    }

    #[test]
    fn an_answer_has_a_score_or_says_why_not() {
        let normal = Answer::parse("3.60", None, "a report", scale()).unwrap();
        assert_eq!(normal.score().map(|score| score.to_string()).as_deref(), Some("3.60"));
        let missing =
            Answer::parse("", Some(ObservationStatus::Missing), "a report", scale()).unwrap();
        assert_eq!(missing.score(), None);
        for (score, status, field) in [
            ("", None, "score"),
            ("4.1", None, "score"),
            ("0", Some(ObservationStatus::NotCollected), "score"),
            ("3", Some(ObservationStatus::Break), "status"),
        ] {
            let faults = Answer::parse(score, status, "a report", scale()).unwrap_err();
            assert_eq!(faults.iter().next().unwrap().field, field, "{score} {status:?}");
        }
    }

    #[test]
    fn a_spread_is_of_two_assessors_at_least_and_of_desk_scores_only() {
        let assessment = |level, principal: &str, score: &str| Assessment {
            item: Item::Pillar(Pillar::Living),
            level,
            answer: Answer::parse(score, None, "a report", scale()).unwrap(),
            principal: Principal::parse(principal).unwrap(),
            record_time: DateTime::UNIX_EPOCH,
        };
        let own = assessment(Level::SelfAssessed, "users/kebumen", "4");
        let first = assessment(Level::Desk, "users/a", "2.5");
        let second = assessment(Level::Desk, "users/b", "3.25");
        assert_eq!(spreads([&own, &first]), []);
        let spread = spreads([&own, &first, &second])[0];
        assert_eq!((spread.assessors, spread.maximum - spread.minimum), (2, Decimal::new(75, 2)));
    }
}
