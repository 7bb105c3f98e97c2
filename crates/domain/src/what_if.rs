//! What if a cycle were scored by another instrument: the indexes and ranks that it would give, beside
//! those that were published.
//!
//! Nothing is written. What is recomputed is the evaluation that was kept with each newest
//! publication, by [`scoring`] under the changed instrument; where its index is relative to other
//! regions, over the regions that are compared.

use std::{cmp::Reverse, collections::BTreeMap};

use rust_decimal::Decimal;

use crate::{
    composite::{Cell, Goalposts, composites},
    evaluation::Evaluation,
    exact::{Exact, parse_decimal},
    fault::{Fault, Faults},
    instrument::{Composition, Definition, Instrument},
    name::RegionCode,
    population::{KeptFigure, KeptFigures, NamedRegion, PublishedRegion, Survey},
    publication::Measure,
    ranking::{TieRule, ranks},
    scorecard::NullReason,
    scoring,
    vocabulary::{Aggregation, Component, Normalisation},
};

mod correlation;

pub use correlation::{kendall, spearman};

/// How many regions that move most are named where nothing is asked for.
pub const MOVERS_DEFAULT: usize = 10;
/// The most that are named.
pub const MOVERS_MAX: usize = 1_000;

/// A weight in percent that is tried; by 0 a component is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriedWeight(Decimal);

impl TriedWeight {
    /// Reads a weight.
    ///
    /// # Errors
    /// A [`Fault`] where it is no decimal from 0 to 100.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let weight = parse_decimal(text)?;
        if (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&weight) {
            Ok(Self(weight))
        } else {
            Err(Fault::new(text, "0 to 100"))
        }
    }
}

/// How an instrument is changed; what is not given stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Other weights.
    pub weights: BTreeMap<Component, TriedWeight>,
    /// Goalposts, of each component where they are used.
    pub goalposts: BTreeMap<Component, Goalposts>,
    /// Another normalisation.
    pub normalisation: Option<Normalisation>,
    /// Another aggregation.
    pub aggregation: Option<Aggregation>,
}

/// A cycle under a changed instrument, beside what was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The regions with a published scorecard and the evaluation that was kept with it, by code.
    pub regions: Vec<Recomputed>,
    /// Those with a published scorecard from before evaluations were kept, by code.
    pub not_kept: Vec<NamedRegion>,
    /// Spearman's rank correlation of both indexes; `None` of fewer than two regions, or of equal ones.
    pub spearman: Option<Exact>,
    /// Kendall's (tau-b), likewise.
    pub kendall: Option<Exact>,
}

/// One region's index and rank, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recomputed {
    /// The region.
    pub region: NamedRegion,
    /// The revision that was recomputed.
    pub revision: i32,
    /// Before: as published, or, where the cycle's own index is relative, over these regions.
    pub before: Standing,
    /// After.
    pub after: Standing,
}

/// An index with its rank among those that have one; equal ones share the better rank (1-2-2-4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The index, or why there is none.
    pub index: Cell,
    /// The components that it does without, or for want of which there is none.
    pub missing: Vec<Component>,
    /// Its rank.
    pub rank: Option<usize>,
}

impl Recomputed {
    /// By how many places the region goes up; `None` where it lacks either rank.
    pub fn rise(&self) -> Option<i64> {
        let place = |standing: &Standing| standing.rank.and_then(|rank| i64::try_from(rank).ok());
        Some(place(&self.before)? - place(&self.after)?)
    }
}

