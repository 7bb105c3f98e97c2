//! Regions, cohorts, cycles and programmes: what evaluations refer to.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    deadline::{Deadline, seconds},
    fault::{Fault, Faults},
    name::{CohortId, CycleId, InstrumentId, ProgramId, RegionCode},
    region_history::RegionHistory,
    rupiah::Rupiah,
    vocabulary::{Pillar, RegionKind},
};

/// The most members of a cohort: all 514 regencies and cities, and room for those to come.
pub const COHORT_MEMBERS_MAX: usize = 1_000;

/// The most regions that a cycle lists, for the same reason.
pub const ELIGIBLE_REGIONS_MAX: usize = 1_000;

/// What the ids of simulated cycles begin with, and of no others.
pub const SIMULATED_PREFIX: &str = "simulation-";

/// The years of programmes and deadlines: what lies outside is a slip.
pub const YEARS: RangeInclusive<i32> = 1990..=2100;

/// The years in which a programme may be planned, so that a wrong digit is noticed.
const PROGRAM_YEARS: RangeInclusive<i32> = 1_990..=2_100;

/// A province, kabupaten or kota (daerah).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its current code.
    pub code: RegionCode,
    /// What it is.
    pub kind: RegionKind,
    /// Its name with its kind: `Kabupaten Kebumen`.
    pub display_name: String,
    /// Codes that it had before, newest first.
    pub former_codes: Vec<FormerCode>,
    /// What became of it; nothing yet of a new one.
    pub history: RegionHistory,
}

/// A code that a region had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerCode {
    /// The code.
    pub code: RegionCode,
    /// The last day on which it was in force, where a source states it.
    pub end_date: Option<NaiveDate>,
    /// Where the change is stated.
    pub source: String,
}

/// A named set of regions (kelompok).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Its id.
    pub id: CohortId,
    /// What it is called.
    pub display_name: String,
    /// Where the membership is stated.
    pub source: String,
    /// Its regions, by code.
    pub members: Vec<CohortMember>,
}

/// A region of a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortMember {
    /// The region's current code.
    pub region: RegionCode,
    /// The region's name.
    pub display_name: String,
}

/// One round of the evaluation (tahun atau tahap evaluasi).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Its id.
    pub id: CycleId,
    /// What it is called.
    pub display_name: String,
    /// The instrument by which it is scored.
    pub instrument: InstrumentId,
    /// The cycle before, with whose index improvement is measured; `None` for the first one.
    pub previous_cycle: Option<CycleId>,
    /// From when on evaluations are created and submitted; `None` for any time.
    pub open_time: Option<DateTime<Utc>>,
    /// Until when regions may submit; `None` for any time.
    pub deadline: Option<Deadline>,
    /// The regencies and cities that it evaluates, by code; none listed: all.
    pub eligible_regions: Vec<RegionCode>,
    /// Whether its results are made up, for load and demonstration.
    pub simulated: bool,
}

impl Cycle {
    /// Checks that a change sets a first deadline or a later one, or leaves it.
    ///
    /// # Errors
    /// A [`Fault`] of `deadline` where it is not later than the one before and than now.
    pub fn check_deadline(
        &self,
        deadline: Option<Deadline>,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let Some(before) = self.deadline.filter(|_| self.deadline != deadline) else {
            return Ok(());
        };
        let least = before.time().max(now);
        if deadline.is_some_and(|deadline| deadline.time() > least) {
            return Ok(());
        }
        let given = deadline.map(|deadline| deadline.to_string()).unwrap_or_default();
        let allowed = format!(
            "a deadline later than {}, the one before, and than now, which is {}",
            seconds(&before.time()),
            seconds(&now)
        );
        Err(Fault::new(given, allowed).at("deadline"))
    }
}

