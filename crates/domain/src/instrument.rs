//! The scoring method (pedoman), validated as a whole.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::{
    composite::Goalposts,
    exact::{Exact, parse_decimal},
    fault::{Fault, Faults},
    name::{InstrumentId, parse_display_name},
    tally::Percent,
    vocabulary::{Aggregation, Component, Derivation, Normalisation},
};

/// The most decimals a figure is shown with: as many as input may have.
pub const SHOWN_DECIMALS_MAX: u8 = 6;

/// What all weights of an instrument sum to.
const WEIGHT_TOTAL: Decimal = Decimal::ONE_HUNDRED;

/// The most cycles that a limit of quick wins may be; beyond, it limits nothing.
const QUICK_WIN_REPEAT_LIMIT_MAX: u32 = 100;

/// Reads in how many cycles a programme may be reported as a quick win; 0 for any number.
///
/// # Errors
/// A [`Fault`] where it is not 0 to 100.
pub fn parse_quick_win_repeat_limit(limit: i32) -> Result<Option<u32>, Fault> {
    match u32::try_from(limit) {
        Ok(0) => Ok(None),
        Ok(limit) if limit <= QUICK_WIN_REPEAT_LIMIT_MAX => Ok(Some(limit)),
        _ => Err(Fault::new(limit, format!("0 to {QUICK_WIN_REPEAT_LIMIT_MAX}"))),
    }
}

/// A scoring method: scale, weights, derivations, threshold, bands and rounding.
///
/// Only [`Instrument::new`] makes one, so each that exists is consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    id: InstrumentId,
    definition: Definition,
}

/// What an instrument consists of; consistent once it is inside an [`Instrument`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// What the method is called.
    pub display_name: String,
    /// Where the method is stated.
    pub source: String,
    /// The scale of pillar scores, component scores and the index.
    pub scale: Scale,
    /// The components of the index; an [`Instrument`] has them in their fixed order.
    pub components: Vec<WeightedComponent>,
    /// The realisation that a pillar should reach, in percent.
    pub threshold: ThresholdPercent,
    /// The share of the weights that must be scored for an index; `None` is all of them.
    pub availability_threshold: Option<ThresholdPercent>,
    /// Bands of the index, lowest first.
    pub bands: Vec<Band>,
    /// How many decimals figures are shown with.
    pub decimals: ShownDecimals,
    /// In how many cycles a programme may be reported as a quick win; `None` for any number.
    pub quick_win_repeat_limit: Option<u32>,
    /// How the components become an index.
    pub composition: Composition,
}

/// How the components become an index: first they are normalised, then aggregated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Composition {
    /// How scores come onto one scale.
    pub normalisation: Normalisation,
    /// How they become one.
    pub aggregation: Aggregation,
}

impl Composition {
    /// The weighted arithmetic mean of the scores as they are: the ministry's method.
    pub const MINISTRY: Self =
        Self { normalisation: Normalisation::None, aggregation: Aggregation::Arithmetic };

    /// Whether an index takes other regions, so that a scorecard alone has none.
    pub const fn is_relative(self) -> bool {
        self.normalisation.is_relative() || self.aggregation.is_relative()
    }
}

/// A percentage of the instrument's, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdPercent {
    given: Decimal,
    percent: Percent,
}

/// The closed interval in which pillars and components are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    minimum: Decimal,
    maximum: Decimal,
}

/// One component of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightedComponent {
    /// Which component.
    pub component: Component,
    /// Its weight in percent, above 0.
    pub weight: Decimal,
    /// How its score comes about.
    pub derivation: Derivation,
    /// Between what its score is laid, where the instrument normalises by goalposts.
    pub goalposts: Option<Goalposts>,
}

/// A named interval of the index (predikat): from `minimum`, up to but without `maximum`, which in
/// the last band belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// What an index in it is called.
    pub label: String,
    /// Its lowest index.
    pub minimum: Decimal,
    /// Its end.
    pub maximum: Decimal,
}

/// How many decimals figures are shown with, 0 to 6 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownDecimals {
    /// Of a percent.
    pub percent: u8,
    /// Of a score or index.
    pub score: u8,
}

