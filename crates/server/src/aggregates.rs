//! What is said of many regions at once: parsed, read, computed by the domain, rendered.

mod pages;

use prost_types::Timestamp;
use takar_domain::{
    fault::{Fault, Faults},
    instrument::Instrument,
    name::CycleId,
    population::{Population, Survey},
    publication::Measure,
    ranking::Ranking,
    shortlist::Shortlist,
    summary::Summary,
    vocabulary::Component,
};
use takar_proto::v1;
use takar_store::{AsOf, Store};

use crate::{
    convert::{self, parse_kept_measure},
    error::Error,
    name, population,
};

/// What every read of a population of one cycle asks for.
pub(crate) struct Asked {
    cycle: CycleId,
    population: Population,
    as_of: AsOf,
}

impl Asked {
    pub(crate) fn parse(
        cycle: &str,
        (cohort, province): (&str, &str),
        as_of: Option<Timestamp>,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let cycle = faults.keep("cycle", name::cycle(cycle));
        let population = faults.merge(population::parse(cohort, province));
        let as_of = faults.merge(population::parse_as_of(as_of));
        let asked = cycle.zip(population).zip(as_of);
        faults.into_result(asked.map(|((cycle, population), as_of)| Self {
            cycle,
            population,
            as_of,
        }))
    }

    pub(crate) async fn survey(&self, store: &Store) -> takar_store::Result<Survey> {
        store.survey(&self.cycle, &self.population, self.as_of).await
    }
}

pub(crate) async fn summary(
    store: &Store,
    request: v1::GetSummaryRequest,
) -> Result<v1::Summary, Error> {
    let v1::GetSummaryRequest { cycle, cohort, province, as_of } = request;
    let asked = Asked::parse(&cycle, (&cohort, &province), as_of)?;
    let survey = asked.survey(store).await?;
    Ok(convert::summary(&survey, Summary::of(&survey)))
}

pub(crate) async fn ranking(
    store: &Store,
    request: v1::ListRankingRequest,
) -> Result<v1::ListRankingResponse, Error> {
    let hash = pages::filter_hash(&request);
    let v1::ListRankingRequest {
        cycle,
        cohort,
        province,
        as_of,
        measure,
        pillar,
        component,
        tie_rule,
        page_size,
        page_token,
    } = request;
    let mut faults = Faults::none();
    let asked = faults.merge(Asked::parse(&cycle, (&cohort, &province), as_of));
    let measure = faults.merge(parse_kept_measure(measure, pillar, component));
    let rule = faults.keep("tie_rule", convert::parse_tie_rule(tie_rule));
    let page = faults.merge(pages::parse(page_size, &page_token, &hash));
    let (((mut asked, measure), rule), page) =
        faults.into_result(asked.zip(measure).zip(rule).zip(page))?;
    if let Some(state) = page.after.as_ref().and_then(|after| after.state_of(asked.as_of)) {
        asked.as_of = state;
    }
    let survey = asked.survey(store).await?;
    check_component(measure, &survey.instrument)?;
    let mut ranking = match &page.after {
        Some(after) => Ranking::after(after.shown(), &survey, measure, rule),
        None => Ranking::of(&survey, measure, rule),
    };
    let state = pages::state(asked.as_of, &survey);
    let next_page_token = pages::cut(&mut ranking, &page, state, &hash);
    Ok(convert::ranking(&survey, (measure, rule), &ranking, next_page_token, state))
}

pub(crate) async fn trend(store: &Store, request: v1::GetTrendRequest) -> Result<v1::Trend, Error> {
    let v1::GetTrendRequest { region, measure, pillar, component, cycle, as_of } = request;
    let mut faults = Faults::none();
    let region = faults.keep("region", name::region(&region));
    let measure = faults.merge(parse_kept_measure(measure, pillar, component));
    let last = faults.keep("cycle", parse_last(&cycle));
    let as_of = faults.merge(population::parse_as_of(as_of));
    let asked = region.zip(measure).zip(last).zip(as_of);
    let (((region, measure), last), as_of) = faults.into_result(asked)?;
    let trend = store.region_trend(&region, last.as_ref(), as_of).await?;
    Ok(convert::trend(trend, measure))
}

pub(crate) async fn cohort_trend(
    store: &Store,
    request: v1::GetCohortTrendRequest,
) -> Result<v1::CohortTrend, Error> {
    let v1::GetCohortTrendRequest { cohort, measure, pillar, component, cycle, as_of } = request;
    let mut faults = Faults::none();
    let cohort = faults.keep("cohort", name::cohort(&cohort));
    let measure = faults.merge(parse_kept_measure(measure, pillar, component));
    let last = faults.keep("cycle", parse_last(&cycle));
    let as_of = faults.merge(population::parse_as_of(as_of));
    let asked = cohort.zip(measure).zip(last).zip(as_of);
    let (((cohort, measure), last), as_of) = faults.into_result(asked)?;
    let trend = store.cohort_trend(&cohort, last.as_ref(), as_of).await?;
    Ok(convert::cohort_trend(trend, measure))
}

pub(crate) async fn shortlist(
    store: &Store,
    request: v1::GetShortlistRequest,
) -> Result<v1::Shortlist, Error> {
    let v1::GetShortlistRequest {
        cycle,
        cohort,
        province,
        as_of,
        basis,
        places,
        minimum_index,
        all_pillars_at_or_above_threshold,
        minimum_pooled_realisation_percent,
        excluded_cohort,
    } = request;
    let mut faults = Faults::none();
    let asked = faults.merge(Asked::parse(&cycle, (&cohort, &province), as_of));
    let excluded = faults.keep("excluded_cohort", optional(&excluded_cohort, name::cohort));
    let terms = faults.merge(convert::parse_terms(
        basis,
        places.unwrap_or_default(),
        (&minimum_index, all_pillars_at_or_above_threshold, &minimum_pooled_realisation_percent),
    ));
    let ((asked, excluded), mut terms) = faults.into_result(asked.zip(excluded).zip(terms))?;
    if let Some(id) = excluded {
        terms.exclude(store.cohort(&id).await?);
    }
    let survey = asked.survey(store).await?;
    Ok(convert::shortlist(&survey, &terms, Shortlist::of(&survey, &terms)))
}

/// The last cycle of a chain, where one is named.
fn parse_last(cycle: &str) -> Result<Option<CycleId>, Fault> {
    optional(cycle, name::cycle)
}

/// Reads what may be left empty.
fn optional<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Checks that the instrument has the component that is asked for.
fn check_component(measure: Measure, instrument: &Instrument) -> Result<(), Faults> {
    let Measure::ComponentScore(component) = measure else { return Ok(()) };
    if instrument.derivation(component).is_some() {
        return Ok(());
    }
    let of_instrument =
        Component::ALL.into_iter().filter(|part| instrument.derivation(*part).is_some());
    let allowed: Vec<_> = of_instrument.map(Component::as_str).collect();
    let allowed = format!("{}: the components of {}", allowed.join(", "), instrument.id());
    Err(Fault::new(component, allowed).at("component").into())
}