impl Change {
    /// The instrument as it is changed.
    ///
    /// # Errors
    /// [`Faults`] of `weights` and `goalposts` of a component that it does not have; of `weights` that are
    /// not exactly 100 together; and of what else makes it no instrument.
    pub fn apply(&self, base: &Instrument) -> Result<Instrument, Faults> {
        let Self { weights, goalposts, normalisation, aggregation } = self;
        let mut faults = Faults::none();
        let mut definition = base.definition().clone();
        check_known(weights.keys(), "weights", base, &mut faults);
        check_known(goalposts.keys(), "goalposts", base, &mut faults);
        definition.composition = Composition {
            normalisation: normalisation.unwrap_or(definition.composition.normalisation),
            aggregation: aggregation.unwrap_or(definition.composition.aggregation),
        };
        let takes_goalposts = definition.composition.normalisation == Normalisation::Goalposts;
        for part in &mut definition.components {
            part.weight = weights.get(&part.component).map_or(part.weight, |weight| weight.0);
            let own = part.goalposts.filter(|_| takes_goalposts);
            part.goalposts = goalposts.get(&part.component).copied().or(own);
        }
        definition.components.retain(|part| part.weight > Decimal::ZERO);
        let changed = Instrument::new(base.id().clone(), definition);
        let changed = changed.map_err(|wrong| as_asked(&wrong));
        let changed = faults.merge(changed);
        faults.into_result(changed)
    }
}

/// Notes components that the instrument does not have.
fn check_known<'a>(
    components: impl Iterator<Item = &'a Component>,
    field: &str,
    base: &Instrument,
    faults: &mut Faults,
) {
    for component in components {
        if base.derivation(*component).is_none() {
            let parts = base.definition().components.iter().map(|part| part.component.as_str());
            let known = parts.collect::<Vec<_>>().join(", ");
            let fault = Fault::new(component, format!("{known}, which {} has", base.id()));
            faults.push(fault.at(field));
        }
    }
}

/// What is wrong with the changed instrument, by the fields of the change: an instrument has weights
/// and goalposts in its components.
fn as_asked(faults: &Faults) -> Faults {
    let mut asked = Faults::none();
    for fault in faults.iter() {
        let field = match fault.field.as_str() {
            "components" => "weights",
            field if field.ends_with(".goalposts") => "goalposts",
            field => field,
        };
        asked.push(Fault { field: field.to_owned(), ..fault.clone() });
    }
    asked
}

/// Checks that scores of one instrument can be taken for another's.
///
/// # Errors
/// A [`Fault`] where their scales differ.
pub fn check_same_scale(own: &Definition, other: &Instrument) -> Result<(), Fault> {
    let (scale, wanted) = (other.definition().scale, own.scale);
    let bounds = |scale: crate::instrument::Scale| {
        (Exact::from(scale.minimum()), Exact::from(scale.maximum()))
    };
    if bounds(scale) == bounds(wanted) {
        return Ok(());
    }
    let allowed = format!(
        "an instrument of the scale from {} to {}, on which the cycle's scores were given",
        wanted.minimum(),
        wanted.maximum()
    );
    Err(Fault::new(format!("instruments/{}", other.id()), allowed))
}

/// Compares what is published of a population with what `changed` makes of the evaluations that were
/// kept with it.
///
/// `is_wanted` is asked before each region is computed, and may end it: then the result is `None`.
pub fn compare(
    survey: &Survey,
    mut evaluations: BTreeMap<RegionCode, Evaluation>,
    changed: &Instrument,
    is_wanted: impl Fn() -> bool,
) -> Option<Comparison> {
    let (mut present, mut not_kept) = (Vec::new(), Vec::new());
    for published in &survey.present {
        match evaluations.remove(&published.region.code) {
            Some(evaluation) => present.push((published, evaluation)),
            None => not_kept.push(published.region.clone()),
        }
    }
    let before = ranked(published_indexes(&present, survey.instrument.definition()));
    let after = ranked(recomputed_indexes(&present, changed, is_wanted)?);
    let both: Vec<_> = before.iter().zip(&after).filter_map(both_indexes).collect();
    let regions = present.iter().zip(before.iter().zip(&after));
    let regions = regions.map(|((published, _), (before, after))| Recomputed {
        region: published.region.clone(),
        revision: published.revision,
        before: before.clone(),
        after: after.clone(),
    });
    Some(Comparison {
        regions: regions.collect(),
        not_kept,
        spearman: spearman(&both),
        kendall: kendall(&both),
    })
}

