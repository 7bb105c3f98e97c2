//! How a measure goes over the cycles that follow each other.

use chrono::{DateTime, Utc};

use crate::{
    instrument::Instrument,
    name::{CohortId, CycleId, InstrumentId, RegionCode},
    population::{KeptFigures, MissingReason, Survey},
};

/// The most cycles that a trend shows, the last ones of its chain: more years than there will be of
/// one method.
pub const TREND_CYCLES_MAX: usize = 50;

/// A cycle of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainCycle {
    /// Its id.
    pub id: CycleId,
    /// What it is called.
    pub display_name: String,
    /// The instrument by which it is scored.
    pub instrument: InstrumentId,
    /// The cycle before it.
    pub previous: Option<CycleId>,
    /// Whether it is simulated.
    pub simulated: bool,
    /// When it was recorded here.
    pub create_time: DateTime<Utc>,
    /// Whether anything of what the trend is about is published of it.
    pub has_figures: bool,
}

/// A region over the cycles of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionTrend {
    /// Its current code.
    pub region: RegionCode,
    /// Its name.
    pub display_name: String,
    /// One for each cycle, first one first.
    pub points: Vec<RegionPoint>,
}

/// A region in one cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionPoint {
    /// The cycle.
    pub cycle: ChainCycle,
    /// The instrument by which it is scored.
    pub instrument: Instrument,
    /// What is published of it.
    pub content: PointContent,
}

/// What is published of a region in one cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointContent {
    /// Its newest revision.
    Published(Box<PublishedPoint>),
    /// Nothing; why.
    Gap(MissingReason),
}

/// The newest revision of a region's scorecard in one cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPoint {
    /// The region's code when it was published.
    pub region: RegionCode,
    /// The number of the revision.
    pub revision: i32,
    /// When it was published.
    pub publish_time: DateTime<Utc>,
    /// Its figures.
    pub figures: KeptFigures,
    /// Whether another instrument scored the index that its improvement is measured from.
    pub improvement_is_break: bool,
}

/// A cohort over the cycles of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortTrend {
    /// The cohort.
    pub cohort: CohortId,
    /// What it is called.
    pub display_name: String,
    /// What is published of it in each cycle, first one first.
    pub points: Vec<(ChainCycle, Survey)>,
}

/// The chain of cycles that ends with `last`, or, without it, the one that is newest; first cycle
/// first, at most [`TREND_CYCLES_MAX`].
///
/// The newest is, of the real chains in which there is a figure, or else of all real ones, that whose
/// last cycle was recorded last. Empty where there is none.
pub fn chain(cycles: &[ChainCycle], last: Option<&CycleId>) -> Vec<ChainCycle> {
    let chains = match last {
        Some(last) => vec![back_from(cycles, last)],
        None => real_chains(cycles),
    };
    let newest = chains.into_iter().max_by_key(|chain| {
        let has_figures = chain.iter().any(|cycle| cycle.has_figures);
        (has_figures, chain.last().map(|cycle| (cycle.create_time, cycle.id.clone())))
    });
    let mut chain = newest.unwrap_or_default();
    let shown = chain.split_off(chain.len().saturating_sub(TREND_CYCLES_MAX));
    shown.into_iter().cloned().collect()
}

/// The chains that end with a real cycle which is the previous one of none.
fn real_chains(cycles: &[ChainCycle]) -> Vec<Vec<&ChainCycle>> {
    let is_last = |id: &CycleId| cycles.iter().all(|cycle| cycle.previous.as_ref() != Some(id));
    let lasts = cycles.iter().filter(|cycle| !cycle.simulated && is_last(&cycle.id));
    lasts.map(|last| back_from(cycles, &last.id)).collect()
}

