//! What is said of a population in one cycle: for each measure its statistics, and who has no figure.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    exact::Exact,
    instrument::Instrument,
    population::{KeptFigure, NamedRegion, PublishedRegion, Survey},
    publication::Measure,
    scorecard::NullReason,
    statistics::Statistics,
};

/// The most regions that are named as having the least or the greatest value: with whole percentages
/// hundreds may share one.
pub const EXTREME_REGIONS_MAX: usize = 10;

/// Into how many bins of equal width a scale is divided: on 0 to 100, by tens.
pub const HISTOGRAM_BINS: u8 = 10;

/// What is said of a population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Of each measure that the instrument has, in the order of [`Measure::KEPT`].
    pub measures: Vec<MeasureSummary>,
    /// The population's realisation as a whole.
    pub pooled: PooledRealisation,
}

/// What is said of one measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureSummary {
    /// The measure.
    pub measure: Measure,
    /// The statistics of its values; `None` where there are none.
    pub statistics: Option<Statistics>,
    /// The regions with the least value.
    pub minimum: Extreme,
    /// The regions with the greatest value.
    pub maximum: Extreme,
    /// How many regions have no value, by why.
    pub nulls: BTreeMap<NullReason, usize>,
    /// How many regions have a value that is comparable with no other, and outside all statistics:
    /// improvements over what another instrument scored.
    pub break_count: usize,
    /// How many reach the instrument's threshold; `None` where none applies.
    pub threshold: Option<ThresholdCount>,
    /// How many lie in each band of the instrument, lowest first; empty where none apply.
    pub bands: Vec<(String, usize)>,
    /// How many lie in each part of the scale, lowest first.
    pub histogram: Vec<Bin>,
}

/// The regions that share the least or the greatest value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extreme {
    /// The first of them by code, at most [`EXTREME_REGIONS_MAX`].
    pub regions: Vec<NamedRegion>,
    /// How many there are.
    pub count: usize,
}

/// How many values reach a threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdCount {
    /// The threshold, in percent.
    pub threshold: Decimal,
    /// How many are at or above it.
    pub count: usize,
    /// Their share of all values, in percent; `None` where there are none.
    pub share: Option<Exact>,
}

/// A part of a scale: from `lower`, up to but without `upper`, which in the last one belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    /// Its lowest value.
    pub lower: Decimal,
    /// Its end.
    pub upper: Decimal,
    /// How many values lie in it.
    pub count: usize,
}

/// Programmes running of all that are planned, over all regions and pillars that reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PooledRealisation {
    /// Programmes running.
    pub running: u64,
    /// Programmes planned and due.
    pub planned: u64,
    /// How many regions reported on every pillar.
    pub complete_count: usize,
    /// How many reported on some pillars only; what they reported is in the sums.
    pub partial_count: usize,
    /// How many reported on none.
    pub unreported_count: usize,
}

impl Summary {
    /// The summary of what is published.
    pub fn of(survey: &Survey) -> Self {
        let summarise = |measure| MeasureSummary::of(measure, &survey.present, &survey.instrument);
        Self {
            measures: Measure::KEPT.into_iter().filter_map(summarise).collect(),
            pooled: PooledRealisation::of(&survey.present),
        }
    }
}

impl MeasureSummary {
    /// `None` of a component that the instrument does not have.
    fn of(measure: Measure, regions: &[PublishedRegion], instrument: &Instrument) -> Option<Self> {
        if let Measure::ComponentScore(component) = measure {
            instrument.derivation(component)?;
        }
        let position = measure.kept_position()?;
        let mut values = Vec::with_capacity(regions.len());
        let (mut nulls, mut break_count) = (BTreeMap::new(), 0);
        for region in regions {
            match region.figures.at(position)? {
                KeptFigure::Value(_) if region.is_break(measure) => break_count += 1,
                KeptFigure::Value(exact) => values.push((exact, &region.region)),
                KeptFigure::Null(reason) => *nulls.entry(*reason).or_default() += 1,
                KeptFigure::NotOfInstrument => {}
            }
        }
        // Sorted once, and those that are equal by code; then what is counted lies between two places.
        values.sort_by_key(|(exact, _)| *exact);
        let exact: Vec<_> = values.iter().map(|(exact, _)| *exact).collect();
        let has_bands = measure == Measure::Index;
        let bands = if has_bands { band_counts(&exact, instrument) } else { Vec::new() };
        let threshold = measure.is_realisation().then(|| ThresholdCount::of(&exact, instrument));
        let histogram = histogram(&exact, measure.range(instrument));
        let statistics = Statistics::of_sorted(&exact);
        Some(Self {
            measure,
            minimum: Extreme::of(values.chunk_by(is_equal).next()),
            maximum: Extreme::of(values.chunk_by(is_equal).next_back()),
            statistics,
            nulls,
            break_count,
            threshold,
            bands,
            histogram,
        })
    }
}

