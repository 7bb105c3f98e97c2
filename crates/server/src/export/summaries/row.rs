//! The rows of one cycle's summary.

use std::io;

use rust_decimal::Decimal;
use takar_domain::{
    exact::Exact,
    instrument::Band,
    observation::NO_VALUE,
    population::Survey,
    publication::Measure,
    scorecard::UNROUNDED_DECIMALS,
    statistics::Statistics,
    summary::{Bin, Extreme, MeasureSummary, PooledRealisation, ThresholdCount},
    vocabulary::ObservationStatus,
};

use super::columns::{COLUMNS, Statistic, population_id};
use crate::export::{
    codes::{self, NUMBER, PERCENT},
    form::Form,
    table::{Cell, MADE_BY, time},
};

/// Writes rows that have the cycle and the population in common.
pub(super) struct Rows<'a> {
    survey: &'a Survey,
    population: String,
    newest_publish_time: Option<String>,
    as_of: &'a str,
    form: &'a mut dyn Form,
}

/// What stands in one row.
struct Value<'a> {
    statistic: Statistic,
    /// As it is shown, to 6 decimals, and in full where it is a fraction; `None` where there is none.
    numbers: Option<(Decimal, Decimal, Option<String>)>,
    unit: Option<&'static str>,
    decimals: u32,
    extreme: Option<&'a Extreme>,
    /// The part of the scale that is counted in.
    part: Option<Part<'a>>,
}

/// A part of a scale: a band of the instrument, which has a label, or one of the histogram.
struct Part<'a> {
    label: Option<&'a str>,
    lower: Decimal,
    upper: Decimal,
}

impl<'a> Rows<'a> {
    pub(super) fn of(survey: &'a Survey, as_of: &'a str, form: &'a mut dyn Form) -> Self {
        Self {
            survey,
            population: population_id(&survey.population),
            newest_publish_time: survey.newest_publish_time().map(time),
            as_of,
            form,
        }
    }

    /// Writes the statistics of a measure.
    pub(super) fn measure(&mut self, summary: &MeasureSummary) -> io::Result<()> {
        let MeasureSummary {
            measure,
            statistics,
            minimum,
            maximum,
            nulls,
            break_count,
            threshold,
            bands,
            histogram,
        } = summary;
        let (unit, decimals) = (codes::unit(*measure), measure.decimals(&self.survey.instrument));
        let found = |statistic, of: fn(&Statistics) -> &Exact, extreme| Value {
            statistic,
            numbers: statistics.as_ref().map(|found| numbers(of(found), decimals)),
            unit: Some(unit),
            decimals,
            extreme,
            part: None,
        };
        let count = statistics.as_ref().map_or(0, |found| found.count);
        let deviation = statistics.as_ref().and_then(|found| root(&found.variance, decimals));
        let mut values = vec![
            Value::count(Statistic::Count, count),
            found(Statistic::Mean, |found| &found.mean, None),
            Value {
                numbers: deviation,
                ..found(Statistic::StandardDeviation, |found| &found.variance, None)
            },
            // Of squared units.
            Value { unit: None, ..found(Statistic::Variance, |found| &found.variance, None) },
            found(Statistic::Minimum, |found| &found.minimum, Some(minimum)),
            found(Statistic::LowerQuartile, |found| &found.lower_quartile, None),
            found(Statistic::Median, |found| &found.median, None),
            found(Statistic::UpperQuartile, |found| &found.upper_quartile, None),
            found(Statistic::Maximum, |found| &found.maximum, Some(maximum)),
        ];
        if let Some(ThresholdCount { threshold, count, share }) = threshold {
            let statistic = Statistic::ShareAtOrAboveThreshold;
            let threshold = Exact::from(*threshold);
            values.push(Value::percent(Statistic::Threshold, Some(&threshold), decimals));
            values.push(Value::count(Statistic::AtOrAboveThreshold, *count));
            values.push(Value::percent(statistic, share.as_ref(), decimals));
        }
        if *measure == Measure::Improvement {
            values.push(Value::count(Statistic::Breaks, *break_count));
        }
        values.extend(
            nulls.iter().map(|(reason, count)| Value::count(Statistic::Nulls(*reason), *count)),
        );
        let bins = histogram.iter().zip(1..).map(|(bin, place)| {
            let Bin { lower, upper, count } = bin;
            let part = Part { label: None, lower: *lower, upper: *upper };
            Value { part: Some(part), ..Value::count(Statistic::Bin(place), *count) }
        });
        let known = &self.survey.instrument.definition().bands;
        let bands = bands.iter().zip(known).zip(1..).map(|(((label, count), band), place)| {
            let Band { label: _, minimum, maximum } = band;
            let part = Part { label: Some(label), lower: *minimum, upper: *maximum };
            Value { part: Some(part), ..Value::count(Statistic::Band(place), *count) }
        });
        values.extend(bins.chain(bands));
        values.iter().try_for_each(|value| self.write(*measure, value))
    }

