//! Who is on the shortlist of an award: the best of each pillar under stated rules.
//!
//! Places are those of 2021, when 17 regions each were awarded for governance, branding, economy and
//! society, and 16 each for living and environment (transnews.co.id of 14 December 2021).

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::{
    exact::Exact,
    fault::Fault,
    instrument::Instrument,
    name::{CohortId, RegionCode},
    population::{NamedRegion, PublishedRegion, Survey},
    publication::Measure,
    ranking::{TieRule, ranks},
    registry::Cohort,
    vocabulary::Pillar,
};

/// The most places of a pillar: all regencies and cities, and room for those to come.
pub const PLACES_MAX: u16 = 1_000;

/// Under what a shortlist is drawn up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// By what the regions are compared.
    pub basis: Basis,
    /// How many places each pillar has, in the pillars' order.
    pub places: [u16; Pillar::ALL.len()],
    /// Who is eligible: those who meet each of these.
    pub rules: Vec<Rule>,
}

/// By what of a pillar regions are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// Its score.
    #[default]
    Score,
    /// Its realisation.
    Realisation,
}

/// What makes a region eligible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Its index is this at least.
    MinimumIndex(Decimal),
    /// Each of its pillars reaches the instrument's threshold.
    AllPillarsAtOrAboveThreshold,
    /// Its pooled realisation, in percent, is this at least.
    MinimumPooledRealisation(Decimal),
    /// It is not of this cohort, such as that of former winners.
    NotOfCohort(CohortId, BTreeSet<RegionCode>),
}

/// Who is shortlisted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortlist {
    /// Of each pillar, in their order.
    pub pillars: Vec<PillarShortlist>,
    /// How many regions are eligible.
    pub eligible_count: usize,
    /// Who of those that are published is not eligible, by code.
    pub excluded: Vec<Excluded>,
}

/// Who is shortlisted for a pillar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PillarShortlist {
    /// The pillar.
    pub pillar: Pillar,
    /// How many places it has.
    pub places: u16,
    /// Who is in, and who is tied at the cut; best first, ties by code.
    pub entries: Vec<Shortlisted>,
    /// How many places those who are tied at the cut have between them; 0 where none are.
    pub undecided_places: usize,
    /// How many places nobody has, for want of regions.
    pub vacant_places: usize,
    /// The eligible regions without a value, by code.
    pub without_value: Vec<NamedRegion>,
}

/// A region on a shortlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortlisted {
    /// Its rank among those who are eligible, equal values sharing one (1-2-2-4).
    pub rank: usize,
    /// The region.
    pub region: NamedRegion,
    /// Its value.
    pub value: Exact,
    /// Whether it is tied with more regions than there are places left.
    pub is_tied_at_cut: bool,
}

/// A region that is not eligible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The region.
    pub region: NamedRegion,
    /// Which of the rules it does not meet, by their positions.
    pub rules: Vec<usize>,
}

/// The places of 2021.
pub const fn default_places(pillar: Pillar) -> u16 {
    match pillar {
        Pillar::Governance | Pillar::Branding | Pillar::Economy | Pillar::Society => 17,
        Pillar::Living | Pillar::Environment => 16,
    }
}

/// Reads how many places a pillar has.
///
/// # Errors
/// A [`Fault`] where it is not 0 to 1,000.
pub fn parse_places(places: i32) -> Result<u16, Fault> {
    u16::try_from(places)
        .ok()
        .filter(|places| *places <= PLACES_MAX)
        .ok_or_else(|| Fault::new(places, format!("0 to {PLACES_MAX}")))
}

impl Terms {
    /// Makes the members of a cohort ineligible.
    pub fn exclude(&mut self, cohort: Cohort) {
        let members = cohort.members.into_iter().map(|member| member.region).collect();
        self.rules.push(Rule::NotOfCohort(cohort.id, members));
    }
}

impl Basis {
    /// The measure of a pillar.
    pub const fn measure(self, pillar: Pillar) -> Measure {
        match self {
            Self::Score => Measure::PillarScore(pillar),
            Self::Realisation => Measure::PillarRealisation(pillar),
        }
    }
}

impl Rule {
    /// Whether a region meets it; what is not known does not.
    fn is_met(&self, region: &PublishedRegion, instrument: &Instrument) -> bool {
        let reaches = |measure, least: &Exact| {
            region.figures.exact(measure).is_some_and(|exact| exact >= least)
        };
        match self {
            Self::MinimumIndex(least) => reaches(Measure::Index, &Exact::from(*least)),
            Self::AllPillarsAtOrAboveThreshold => {
                let threshold = instrument.definition().threshold.percent().exact();
                let mut pillars = Pillar::ALL.into_iter();
                pillars.all(|pillar| reaches(Measure::PillarRealisation(pillar), threshold))
            }
            Self::MinimumPooledRealisation(least) => {
                reaches(Measure::PooledRealisation, &Exact::from(*least))
            }
            Self::NotOfCohort(_, members) => !members.contains(&region.region.code),
        }
    }
}

impl Shortlist {
    /// Draws up the shortlist.
    pub fn of(survey: &Survey, terms: &Terms) -> Self {
        let (mut eligible, mut excluded) = (Vec::new(), Vec::new());
        for region in &survey.present {
            let rules = terms.rules.iter().enumerate();
            let unmet = rules.filter(|(_, rule)| !rule.is_met(region, &survey.instrument));
            let rules: Vec<_> = unmet.map(|(position, _)| position).collect();
            if rules.is_empty() {
                eligible.push(region);
            } else {
                excluded.push(Excluded { region: region.region.clone(), rules });
            }
        }
        let pillars = Pillar::ALL.into_iter().zip(terms.places);
        Self {
            pillars: pillars
                .map(|(pillar, places)| {
                    PillarShortlist::of(pillar, places, terms.basis.measure(pillar), &eligible)
                })
                .collect(),
            eligible_count: eligible.len(),
            excluded,
        }
    }
}

impl PillarShortlist {
    fn of(pillar: Pillar, places: u16, measure: Measure, eligible: &[&PublishedRegion]) -> Self {
        let values: Vec<_> = eligible.iter().map(|region| region.figures.exact(measure)).collect();
        let ranks = ranks(&values, TieRule::Standard);
        let (mut entries, mut without_value) = (Vec::new(), Vec::new());
        for ((region, value), rank) in eligible.iter().zip(values).zip(ranks) {
            let region = region.region.clone();
            match value.zip(rank) {
                None => without_value.push(region),
                Some((_, rank)) if rank > usize::from(places) => {}
                Some((value, rank)) => {
                    let value = value.clone();
                    entries.push(Shortlisted { rank, region, value, is_tied_at_cut: false });
                }
            }
        }
        // Stable, so ties stay in the order of codes.
        entries.sort_by_key(|entry| entry.rank);
        let undecided_places = mark_tie(&mut entries, usize::from(places));
        let vacant_places = usize::from(places).saturating_sub(entries.len());
        Self { pillar, places, entries, undecided_places, vacant_places, without_value }
    }
}

/// Marks those who are tied for more places than there are, and tells how many there are.
fn mark_tie(entries: &mut [Shortlisted], places: usize) -> usize {
    let Some(last) = entries.last().filter(|_| entries.len() > places) else { return 0 };
    let (rank, undecided) = (last.rank, places + 1 - last.rank);
    for entry in entries.iter_mut().filter(|entry| entry.rank == rank) {
        entry.is_tied_at_cut = true;
    }
    undecided
}

#[cfg(test)]
mod tests;