/// The cycle and those before it, first one first.
fn back_from<'a>(cycles: &'a [ChainCycle], last: &CycleId) -> Vec<&'a ChainCycle> {
    let find = |id: &CycleId| cycles.iter().find(|cycle| cycle.id == *id);
    let before = |cycle: &&ChainCycle| cycle.previous.as_ref().and_then(find);
    // No chain is longer than all cycles, though the store sees to it that none comes back to itself.
    let mut chain: Vec<_> = std::iter::successors(find(last), before).take(cycles.len()).collect();
    chain.reverse();
    chain
}

/// Of each point whether another instrument scored the nearest point before it that has figures; a
/// point is its instrument and whether it has figures.
pub fn breaks<'a>(points: impl IntoIterator<Item = (&'a InstrumentId, bool)>) -> Vec<bool> {
    let mut before = None;
    let points = points.into_iter();
    points
        .map(|(instrument, has_figures)| {
            let is_break = has_figures && before.is_some_and(|before| before != instrument);
            if has_figures {
                before = Some(instrument);
            }
            is_break
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle(id: &str, previous: &str, second: i64) -> ChainCycle {
        ChainCycle {
            id: CycleId::parse(id).unwrap(),
            display_name: id.to_owned(),
            instrument: InstrumentId::parse("one").unwrap(),
            previous: CycleId::parse(previous).ok(),
            simulated: id.starts_with("simulation-"),
            create_time: DateTime::from_timestamp(second, 0).unwrap(),
            has_figures: false,
        }
    }

    fn published(id: &str, previous: &str, second: i64) -> ChainCycle {
        ChainCycle { has_figures: true, ..cycle(id, previous, second) }
    }

    fn ids(cycles: &[ChainCycle], last: Option<&str>) -> Vec<String> {
        let last = last.map(|id| CycleId::parse(id).unwrap());
        chain(cycles, last.as_ref()).into_iter().map(|cycle| cycle.id.to_string()).collect()
    }

    #[test]
    fn a_chain_leads_back_from_its_last_cycle() {
        let cycles =
            [cycle("c", "b", 3), cycle("a", "", 1), cycle("b", "a", 2), cycle("x", "a", 4)];
        assert_eq!(ids(&cycles, Some("c")), ["a", "b", "c"]);
        assert_eq!(ids(&cycles, Some("b")), ["a", "b"]);
        assert_eq!(ids(&cycles, None), ["a", "x"], "recorded last");
        assert_eq!(ids(&[], None), [""; 0]);
        assert_eq!(ids(&[], Some("c")), [""; 0]);
    }

    #[test]
    fn the_newest_real_chain_with_a_figure_is_shown_unless_one_is_named() {
        let cycles = [
            published("a", "", 1),
            cycle("b", "a", 2),
            cycle("other", "", 3),
            published("simulation-1", "", 4),
        ];
        assert_eq!(ids(&cycles, None), ["a", "b"]);
        assert_eq!(ids(&cycles[1..], None), ["other"], "nothing is published");
        assert_eq!(ids(&cycles[3..], None), [""; 0]);
        assert_eq!(ids(&cycles, Some("simulation-1")), ["simulation-1"]);
    }

    #[test]
    fn a_long_chain_is_cut_at_its_beginning() {
        let name = |number: usize| format!("c{number}");
        let of = |number: usize| match number.checked_sub(1) {
            None => cycle(&name(number), "", 0),
            Some(previous) => cycle(&name(number), &name(previous), 0),
        };
        let cycles: Vec<_> = (0..=TREND_CYCLES_MAX).map(of).collect();
        let shown = ids(&cycles, Some(&name(TREND_CYCLES_MAX)));
        assert_eq!((shown.len(), shown[0].as_str()), (TREND_CYCLES_MAX, "c1"));
        assert_eq!(ids(&cycles[..TREND_CYCLES_MAX], None)[0], "c0");
    }

    #[test]
    fn a_break_is_where_the_instrument_differs_from_that_of_the_point_before() {
        let (one, two) = (InstrumentId::parse("one").unwrap(), InstrumentId::parse("two").unwrap());
        let points = [(&one, true), (&two, false), (&one, true), (&two, true), (&two, true)];
        assert_eq!(breaks(points), [false, false, false, true, false]);
    }
}