impl Comparison {
    /// The places of the regions that go up most, and of those that go down most, so many at most;
    /// those that go as far in the order of their codes.
    pub fn movers(&self, count: usize) -> (Vec<usize>, Vec<usize>) {
        let rises = self.regions.iter().enumerate();
        let rises = rises.filter_map(|(place, region)| Some((place, region.rise()?)));
        let mut up: Vec<_> = rises.clone().filter(|(_, rise)| *rise > 0).collect();
        let mut down: Vec<_> = rises.filter(|(_, rise)| *rise < 0).collect();
        up.sort_by_key(|(_, rise)| Reverse(*rise));
        down.sort_by_key(|(_, rise)| *rise);
        let first = |moves: Vec<(usize, i64)>| {
            moves.into_iter().take(count).map(|(place, _)| place).collect()
        };
        (first(up), first(down))
    }
}

fn both_indexes<'a>(
    (before, after): (&'a Standing, &'a Standing),
) -> Option<(&'a Exact, &'a Exact)> {
    before.index.as_ref().ok().zip(after.index.as_ref().ok())
}

fn ranked(indexes: Vec<(Cell, Vec<Component>)>) -> Vec<Standing> {
    let values: Vec<_> = indexes.iter().map(|(index, _)| index.as_ref().ok()).collect();
    let ranks = ranks(&values, TieRule::Standard);
    let standings = indexes.into_iter().zip(ranks);
    standings.map(|((index, missing), rank)| Standing { index, missing, rank }).collect()
}

/// The indexes as they were published; where they are relative to other regions, those of the
/// published scores of the components over these regions.
fn published_indexes(
    present: &[(&PublishedRegion, Evaluation)],
    definition: &Definition,
) -> Vec<(Cell, Vec<Component>)> {
    let scores =
        present.iter().map(|(published, _)| component_scores(&published.figures, definition));
    let composed = composites(&scores.collect::<Vec<_>>(), definition).into_iter();
    if definition.composition.is_relative() {
        return composed.map(|composite| (composite.index, composite.missing)).collect();
    }
    let published = composed.zip(present).map(|(composite, (published, _))| {
        (cell(published.figures.get(Measure::Index)), composite.missing)
    });
    published.collect()
}

/// The published scores of an instrument's components, in its order.
pub fn component_scores(figures: &KeptFigures, definition: &Definition) -> Vec<Cell> {
    let parts = definition.components.iter();
    parts.map(|part| cell(figures.get(Measure::ComponentScore(part.component)))).collect()
}

fn cell(figure: Option<&KeptFigure>) -> Cell {
    match figure {
        Some(KeptFigure::Value(exact)) => Ok(exact.clone()),
        Some(KeptFigure::Null(reason)) => Err(*reason),
        Some(KeptFigure::NotOfInstrument) | None => Err(NullReason::InputMissing),
    }
}

/// The indexes that an instrument makes of kept evaluations; `None` where nobody wants them any more.
fn recomputed_indexes(
    present: &[(&PublishedRegion, Evaluation)],
    instrument: &Instrument,
    is_wanted: impl Fn() -> bool,
) -> Option<Vec<(Cell, Vec<Component>)>> {
    let scores = present.iter().map(|(published, evaluation)| {
        if !is_wanted() {
            return None;
        }
        let name = published.region.display_name.clone();
        let scorecard = scoring::score(evaluation, name, instrument, None);
        let scores = scorecard.components.into_iter().map(|result| result.score.into_cell());
        Some(scores.collect())
    });
    let scores = scores.collect::<Option<Vec<Vec<_>>>>()?;
    let composed = composites(&scores, instrument.definition()).into_iter();
    Some(composed.map(|composite| (composite.index, composite.missing)).collect())
}

#[cfg(test)]
mod tests;
