//! Shortlists.

use takar_domain::{
    exact::parse_decimal,
    fault::{Fault, Faults},
    population::{NamedRegion, Survey},
    shortlist::{
        Basis, Excluded, PillarShortlist, Rule, Shortlist, Shortlisted, Terms, default_places,
        parse_places,
    },
    tally::Percent,
    vocabulary::Pillar,
};
use takar_proto::v1;

use super::{
    number::{count, number},
    summary::{missing_region, population},
    timestamp, words,
};

/// Reads the terms of a shortlist, but for an excluded cohort, whose members the store knows.
///
/// # Errors
/// [`Faults`] of `basis`, `places`, `minimum_index` and `minimum_pooled_realisation_percent`.
pub(crate) fn parse_terms(
    basis: i32,
    places: v1::get_shortlist_request::Places,
    (minimum_index, all_pillars, minimum_realisation): (&str, bool, &str),
) -> Result<Terms, Faults> {
    let mut faults = Faults::none();
    let basis = faults.keep("basis", parse_basis(basis));
    let places = faults.keep("places", parse_all_places(places));
    let decimal = |text: &str| match text {
        "" => Ok(None),
        text => parse_decimal(text).map(Some),
    };
    let index = faults.keep("minimum_index", decimal(minimum_index));
    let percent = |text: &str| match text {
        "" => Ok(None),
        text => Percent::parse(text).and_then(|_| parse_decimal(text)).map(Some),
    };
    let realisation =
        faults.keep("minimum_pooled_realisation_percent", percent(minimum_realisation));
    let parsed = basis.zip(places).zip(index.zip(realisation));
    let terms = parsed.map(|((basis, places), (index, realisation))| {
        let rules = [
            index.map(Rule::MinimumIndex),
            all_pillars.then_some(Rule::AllPillarsAtOrAboveThreshold),
            realisation.map(Rule::MinimumPooledRealisation),
        ];
        Terms { basis, places, rules: rules.into_iter().flatten().collect() }
    });
    faults.into_result(terms)
}

fn parse_basis(number: i32) -> Result<Basis, Fault> {
    use v1::shortlist::Basis as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Unspecified | Wire::PillarScore) => Ok(Basis::Score),
        Ok(Wire::PillarRealisation) => Ok(Basis::Realisation),
        Err(_) => {
            let words = [Wire::PillarScore, Wire::PillarRealisation].map(|word| word.as_str_name());
            Err(Fault::new(number, words.join(" or ")))
        }
    }
}

fn parse_all_places(places: v1::get_shortlist_request::Places) -> Result<[u16; 6], Faults> {
    let v1::get_shortlist_request::Places {
        governance,
        branding,
        economy,
        living,
        society,
        environment,
    } = places;
    let mut faults = Faults::none();
    let mut parsed = Pillar::ALL.map(default_places);
    let given = [governance, branding, economy, living, society, environment];
    for ((pillar, places), given) in Pillar::ALL.into_iter().zip(&mut parsed).zip(given) {
        let given = given.and_then(|given| faults.keep(pillar.as_str(), parse_places(given)));
        *places = given.unwrap_or(*places);
    }
    faults.into_result(Some(parsed))
}

pub(crate) fn shortlist(survey: &Survey, terms: &Terms, shortlist: Shortlist) -> v1::Shortlist {
    let Shortlist { pillars, eligible_count, excluded } = shortlist;
    let basis = match terms.basis {
        Basis::Score => v1::shortlist::Basis::PillarScore,
        Basis::Realisation => v1::shortlist::Basis::PillarRealisation,
    };
    let rules = terms.rules.iter().enumerate().map(|(position, rule)| v1::shortlist::Rule {
        excluded_count: count(
            excluded.iter().filter(|excluded| excluded.rules.contains(&position)).count(),
        ),
        ..render_rule(rule, survey)
    });
    v1::Shortlist {
        cycle: format!("cycles/{}", survey.cycle),
        simulated: survey.simulated,
        instrument: format!("instruments/{}", survey.instrument.id()),
        population: Some(population(survey)),
        missing: survey.missing.iter().map(missing_region).collect(),
        newest_publish_time: survey.newest_publish_time().map(timestamp),
        basis: basis.into(),
        rules: rules.collect(),
        eligible_count: count(eligible_count),
        pillars: pillars.into_iter().map(|found| pillar_shortlist(found, survey, terms)).collect(),
        excluded: excluded.into_iter().map(|excluded| render_excluded(excluded, terms)).collect(),
    }
}

const fn kind(rule: &Rule) -> v1::shortlist::rule::Kind {
    match rule {
        Rule::MinimumIndex(_) => v1::shortlist::rule::Kind::MinimumIndex,
        Rule::AllPillarsAtOrAboveThreshold => {
            v1::shortlist::rule::Kind::AllPillarsAtOrAboveThreshold
        }
        Rule::MinimumPooledRealisation(_) => v1::shortlist::rule::Kind::MinimumPooledRealisation,
        Rule::NotOfCohort(..) => v1::shortlist::rule::Kind::NotOfCohort,
    }
}

/// A rule; how many it excludes is left for the caller.
fn render_rule(rule: &Rule, survey: &Survey) -> v1::shortlist::Rule {
    let (minimum, cohort) = match rule {
        Rule::MinimumIndex(least) | Rule::MinimumPooledRealisation(least) => {
            (least.to_string(), String::new())
        }
        Rule::AllPillarsAtOrAboveThreshold => {
            (survey.instrument.definition().threshold.given().to_string(), String::new())
        }
        Rule::NotOfCohort(id, _) => (String::new(), format!("cohorts/{id}")),
    };
    v1::shortlist::Rule { kind: kind(rule).into(), minimum, cohort, excluded_count: 0 }
}

fn render_excluded(excluded: Excluded, terms: &Terms) -> v1::shortlist::Excluded {
    let Excluded { region: NamedRegion { number: _, code, display_name, province: _ }, rules } =
        excluded;
    let rules = rules.into_iter().filter_map(|position| terms.rules.get(position));
    v1::shortlist::Excluded {
        region: format!("regions/{code}"),
        region_display_name: display_name,
        rules: rules.map(|rule| kind(rule).into()).collect(),
    }
}

fn pillar_shortlist(found: PillarShortlist, survey: &Survey, terms: &Terms) -> v1::PillarShortlist {
    let PillarShortlist { pillar, places, entries, undecided_places, vacant_places, without_value } =
        found;
    let decimals = terms.basis.measure(pillar).decimals(&survey.instrument);
    v1::PillarShortlist {
        pillar: words::pillar(pillar).into(),
        places: places.into(),
        entries: entries.into_iter().map(|entry| render_entry(entry, decimals)).collect(),
        undecided_places: count(undecided_places),
        vacant_places: count(vacant_places),
        without_value: without_value.into_iter().map(unvalued).collect(),
    }
}

fn render_entry(entry: Shortlisted, decimals: u32) -> v1::pillar_shortlist::Entry {
    let Shortlisted { rank, region, value, is_tied_at_cut } = entry;
    let NamedRegion { number: _, code, display_name, province: _ } = region;
    v1::pillar_shortlist::Entry {
        rank: count(rank),
        region: format!("regions/{code}"),
        region_display_name: display_name,
        value: Some(number(&value, decimals)),
        tied_at_cut: is_tied_at_cut,
    }
}

fn unvalued(region: NamedRegion) -> v1::pillar_shortlist::Unvalued {
    let NamedRegion { number: _, code, display_name, province: _ } = region;
    v1::pillar_shortlist::Unvalued {
        region: format!("regions/{code}"),
        region_display_name: display_name,
    }
}
