//! Made-up results, for load and demonstration: the same seed always gives the same.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use crate::{
    exact::Exact,
    fault::{Fault, Faults},
    instrument::{Instrument, Scale},
    name::{CycleId, InstrumentId, RegionCode},
    registry::{Cycle, SIMULATED_PREFIX},
    tally::Ratio,
    vocabulary::{Component, Derivation, Pillar},
};

/// The most cycles of one simulation: more years than the evaluation will see in a lifetime.
pub const CYCLES_MAX: i32 = 100;

/// The most regions of one cycle: all 514 regencies and cities, and room for those to come.
pub const REGIONS_MAX: i32 = 1_000;

/// Where all that is simulated says that it comes from.
pub const SOURCE: &str = "simulation";

/// Qualities are in thousandths.
const WHOLE: u64 = 1_000;

/// How many decimals a score is given with, as assessors do.
const SCORE_DECIMALS: u32 = 2;

/// One simulated cycle: which of the cycles that a seed gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    seed: u32,
    position: u32,
}

/// What one region reports, and is scored, in a simulated cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedResult {
    /// The region.
    pub region: RegionCode,
    /// Programmes running and planned: about ten of each pillar.
    pub tallies: BTreeMap<Pillar, Ratio>,
    /// Scores of the six pillars.
    pub pillar_scores: BTreeMap<Pillar, Decimal>,
    /// Scores of the components that the instrument has scored directly.
    pub component_scores: BTreeMap<Component, Decimal>,
}

impl Plan {
    /// Reads which cycle of which seed is meant.
    ///
    /// # Errors
    /// [`Faults`] of `seed` (0 and above) and `position` (1 to 100).
    pub fn parse(seed: i32, position: i32) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let known = faults.keep(
            "seed",
            u32::try_from(seed).map_err(|_| Fault::new(seed, format!("0 to {}", i32::MAX))),
        );
        let place = u32::try_from(position).ok().filter(|_| (1..=CYCLES_MAX).contains(&position));
        let place = faults.keep(
            "position",
            place.ok_or_else(|| Fault::new(position, format!("1 to {CYCLES_MAX}"))),
        );
        faults.into_result(known.zip(place).map(|(seed, position)| Self { seed, position }))
    }

    /// The cycle, which follows the one before of the same seed.
    ///
    /// # Panics
    /// Never: the ids that are made here are ids.
    pub fn cycle(self, instrument: InstrumentId) -> Cycle {
        let Self { seed, position } = self;
        Cycle {
            id: self.id(position),
            display_name: format!("Simulasi {position} (seed {seed})"),
            instrument,
            previous_cycle: (position > 1).then(|| self.id(position - 1)),
            open_time: None,
            deadline: None,
            eligible_regions: Vec::new(),
            simulated: true,
        }
    }

    fn id(self, position: u32) -> CycleId {
        let id = format!("{SIMULATED_PREFIX}{}-{position:03}", self.seed);
        CycleId::parse(&id).expect("a short id of letters, digits and hyphens")
    }

    /// What a region reports and is scored.
    ///
    /// Every region has a quality of its own, gets a little better from cycle to cycle, and differs
    /// from pillar to pillar and from component to component.
    pub fn result(self, region: &RegionCode, instrument: &Instrument) -> SimulatedResult {
        let scale = instrument.definition().scale;
        let score = |item: &str| score(scale, self.quality(region, item));
        let is_direct =
            |component: &Component| instrument.derivation(*component) == Some(Derivation::Direct);
        SimulatedResult {
            region: region.clone(),
            tallies: Pillar::ALL.map(|pillar| (pillar, self.tally(region, pillar))).into(),
            pillar_scores: Pillar::ALL.map(|pillar| (pillar, score(pillar.as_str()))).into(),
            component_scores: Component::ALL
                .into_iter()
                .filter(is_direct)
                .map(|component| (component, score(component.as_str())))
                .collect(),
        }
    }

    fn tally(self, region: &RegionCode, pillar: Pillar) -> Ratio {
        let item = format!("programs/{}", pillar.as_str());
        let planned = 6 + draw(self.seed, self.position, region, &item, 9);
        // More of what is planned runs than is done well.
        let quality = (self.quality(region, &item) + 150).min(WHOLE);
        let running = (planned * quality + WHOLE / 2) / WHOLE;
        let count = |count: u64| i32::try_from(count).expect("at most fourteen");
        Ratio::new(count(running), count(planned)).expect("at most all of them run")
    }

    /// How good something of a region is, 0 to 1,000.
    fn quality(self, region: &RegionCode, item: &str) -> u64 {
        let of_region = 400 + draw(self.seed, 0, region, "quality", 450);
        let better = u64::from(self.position) * 10;
        let differs = draw(self.seed, self.position, region, item, 301);
        (of_region + better + differs).saturating_sub(150).min(WHOLE)
    }
}

