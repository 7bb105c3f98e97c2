//! What reads of many regions ask for: a population of a cycle, now or as of a time.

use prost_types::Timestamp;
use takar_domain::{
    fault::{Fault, Faults},
    population::Population,
};
use takar_store::AsOf;

use crate::{convert, name};

/// Reads whose figures are asked for; without a cohort and a province they are the nation's.
///
/// # Errors
/// [`Faults`] of `cohort`, and of `province`: one that is none, or one beside a cohort.
pub(crate) fn parse(cohort: &str, province: &str) -> Result<Population, Faults> {
    let mut faults = Faults::none();
    let population = match (cohort, province) {
        ("", "") => Some(Population::Nation),
        (cohort, "") => faults.keep("cohort", name::cohort(cohort).map(Population::Cohort)),
        ("", province) => faults.keep("province", parse_province(province)),
        (_, province) => {
            faults.push(Fault::new(province, "nothing beside a cohort").at("province"));
            None
        }
    };
    faults.into_result(population)
}

fn parse_province(name: &str) -> Result<Population, Fault> {
    let code = name::region(name)?;
    match code.province() {
        None => Ok(Population::Province(code)),
        Some(_) => Err(Fault::new(name, "a province, such as regions/33")),
    }
}

/// Reads when; of many regions only what is published is ever told, whoever asks.
///
/// # Errors
/// [`Faults`] of `as_of`.
pub(crate) fn parse_as_of(as_of: Option<Timestamp>) -> Result<AsOf, Faults> {
    let Some(time) = as_of else { return Ok(AsOf::Now) };
    let time = convert::parse_timestamp(time).map_err(|fault| fault.at("as_of"))?;
    Ok(AsOf::Time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(cohort: &str, province: &str) -> Vec<String> {
        let faults = parse(cohort, province).unwrap_err();
        faults.iter().map(|fault| fault.field.clone()).collect()
    }

    #[test]
    fn a_population_is_the_nation_a_cohort_or_a_province() {
        assert_eq!(parse("", ""), Ok(Population::Nation));
        assert!(matches!(parse("cohorts/a", ""), Ok(Population::Cohort(_))));
        assert!(matches!(parse("", "regions/33"), Ok(Population::Province(_))));
        assert_eq!(fields("cohorts/a", "regions/33"), ["province"]);
        assert_eq!(fields("regions/33", ""), ["cohort"]);
        assert_eq!(fields("", "regions/33.05"), ["province"]);
        assert_eq!(fields("", "33"), ["province"]);
    }
}
