//! What if a cycle were scored by another instrument.

use takar_domain::{
    fault::{Fault, Faults},
    instrument::Instrument,
    name::InstrumentId,
    population::Survey,
    what_if::{Change, MOVERS_DEFAULT, MOVERS_MAX, check_same_scale, compare},
};
use takar_proto::v1;
use takar_store::Store;

use super::{while_wanted, workbench::Workbench};
use crate::{aggregates::Asked, convert, error::Error, name};

pub(crate) async fn what_if(
    store: &Store,
    workbench: &Workbench,
    request: v1::WhatIfRequest,
) -> Result<v1::WhatIfResponse, Error> {
    let v1::WhatIfRequest {
        cycle,
        cohort,
        province,
        as_of,
        instrument,
        weights,
        normalisation,
        goalposts,
        aggregation,
        mover_count,
    } = request;
    let mut faults = Faults::none();
    let asked = faults.merge(Asked::parse(&cycle, (&cohort, &province), as_of));
    let instrument = Some(instrument).filter(|name| !name.is_empty());
    let instrument = instrument.as_deref().map(name::instrument).transpose();
    let instrument = faults.keep("instrument", instrument);
    let options = (normalisation, aggregation);
    let change = faults.merge(convert::parse_change(weights, goalposts, options));
    let movers = faults.keep("mover_count", parse_mover_count(mover_count));
    let parts = faults.into_result(asked.zip(instrument).zip(change).zip(movers))?;
    let (((asked, instrument), change), movers) = parts;

    let place = workbench.what_if_place()?;
    let survey = asked.survey(store).await?;
    let tried = tried(store, &survey, instrument, &change).await?;
    let evaluations = store.kept_evaluations(&survey).await?;
    let compared = while_wanted(move |is_wanted| {
        let comparison = compare(&survey, evaluations, &tried, is_wanted);
        drop(place);
        Some(convert::what_if(&survey, &tried, &comparison?, movers))
    });
    compared.await?.ok_or(Error::NotWanted)
}

/// The instrument that is tried: the cycle's own, or another one of its scale, as it is changed.
async fn tried(
    store: &Store,
    survey: &Survey,
    other: Option<InstrumentId>,
    change: &Change,
) -> Result<Instrument, Error> {
    let Some(id) = other else { return Ok(change.apply(&survey.instrument)?) };
    let other = store.instrument(&id).await?;
    check_same_scale(survey.instrument.definition(), &other)
        .map_err(|fault| fault.at("instrument"))?;
    Ok(change.apply(&other)?)
}

fn parse_mover_count(count: i32) -> Result<usize, Fault> {
    match usize::try_from(count) {
        Ok(0) => Ok(MOVERS_DEFAULT),
        Ok(count) if count <= MOVERS_MAX => Ok(count),
        _ => Err(Fault::new(count, format!("1 to {MOVERS_MAX}, or 0 for {MOVERS_DEFAULT}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movers_are_at_most_a_thousand() {
        assert_eq!(parse_mover_count(0).ok(), Some(MOVERS_DEFAULT));
        assert_eq!(parse_mover_count(1_000).ok(), Some(MOVERS_MAX));
        for count in [-1, 1_001] {
            assert!(parse_mover_count(count).is_err());
        }
    }
}