/// A score on the scale, with two decimals.
fn score(scale: Scale, quality: u64) -> Decimal {
    let percent = Exact::quotient(quality, WHOLE / 100).expect("not a division by zero");
    scale.lay(&percent.into()).round(SCORE_DECIMALS)
}

/// A number from 0 to less than `bound`, by SHA-256: it is the same on every machine and in every
/// version, and no number depends on another. What the remainder favours is less than can be seen.
fn draw(seed: u32, position: u32, region: &RegionCode, item: &str, bound: u64) -> u64 {
    let digest: [u8; 32] = Sha256::digest(format!("{seed}/{position}/{region}/{item}")).into();
    let first = digest.first_chunk().expect("a digest is longer than eight bytes");
    u64::from_be_bytes(*first) % bound
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::instrument::{
        Composition, Definition, ShownDecimals, ThresholdPercent, WeightedComponent,
    };

    fn instrument() -> Instrument {
        let direct = WeightedComponent::parse(Component::Output, "60", Derivation::Direct);
        let derived = WeightedComponent::parse(Component::Impact, "40", Derivation::MeanOfPillars);
        let definition = Definition {
            display_name: "An instrument".to_owned(),
            source: "a test".to_owned(),
            scale: Scale::parse("1", "5").unwrap(),
            components: vec![direct.unwrap(), derived.unwrap()],
            threshold: ThresholdPercent::parse("80").unwrap(),
            availability_threshold: None,
            bands: Vec::new(),
            decimals: ShownDecimals::parse(2, 2).unwrap(),
            quick_win_repeat_limit: None,
            composition: Composition::MINISTRY,
        };
        Instrument::new(InstrumentId::parse("a").unwrap(), definition).unwrap()
    }

    #[test]
    fn a_seed_always_gives_the_same() {
        let region = RegionCode::parse("33.05").unwrap();
        let result = Plan::parse(1, 2).unwrap().result(&region, &instrument());
        // As it was when this was written: who asks for seed 1 again gets what was shown before.
        let tallies = result.tallies.values().map(|ratio| (ratio.running(), ratio.planned()));
        assert_eq!(
            tallies.collect::<Vec<_>>(),
            [(6, 10), (7, 13), (8, 13), (4, 7), (7, 10), (6, 10)]
        );
        let scores = result.component_scores.values().map(ToString::to_string);
        assert_eq!(scores.collect::<Vec<_>>(), ["3.17"]);
    }

    #[test]
    fn a_cycle_follows_the_one_before_and_is_marked() {
        let cycle =
            |position| Plan::parse(7, position).unwrap().cycle(InstrumentId::parse("a").unwrap());
        assert_eq!((cycle(1).id.as_str(), cycle(1).previous_cycle), ("simulation-7-001", None));
        assert_eq!(cycle(2).previous_cycle, Some(cycle(1).id));
        assert!(cycle(1).simulated);
    }

    #[test]
    fn positions_and_seeds_have_bounds() {
        for (seed, position, field) in [(-1, 1, "seed"), (0, 0, "position"), (0, 101, "position")] {
            let faults = Plan::parse(seed, position).unwrap_err();
            assert_eq!(faults.iter().next().unwrap().field, field);
        }
        assert!(Plan::parse(i32::MAX, CYCLES_MAX).is_ok());
    }

    proptest! {
        #[test]
        fn scores_lie_on_the_scale(seed in 0..i32::MAX, position in 1..=CYCLES_MAX) {
            let region = RegionCode::parse("33.05").unwrap();
            let instrument = instrument();
            let result = Plan::parse(seed, position).unwrap().result(&region, &instrument);
            let scale = instrument.definition().scale;
            prop_assert_eq!(result.component_scores.len(), 1);
            for score in result.pillar_scores.values().chain(result.component_scores.values()) {
                prop_assert!((scale.minimum()..=scale.maximum()).contains(score));
            }
        }
    }
}
