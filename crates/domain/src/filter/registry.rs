//! The fields of registries' things, named and written as the API shows them.

use super::{Field, Filterable, Kind, Value};
use crate::{
    instrument::Instrument,
    name::{CycleId, InstrumentId, RegionCode},
    registry::{Cohort, Cycle, Program, Region},
    vocabulary::{Aggregation, Component, Normalisation, Pillar, RegionKind},
};

const REGION_KIND: Kind = Kind::Word { words: &RegionKind::WORDS, prefix: "KIND" };
const PILLAR: Kind = Kind::Word { words: &Pillar::WORDS, prefix: "PILLAR" };
const COMPONENT: Kind = Kind::Word { words: &Component::WORDS, prefix: "COMPONENT" };
const NORMALISATION: Kind = Kind::Word { words: &Normalisation::WORDS, prefix: "NORMALISATION" };
const AGGREGATION: Kind = Kind::Word { words: &Aggregation::WORDS, prefix: "AGGREGATION" };

impl Filterable for Region {
    const FIELDS: &'static [Field<Self>] = &[
        Field::new("name", Kind::Text, |region| region_name(&region.code)),
        Field::searched("code", Kind::Text, |region| Value::text(region.code.as_str())),
        Field::new("kind", REGION_KIND, |region| Value::Word(region.kind.as_str())),
        Field::searched("display_name", Kind::Text, |region| Value::text(&region.display_name)),
        Field::new("province", Kind::Text, |region| {
            region.code.province().as_ref().map(region_name).into()
        }),
        Field::searched("former_codes.code", Kind::List(&Kind::Text), |region| {
            list(&region.former_codes, |former| Value::text(former.code.as_str()))
        }),
        Field::new("former_codes.end_date", Kind::List(&Kind::Date), |region| {
            list(&region.former_codes, |former| former.end_date.map(Value::Date).into())
        }),
        Field::searched("former_names.display_name", Kind::List(&Kind::Text), |region| {
            list(&region.history.former_names, |former| Value::text(&former.display_name))
        }),
        Field::new("end_date", Kind::Date, |region| {
            region.history.end_date.map(Value::Date).into()
        }),
        Field::new("predecessors.region", Kind::List(&Kind::Text), |region| {
            list(&region.history.predecessors, |relation| region_name(&relation.region))
        }),
        Field::new("successors.region", Kind::List(&Kind::Text), |region| {
            list(&region.history.successors, |relation| region_name(&relation.region))
        }),
    ];
}

impl Filterable for Cohort {
    const FIELDS: &'static [Field<Self>] = &[
        Field::new("name", Kind::Text, |cohort| Value::text(format!("cohorts/{}", cohort.id))),
        Field::searched("display_name", Kind::Text, |cohort| Value::text(&cohort.display_name)),
        Field::searched("source", Kind::Text, |cohort| Value::text(&cohort.source)),
        Field::new("members.region", Kind::List(&Kind::Text), |cohort| {
            list(&cohort.members, |member| region_name(&member.region))
        }),
        Field::searched("members.display_name", Kind::List(&Kind::Text), |cohort| {
            list(&cohort.members, |member| Value::text(&member.display_name))
        }),
    ];
}

impl Filterable for Cycle {
    const FIELDS: &'static [Field<Self>] = &[
        Field::new("name", Kind::Text, |cycle| cycle_name(&cycle.id)),
        Field::searched("display_name", Kind::Text, |cycle| Value::text(&cycle.display_name)),
        Field::new("instrument", Kind::Text, |cycle| instrument_name(&cycle.instrument)),
        Field::new("previous_cycle", Kind::Text, |cycle| {
            cycle.previous_cycle.as_ref().map(cycle_name).into()
        }),
        Field::new("open_time", Kind::Time, |cycle| cycle.open_time.map(Value::Time).into()),
        Field::new("deadline.time", Kind::Time, |cycle| {
            cycle.deadline.map(|deadline| Value::Time(deadline.time())).into()
        }),
        Field::new("eligible_regions", Kind::List(&Kind::Text), |cycle| {
            list(&cycle.eligible_regions, region_name)
        }),
        Field::new("simulated", Kind::Boolean, |cycle| Value::Boolean(cycle.simulated)),
    ];
}