impl Instrument {
    /// An instrument, where its definition is consistent as a whole.
    ///
    /// # Errors
    /// [`Faults`] of `components` (none, one twice, weights that are not exactly 100 together, goalposts
    /// where there should be none or none where there should be), `aggregation` (a mean that z-scores
    /// can't have) and `bands` (a gap, an overlap, or less or more than the scale).
    pub fn new(id: InstrumentId, mut definition: Definition) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        check_components(&definition.components, &mut faults);
        check_composition(&definition, &mut faults);
        check_bands(&definition.bands, definition.scale, &mut faults);
        definition.components.sort_by_key(|part| part.component);
        faults.into_result(Some(Self { id, definition }))
    }

    /// Its id.
    pub fn id(&self) -> &InstrumentId {
        &self.id
    }

    /// What it consists of.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// How `component`'s score comes about; `None` where the instrument does not have it.
    pub fn derivation(&self, component: Component) -> Option<Derivation> {
        self.definition
            .components
            .iter()
            .find(|part| part.component == component)
            .map(|part| part.derivation)
    }

    /// The label of the band in which the unrounded index lies.
    pub fn band(&self, index: &Exact) -> Option<&str> {
        let starts_below = |band: &&Band| &Exact::from(band.minimum) <= index;
        self.definition.bands.iter().rev().find(starts_below).map(|band| band.label.as_str())
    }
}

impl Definition {
    /// Whether components of so much of the weights are enough for an index: all of it, or what the
    /// availability threshold asks for.
    pub fn is_available(&self, scored_weight: Decimal) -> bool {
        // Weights are percents that sum to 100.
        match &self.availability_threshold {
            Some(threshold) => scored_weight >= threshold.given(),
            None => scored_weight == WEIGHT_TOTAL,
        }
    }
}

impl Scale {
    /// Reads a scale.
    ///
    /// # Errors
    /// [`Faults`] of `minimum` and `maximum`, which must be above it.
    pub fn parse(minimum: &str, maximum: &str) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let bounds = faults
            .keep("minimum", parse_decimal(minimum))
            .zip(faults.keep("maximum", parse_decimal(maximum)));
        if let Some((minimum, maximum)) = bounds
            && maximum <= minimum
        {
            faults.push(
                Fault::new(maximum, format!("more than minimum, which is {minimum}")).at("maximum"),
            );
        }
        faults.into_result(bounds.map(|(minimum, maximum)| Self { minimum, maximum }))
    }

    /// The lowest score.
    pub const fn minimum(self) -> Decimal {
        self.minimum
    }

    /// The highest score.
    pub const fn maximum(self) -> Decimal {
        self.maximum
    }

    /// Reads a score.
    ///
    /// # Errors
    /// A [`Fault`] where it is no decimal on the scale.
    pub fn parse_score(self, text: &str) -> Result<Decimal, Fault> {
        let score = parse_decimal(text)?;
        if (self.minimum..=self.maximum).contains(&score) {
            Ok(score)
        } else {
            let allowed = format!("{} to {}, the instrument's scale", self.minimum, self.maximum);
            Err(Fault::new(text, allowed))
        }
    }

    /// Where a percentage lies on the scale: 0 at its minimum, 100 at its maximum.
    pub fn lay(self, percent: &Percent) -> Exact {
        let span = Exact::from(self.maximum) - &Exact::from(self.minimum);
        let hundred = Exact::from(100);
        Exact::from(self.minimum) + &(span * percent.exact() / &hundred)
    }
}

impl ThresholdPercent {
    /// Reads a percentage from 0 to 100.
    ///
    /// # Errors
    /// A [`Fault`] otherwise.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Ok(Self { given: parse_decimal(text)?, percent: Percent::parse(text)? })
    }

    /// The percentage as it was given: `80`.
    pub const fn given(&self) -> Decimal {
        self.given
    }

    /// The percentage to compare with.
    pub const fn percent(&self) -> &Percent {
        &self.percent
    }
}

impl WeightedComponent {
    /// Reads a component's weight.
    ///
    /// # Errors
    /// A [`Fault`] of `weight` where it is no decimal above 0 and up to 100.
    pub fn parse(
        component: Component,
        weight: &str,
        derivation: Derivation,
    ) -> Result<Self, Fault> {
        let decimal = parse_decimal(weight).map_err(|fault| fault.at("weight"))?;
        if decimal > Decimal::ZERO && decimal <= WEIGHT_TOTAL {
            Ok(Self { component, weight: decimal, derivation, goalposts: None })
        } else {
            Err(Fault::new(weight, "more than 0 and at most 100").at("weight"))
        }
    }

