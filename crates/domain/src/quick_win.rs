//! How often a programme may be a quick win: what is one for years is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::{CycleId, ProgramId};

/// The cycles in which programmes of one region are reported as a quick win.
pub type QuickWins = BTreeMap<ProgramId, BTreeSet<CycleId>>;

/// Programmes that are reported as a quick win in more cycles than the instrument allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a programme is a quick win in at most {limit} cycles; {}", listed(.programs))]
pub struct QuickWinRepeated {
    /// In how many cycles it may be.
    pub limit: u32,
    /// The programmes with the cycles.
    pub programs: QuickWins,
}

/// Checks that no programme is a quick win in more cycles than `limit`, where there is one.
///
/// # Errors
/// [`QuickWinRepeated`], with those that are.
pub fn check_repeats(limit: Option<u32>, quick_wins: QuickWins) -> Result<(), QuickWinRepeated> {
    let Some(limit) = limit else { return Ok(()) };
    let is_allowed =
        |cycles: &BTreeSet<CycleId>| u32::try_from(cycles.len()).is_ok_and(|n| n <= limit);
    let mut programs = quick_wins;
    programs.retain(|_, cycles| !is_allowed(cycles));
    if programs.is_empty() { Ok(()) } else { Err(QuickWinRepeated { limit, programs }) }
}

fn listed(programs: &QuickWins) -> String {
    let listed = programs.iter().map(|(program, cycles)| {
        let cycles: Vec<_> = cycles.iter().map(CycleId::as_str).collect();
        format!("{program} would be in {}", cycles.join(", "))
    });
    listed.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_is_a_quick_win_as_often_as_the_instrument_allows() {
        let cycles = |ids: &[&str]| ids.iter().map(|id| CycleId::parse(id).unwrap()).collect();
        let program = |id| ProgramId::parse(id).unwrap();
        let quick_wins = QuickWins::from([
            (program("once"), cycles(&["2022"])),
            (program("twice"), cycles(&["2022", "2021"])),
        ]);
        assert_eq!(check_repeats(None, quick_wins.clone()), Ok(()));
        assert_eq!(check_repeats(Some(2), quick_wins.clone()), Ok(()));
        let repeated = check_repeats(Some(1), quick_wins).unwrap_err();
        assert_eq!(
            repeated.to_string(),
            "a programme is a quick win in at most 1 cycles; twice would be in 2021, 2022"
        );
    }
}
