//! Realisation (capaian): programmes running of those planned.

use serde::{Deserialize, Serialize};

use crate::{
    exact::{Exact, parse_decimal},
    fault::{Fault, Faults},
    name::parse_required_text,
    vocabulary::ProgramStatus,
};

/// The most programmes of one pillar in one cycle: Kebumen's whole masterplan has 51.
pub const PLANNED_MAX: i32 = 10_000;

/// Running over planned, kept as its two integers; running is at most planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    running: u32,
    planned: u32,
}

impl Ratio {
    /// The ratio of two counts.
    ///
    /// # Errors
    /// [`Faults`] of `planned` (0 to 10,000) and `running` (0 to `planned`).
    pub fn new(running: i32, planned: i32) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let planned_count = faults.keep("planned", parse_count(planned, PLANNED_MAX));
        let running_count = match parse_count(running, planned) {
            Ok(count) => Some(count),
            // A bad `planned` says nothing of `running`.
            Err(_) if planned_count.is_none() => None,
            Err(_) => {
                let allowed = format!("0 to planned, which is {planned}");
                faults.keep("running", Err(Fault::new(running, allowed)))
            }
        };
        let ratio =
            running_count.zip(planned_count).map(|(running, planned)| Self { running, planned });
        faults.into_result(ratio)
    }

    /// How many run.
    pub const fn running(self) -> u32 {
        self.running
    }

    /// How many are planned and due.
    pub const fn planned(self) -> u32 {
        self.planned
    }

    /// The exact percentage; `None` where nothing is planned, never 0 or 100.
    pub fn percent(self) -> Option<Percent> {
        Exact::quotient(u64::from(self.running) * 100, self.planned).map(Percent)
    }
}

/// A percentage, exact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(Exact);

impl Percent {
    /// Reads a percentage that is given as a decimal.
    ///
    /// # Errors
    /// A [`Fault`] where it is no decimal from 0 to 100.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let decimal = parse_decimal(text)?;
        if (0.into()..=100.into()).contains(&decimal) {
            Ok(Self(decimal.into()))
        } else {
            Err(Fault::new(text, "0 to 100"))
        }
    }

    /// The number of hundredths, exact.
    pub fn exact(&self) -> &Exact {
        &self.0
    }
}

impl From<Exact> for Percent {
    fn from(hundredths: Exact) -> Self {
        Self(hundredths)
    }
}

/// What is known of the programmes of one pillar in one cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Running over planned and due.
    pub ratio: Ratio,
    /// Planned but not due in the cycle; outside the ratio.
    pub not_due: u32,
    /// From what the counts come.
    pub origin: TallyOrigin,
}

/// From what the counts of a tally come: one or the other for a pillar of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TallyOrigin {
    /// Reported as counts, with the source that states them.
    Counts {
        /// Where the counts are stated.
        source: String,
    },
    /// Counted from the reports on registered programmes.
    Programs,
}

impl Tally {
    /// A tally reported as counts.
    ///
    /// # Errors
    /// [`Faults`] of `planned`, `running`, `not_due` (0 to 10,000) and `source`.
    pub fn counted(running: i32, planned: i32, not_due: i32, source: &str) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let ratio = faults.merge(Ratio::new(running, planned));
        let not_due = faults.keep("not_due", parse_count(not_due, PLANNED_MAX));
        let source = faults.keep("source", parse_required_text(source));
        let tally = ratio.zip(not_due).zip(source).map(|((ratio, not_due), source)| Self {
            ratio,
            not_due,
            origin: TallyOrigin::Counts { source },
        });
        faults.into_result(tally)
    }

    /// The tally of reports on registered programmes: stopped ones stay in the denominator, those
    /// not due leave it.
    pub fn of_programs(statuses: impl IntoIterator<Item = ProgramStatus>) -> Self {
        let mut ratio = Ratio::default();
        let mut not_due = 0;
        for status in statuses {
            match status {
                ProgramStatus::Running => {
                    ratio.running += 1;
                    ratio.planned += 1;
                }
                ProgramStatus::Planned | ProgramStatus::Stopped => ratio.planned += 1,
                ProgramStatus::NotDue => not_due += 1,
            }
        }
        Self { ratio, not_due, origin: TallyOrigin::Programs }
    }
}

fn parse_count(count: i32, maximum: i32) -> Result<u32, Fault> {
    u32::try_from(count)
        .ok()
        .filter(|_| count <= maximum)
        .ok_or_else(|| Fault::new(count, format!("0 to {maximum}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(running: i32, planned: i32) -> Option<String> {
        let percent = Ratio::new(running, planned).unwrap().percent()?;
        Some(percent.exact().round(2).to_string())
    }

    #[test]
    fn a_percent_is_shown_with_two_decimals_half_up() {
        assert_eq!(percent(6, 7).as_deref(), Some("85.71"));
        assert_eq!(percent(10, 12).as_deref(), Some("83.33"));
        assert_eq!(percent(9, 9).as_deref(), Some("100.00"));
        // 0.125 % and 0.375 % are ties.
        assert_eq!(percent(1, 800).as_deref(), Some("0.13"));
        assert_eq!(percent(3, 800).as_deref(), Some("0.38"));
    }

    #[test]
    fn nothing_planned_is_neither_0_nor_100_percent() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(0, 4).as_deref(), Some("0.00"));
    }

    #[test]
    fn counts_out_of_range_are_named() {
        let fields = |running, planned| -> Vec<String> {
            let faults = Ratio::new(running, planned).unwrap_err();
            faults.iter().map(|fault| fault.field.clone()).collect()
        };
        assert_eq!(fields(10, 9), ["running"]);
        assert_eq!(fields(-1, 9), ["running"]);
        assert_eq!(fields(0, -1), ["planned"]);
        assert_eq!(fields(0, PLANNED_MAX + 1), ["planned"]);
        assert!(Ratio::new(PLANNED_MAX, PLANNED_MAX).is_ok());
    }

    #[test]
    fn a_programme_not_due_leaves_the_denominator_and_a_stopped_one_stays() {
        use ProgramStatus::{NotDue, Planned, Running, Stopped};
        let tally = Tally::of_programs([Running, NotDue, Stopped, Planned, Running]);
        assert_eq!((tally.ratio.running(), tally.ratio.planned(), tally.not_due), (2, 4, 1));
    }

    proptest! {
        #[test]
        fn a_percent_lies_between_0_and_100(planned in 1..=PLANNED_MAX, share in 0.0..=1.0) {
            #[expect(clippy::cast_possible_truncation, reason = "picks a count up to planned")]
            let running = (f64::from(planned) * share) as i32;
            let percent = Ratio::new(running, planned).unwrap().percent().unwrap();
            prop_assert!(percent >= Percent::parse("0").unwrap());
            prop_assert!(percent <= Percent::parse("100").unwrap());
        }
    }
}