fn is_equal(left: &(&Exact, &NamedRegion), right: &(&Exact, &NamedRegion)) -> bool {
    left.0 == right.0
}

impl Extreme {
    /// Those of equal values; none where there are no values.
    fn of(tied: Option<&[(&Exact, &NamedRegion)]>) -> Self {
        let tied = tied.unwrap_or_default();
        let regions = tied.iter().take(EXTREME_REGIONS_MAX);
        Self { regions: regions.map(|(_, region)| (*region).clone()).collect(), count: tied.len() }
    }
}

impl ThresholdCount {
    /// `values` are sorted.
    fn of(values: &[&Exact], instrument: &Instrument) -> Self {
        let threshold = &instrument.definition().threshold;
        let count = values.len() - count_below(values, threshold.percent().exact());
        let share = Exact::quotient(count * 100, values.len());
        Self { threshold: threshold.given(), count, share }
    }
}

impl PooledRealisation {
    fn of(regions: &[PublishedRegion]) -> Self {
        let mut pooled = Self::default();
        for region in regions {
            let reported = region.ratios.iter().flatten();
            match reported.clone().count() {
                0 => pooled.unreported_count += 1,
                count if count == region.ratios.len() => pooled.complete_count += 1,
                _ => pooled.partial_count += 1,
            }
            for ratio in reported {
                pooled.running += u64::from(ratio.running());
                pooled.planned += u64::from(ratio.planned());
            }
        }
        pooled
    }

    /// Its percentage; `None` where nothing is planned.
    pub fn percent(&self) -> Option<Exact> {
        Exact::quotient(self.running * 100, self.planned)
    }
}

impl PublishedRegion {
    /// Whether the region's value of this measure is comparable with no other.
    pub fn is_break(&self, measure: Measure) -> bool {
        measure == Measure::Improvement && self.improvement_is_break
    }
}

impl Measure {
    /// Whether it is a realisation, in percent, to which the instrument's threshold applies.
    pub const fn is_realisation(self) -> bool {
        match self {
            Self::PooledRealisation
            | Self::MeanOfPillarsRealisation
            | Self::PillarRealisation(_) => true,
            Self::Index
            | Self::ComponentScore(_)
            | Self::PillarScore(_)
            | Self::PreviousIndex
            | Self::Improvement
            | Self::NationalRank
            | Self::ProvinceRank => false,
        }
    }

    /// How many decimals the instrument shows it with.
    pub fn decimals(self, instrument: &Instrument) -> u32 {
        let decimals = instrument.definition().decimals;
        u32::from(if self.is_realisation() { decimals.percent } else { decimals.score })
    }

    /// Within what its values lie under the instrument.
    fn range(self, instrument: &Instrument) -> (Decimal, Decimal) {
        let scale = instrument.definition().scale;
        if self.is_realisation() {
            (Decimal::ZERO, Decimal::ONE_HUNDRED)
        } else if self == Self::Improvement {
            let span = scale.maximum() - scale.minimum();
            (-span, span)
        } else {
            (scale.minimum(), scale.maximum())
        }
    }
}

/// How many of sorted values are less than `edge`.
fn count_below(values: &[&Exact], edge: &Exact) -> usize {
    values.partition_point(|value| *value < edge)
}

/// How many of sorted values lie in each band; labels may repeat.
fn band_counts(values: &[&Exact], instrument: &Instrument) -> Vec<(String, usize)> {
    let bands = &instrument.definition().bands;
    let inner: Vec<_> = bands.iter().skip(1).map(|band| Exact::from(band.minimum)).collect();
    let labels = bands.iter().map(|band| band.label.clone());
    labels.zip(counts_between(values, &inner)).collect()
}

/// How many of sorted values lie before the first of these edges, between each and the next, and from
/// the last on.
fn counts_between(values: &[&Exact], edges: &[Exact]) -> Vec<usize> {
    let ends = edges.iter().map(|edge| count_below(values, edge)).chain([values.len()]);
    let mut start = 0;
    ends.map(|end| end - std::mem::replace(&mut start, end)).collect()
}

/// Sorted values by parts of equal width; what lies outside counts to the part at its end.
fn histogram(values: &[&Exact], (lowest, highest): (Decimal, Decimal)) -> Vec<Bin> {
    let width = (highest - lowest) / Decimal::from(HISTOGRAM_BINS);
    let edge = |position: u8| (lowest + width * Decimal::from(position)).normalize();
    let inner: Vec<_> = (1..HISTOGRAM_BINS).map(|position| Exact::from(edge(position))).collect();
    let bins = (0..HISTOGRAM_BINS).zip(counts_between(values, &inner));
    bins.map(|(bin, count)| Bin { lower: edge(bin), upper: edge(bin + 1), count }).collect()
}

#[cfg(test)]
mod independent;
#[cfg(test)]
mod tests;