/// A programme of a region's masterplan (program).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The region's current code.
    pub region: RegionCode,
    /// Its id within the region.
    pub id: ProgramId,
    /// The pillar to which it belongs.
    pub pillar: Pillar,
    /// What it is called.
    pub display_name: String,
    /// The agency that runs it; empty where no source states it.
    pub owner_agency: String,
    /// Whether it is the region's flagship of its pillar.
    pub flagship: bool,
    /// Whether it was planned as a quick win.
    pub quick_win: bool,
    /// Where it is stated.
    pub source: String,
    /// In which years it is planned.
    pub years: PlannedYears,
    /// What it is planned to cost over all its years.
    pub budget: Option<Rupiah>,
}

/// From when until when a programme is planned, as far as a source states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlannedYears {
    first: Option<i32>,
    last: Option<i32>,
}

impl PlannedYears {
    /// Reads the years; 0 stands for one that is not stated.
    ///
    /// # Errors
    /// [`Faults`] of `first_year` and `last_year`, which must not be before it.
    pub fn parse(first: i32, last: i32) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let years = faults
            .keep("first_year", parse_year(first))
            .zip(faults.keep("last_year", parse_year(last)));
        if let Some((Some(first), Some(last))) = years
            && last < first
        {
            let allowed = format!("first_year, which is {first}, or later");
            faults.push(Fault::new(last, allowed).at("last_year"));
        }
        faults.into_result(years.map(|(first, last)| Self { first, last }))
    }

    /// The first year.
    pub const fn first(self) -> Option<i32> {
        self.first
    }

    /// The last year.
    pub const fn last(self) -> Option<i32> {
        self.last
    }
}

fn parse_year(year: i32) -> Result<Option<i32>, Fault> {
    match year {
        0 => Ok(None),
        year if PROGRAM_YEARS.contains(&year) => Ok(Some(year)),
        _ => {
            let (least, most) = (PROGRAM_YEARS.start(), PROGRAM_YEARS.end());
            Err(Fault::new(year, format!("a year from {least} to {most}, or 0 for none")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{deadline::parse_local_time, vocabulary::Zone};

    fn deadline(local_time: &str) -> Deadline {
        Deadline::new(parse_local_time(local_time).unwrap(), Zone::Wib)
    }

    #[test]
    fn planned_years_are_in_their_order_as_far_as_they_are_stated() {
        for (first, last) in [(0, 0), (2022, 0), (0, 2022), (2022, 2022), (1990, 2100)] {
            let years = PlannedYears::parse(first, last).unwrap();
            assert_eq!((years.first().unwrap_or(0), years.last().unwrap_or(0)), (first, last));
        }
        for (first, last, field) in
            [(1989, 0, "first_year"), (0, 2101, "last_year"), (2023, 2022, "last_year")]
        {
            let faults = PlannedYears::parse(first, last).unwrap_err();
            assert_eq!(faults.iter().next().unwrap().field, field);
        }
    }

    #[test]
    fn a_deadline_is_only_ever_moved_to_a_later_time_that_is_not_over() {
        let cycle = |deadline| Cycle {
            id: CycleId::parse("2026").unwrap(),
            display_name: "Evaluasi 2026".to_owned(),
            instrument: InstrumentId::parse("two").unwrap(),
            previous_cycle: None,
            open_time: None,
            deadline,
            eligible_regions: Vec::new(),
            simulated: false,
        };
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let january = Some(deadline("2026-01-31T23:59:59"));
        let check = |before, after| cycle(before).check_deadline(after, now).is_ok();
        assert!(check(None, january), "a first one, even if it is over");
        assert!(check(january, january), "the same");
        assert!(check(january, Some(deadline("2026-03-31T23:59:59"))));
        assert!(!check(january, Some(deadline("2026-02-28T23:59:59"))), "over already");
        assert!(!check(january, None));
        let may = Some(deadline("2026-05-31T23:59:59"));
        assert!(!check(may, Some(deadline("2026-05-31T23:59:58"))), "earlier");
        let fault = cycle(may).check_deadline(None, now).unwrap_err();
        assert_eq!((fault.field.as_str(), fault.value.as_str()), ("deadline", ""));
    }
}