impl Filterable for Program {
    const FIELDS: &'static [Field<Self>] = &[
        Field::new("name", Kind::Text, |program| {
            Value::text(format!("regions/{}/programs/{}", program.region, program.id))
        }),
        Field::new("pillar", PILLAR, |program| Value::Word(program.pillar.as_str())),
        Field::searched("display_name", Kind::Text, |program| Value::text(&program.display_name)),
        Field::searched("owner_agency", Kind::Text, |program| Value::text(&program.owner_agency)),
        Field::new("flagship", Kind::Boolean, |program| Value::Boolean(program.flagship)),
        Field::new("quick_win", Kind::Boolean, |program| Value::Boolean(program.quick_win)),
        Field::searched("source", Kind::Text, |program| Value::text(&program.source)),
        Field::new("first_year", Kind::Integer, |program| {
            program.years.first().map(integer).into()
        }),
        Field::new("last_year", Kind::Integer, |program| program.years.last().map(integer).into()),
        Field::new("budget", Kind::Decimal, |program| {
            program.budget.map(|budget| Value::Decimal(budget.amount())).into()
        }),
    ];
}

impl Filterable for Instrument {
    const FIELDS: &'static [Field<Self>] = &[
        Field::new("name", Kind::Text, |instrument| instrument_name(instrument.id())),
        Field::searched("display_name", Kind::Text, |instrument| {
            Value::text(&instrument.definition().display_name)
        }),
        Field::searched("source", Kind::Text, |instrument| {
            Value::text(&instrument.definition().source)
        }),
        Field::new("scale.minimum", Kind::Decimal, |instrument| {
            Value::Decimal(instrument.definition().scale.minimum())
        }),
        Field::new("scale.maximum", Kind::Decimal, |instrument| {
            Value::Decimal(instrument.definition().scale.maximum())
        }),
        Field::new("components.component", Kind::List(&COMPONENT), |instrument| {
            list(&instrument.definition().components, |part| Value::Word(part.component.as_str()))
        }),
        Field::new("threshold_percent", Kind::Decimal, |instrument| {
            Value::Decimal(instrument.definition().threshold.given())
        }),
        Field::new("availability_threshold_percent", Kind::Decimal, |instrument| {
            let threshold = instrument.definition().availability_threshold.as_ref();
            threshold.map(|threshold| Value::Decimal(threshold.given())).into()
        }),
        Field::searched("bands.label", Kind::List(&Kind::Text), |instrument| {
            list(&instrument.definition().bands, |band| Value::text(&band.label))
        }),
        Field::new("percent_decimals", Kind::Integer, |instrument| {
            Value::Integer(instrument.definition().decimals.percent.into())
        }),
        Field::new("score_decimals", Kind::Integer, |instrument| {
            Value::Integer(instrument.definition().decimals.score.into())
        }),
        Field::new("quick_win_repeat_limit", Kind::Integer, |instrument| {
            instrument.definition().quick_win_repeat_limit.map(integer).into()
        }),
        Field::new("normalisation", NORMALISATION, |instrument| {
            Value::Word(instrument.definition().composition.normalisation.as_str())
        }),
        Field::new("aggregation", AGGREGATION, |instrument| {
            Value::Word(instrument.definition().composition.aggregation.as_str())
        }),
    ];
}

fn region_name(code: &RegionCode) -> Value<'static> {
    Value::text(format!("regions/{code}"))
}

fn cycle_name(id: &CycleId) -> Value<'static> {
    Value::text(format!("cycles/{id}"))
}

fn instrument_name(id: &InstrumentId) -> Value<'static> {
    Value::text(format!("instruments/{id}"))
}

fn integer(number: impl Into<i64>) -> Value<'static> {
    Value::Integer(number.into())
}

/// One value of each; those that have none leave the list.
fn list<'a, 'b, Item>(items: &'a [Item], value: impl Fn(&'a Item) -> Value<'b>) -> Value<'b> {
    Value::List(items.iter().map(value).filter(|value| !value.is_missing()).collect())
}

#[cfg(test)]
mod tests;