    /// The same, with goalposts.
    #[must_use]
    pub fn with_goalposts(self, goalposts: Option<Goalposts>) -> Self {
        Self { goalposts, ..self }
    }
}

impl Band {
    /// Reads a band.
    ///
    /// # Errors
    /// [`Faults`] of `label`, `minimum` and `maximum`, which must be above it.
    pub fn parse(label: &str, minimum: &str, maximum: &str) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let label = faults.keep("label", parse_display_name(label));
        let bounds = faults.merge(Scale::parse(minimum, maximum));
        let band = label.zip(bounds).map(|(label, bounds)| Self {
            label,
            minimum: bounds.minimum,
            maximum: bounds.maximum,
        });
        faults.into_result(band)
    }
}

impl ShownDecimals {
    /// Reads how many decimals are shown.
    ///
    /// # Errors
    /// [`Faults`] of `percent_decimals` and `score_decimals`, 0 to 6.
    pub fn parse(percent: i32, score: i32) -> Result<Self, Faults> {
        let parse = |decimals: i32| {
            u8::try_from(decimals)
                .ok()
                .filter(|decimals| *decimals <= SHOWN_DECIMALS_MAX)
                .ok_or_else(|| Fault::new(decimals, format!("0 to {SHOWN_DECIMALS_MAX}")))
        };
        let mut faults = Faults::none();
        let decimals = faults
            .keep("percent_decimals", parse(percent))
            .zip(faults.keep("score_decimals", parse(score)));
        faults.into_result(decimals.map(|(percent, score)| Self { percent, score }))
    }
}

fn check_components(components: &[WeightedComponent], faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (index, part) in components.iter().enumerate() {
        if !seen.insert(part.component) {
            let field = format!("components[{index}].component");
            faults.push(Fault::new(part.component, "each component once").at(&field));
        }
    }
    let total: Decimal = components.iter().map(|part| part.weight).sum();
    if total != WEIGHT_TOTAL {
        let allowed = "weights that are exactly 100 together";
        faults.push(Fault::new(total.normalize(), allowed).at("components"));
    }
}

/// Goalposts are given of all components where they are used, and of none elsewhere; z-scores are
/// below 0 for some region, of which only an arithmetic mean or an order can be made.
fn check_composition(definition: &Definition, faults: &mut Faults) {
    let Composition { normalisation, aggregation } = definition.composition;
    let takes_goalposts = normalisation == Normalisation::Goalposts;
    for (index, part) in definition.components.iter().enumerate() {
        if part.goalposts.is_some() != takes_goalposts {
            let (value, allowed) = if takes_goalposts {
                ("", "goalposts of each component, as the normalisation asks for")
            } else {
                ("goalposts", "none: the normalisation takes no goalposts")
            };
            let field = format!("components[{index}].goalposts");
            faults.push(Fault::new(value, allowed).at(&field));
        }
    }
    if normalisation == Normalisation::ZScore && aggregation.needs_positive() {
        let allowed = "arithmetic or copeland: z-scores are below 0 for some region";
        faults.push(Fault::new(aggregation, allowed).at("aggregation"));
    }
}

fn check_bands(bands: &[Band], scale: Scale, faults: &mut Faults) {
    let (Some(first), Some(last)) = (bands.first(), bands.last()) else {
        return;
    };
    if first.minimum != scale.minimum {
        let allowed = format!("the scale's minimum, which is {}, in the first band", scale.minimum);
        faults.push(Fault::new(first.minimum, allowed).at("bands[0].minimum"));
    }
    for (index, pair) in bands.windows(2).enumerate() {
        if pair[1].minimum != pair[0].maximum {
            let kind = if pair[1].minimum > pair[0].maximum { "a gap" } else { "an overlap" };
            let allowed = format!(
                "the maximum of the band before, which is {}: this leaves {kind}",
                pair[0].maximum
            );
            faults.push(
                Fault::new(pair[1].minimum, allowed).at(&format!("bands[{}].minimum", index + 1)),
            );
        }
    }
    if last.maximum != scale.maximum {
        let allowed = format!("the scale's maximum, which is {}, in the last band", scale.maximum);
        faults.push(
            Fault::new(last.maximum, allowed).at(&format!("bands[{}].maximum", bands.len() - 1)),
        );
    }
}

#[cfg(test)]
mod tests;