    /// Writes the realisation of the population as a whole.
    pub(super) fn pooled(&mut self, pooled: &PooledRealisation) -> io::Result<()> {
        let PooledRealisation { running, planned, complete_count, partial_count, unreported_count } =
            pooled;
        let measure = Measure::PooledRealisation;
        let decimals = measure.decimals(&self.survey.instrument);
        let percent = pooled.percent();
        let values = [
            Value::percent(Statistic::Pooled, percent.as_ref(), decimals),
            Value::number(Statistic::Running, &Exact::from(*running)),
            Value::number(Statistic::Planned, &Exact::from(*planned)),
            Value::count(Statistic::Complete, *complete_count),
            Value::count(Statistic::Partial, *partial_count),
            Value::count(Statistic::Unreported, *unreported_count),
        ];
        values.iter().try_for_each(|value| self.write(measure, value))
    }

    /// In the order of [`super::columns::all`].
    fn write(&mut self, measure: Measure, value: &Value<'_>) -> io::Result<()> {
        let Value { statistic, numbers, unit, decimals, extreme, part } = value;
        let Self { survey, population, newest_publish_time, as_of, form } = self;
        let (measure, pillar, component) = codes::codes(measure);
        let (shown, unrounded, exact) = match numbers {
            Some((shown, unrounded, exact)) => (
                Cell::Decimal(*shown),
                Cell::Decimal(*unrounded),
                exact.as_deref().map_or(Cell::Empty, Cell::text),
            ),
            None => (Cell::Empty, Cell::Empty, Cell::Empty),
        };
        let status = if numbers.is_some() { ObservationStatus::Normal } else { NO_VALUE };
        let part = part.as_ref();
        let extreme = extreme.filter(|extreme| extreme.count > 0);
        let row: [Cell<'_>; COLUMNS] = [
            Cell::text(survey.cycle.as_str()),
            Cell::text(population.as_str()),
            Cell::text(measure),
            Cell::text(pillar),
            Cell::text(component),
            Cell::text(statistic.code()),
            shown,
            unrounded,
            exact,
            Cell::text(status.sdmx_code()),
            unit.map_or(Cell::Empty, Cell::text),
            Cell::Integer(i32::try_from(*decimals).unwrap_or_default()),
            part.and_then(|part| part.label).map_or(Cell::Empty, Cell::text),
            part.map_or(Cell::Empty, |part| Cell::Decimal(part.lower)),
            part.map_or(Cell::Empty, |part| Cell::Decimal(part.upper)),
            extreme.map_or(Cell::Empty, |extreme| Cell::text(regions(extreme))),
            extreme.map_or(Cell::Empty, |extreme| integer(extreme.count)),
            integer(survey.expected_count()),
            integer(survey.present.len()),
            Cell::text(survey.instrument.id().as_str()),
            newest_publish_time.as_deref().map_or(Cell::Empty, Cell::text),
            Cell::Boolean(survey.simulated),
            Cell::text(*as_of),
            Cell::text(MADE_BY),
        ];
        form.row(&row)
    }
}

impl Value<'_> {
    fn count(statistic: Statistic, count: usize) -> Self {
        Self::number(statistic, &Exact::from(u64::try_from(count).unwrap_or_default()))
    }

    fn number(statistic: Statistic, number: &Exact) -> Self {
        let numbers = Some(numbers(number, 0));
        Self { statistic, numbers, unit: Some(NUMBER), decimals: 0, extreme: None, part: None }
    }

    fn percent(statistic: Statistic, percent: Option<&Exact>, decimals: u32) -> Self {
        let numbers = percent.map(|percent| numbers(percent, decimals));
        Self { statistic, numbers, unit: Some(PERCENT), decimals, extreme: None, part: None }
    }
}

fn numbers(exact: &Exact, decimals: u32) -> (Decimal, Decimal, Option<String>) {
    (exact.round(decimals), exact.round(UNROUNDED_DECIMALS), Some(exact.to_string()))
}

/// Those of a root, which is no fraction.
fn root(exact: &Exact, decimals: u32) -> Option<(Decimal, Decimal, Option<String>)> {
    Some((exact.square_root(decimals)?, exact.square_root(UNROUNDED_DECIMALS)?, None))
}

/// `33.05|35.71`, as the gateway's CSV joins values.
fn regions(extreme: &Extreme) -> String {
    let codes: Vec<_> = extreme.regions.iter().map(|region| region.code.as_str()).collect();
    codes.join("|")
}

fn integer(count: usize) -> Cell<'static> {
    Cell::Integer(i32::try_from(count).unwrap_or(i32::MAX))
}
