//! Resource names: `regions/33.05/evaluations/2022` into its parts and back.

use takar_domain::{
    api_key::ApiKeyId,
    fault::Fault,
    import::ImportId,
    name::{CohortId, CycleId, EvidenceId, InstrumentId, ProgramId, RegionCode},
};
use takar_store::EvaluationKey;

/// The parent that stands for all regions (AIP-159).
pub(crate) const ALL_REGIONS: &str = "regions/-";

pub(crate) fn region(name: &str) -> Result<RegionCode, Fault> {
    let [code] = parts(name, ["regions"], "regions/{region}")?;
    named(name, RegionCode::parse(code))
}

/// `None` stands for all regions.
pub(crate) fn region_or_all(name: &str) -> Result<Option<RegionCode>, Fault> {
    if name == ALL_REGIONS { Ok(None) } else { region(name).map(Some) }
}

pub(crate) fn cohort(name: &str) -> Result<CohortId, Fault> {
    let [id] = parts(name, ["cohorts"], "cohorts/{cohort}")?;
    named(name, CohortId::parse(id))
}

pub(crate) fn instrument(name: &str) -> Result<InstrumentId, Fault> {
    let [id] = parts(name, ["instruments"], "instruments/{instrument}")?;
    named(name, InstrumentId::parse(id))
}

pub(crate) fn cycle(name: &str) -> Result<CycleId, Fault> {
    let [id] = parts(name, ["cycles"], "cycles/{cycle}")?;
    named(name, CycleId::parse(id))
}

pub(crate) fn program(name: &str) -> Result<(RegionCode, ProgramId), Fault> {
    let [code, id] = parts(name, ["regions", "programs"], "regions/{region}/programs/{program}")?;
    Ok((named(name, RegionCode::parse(code))?, named(name, ProgramId::parse(id))?))
}

pub(crate) fn api_key(name: &str) -> Result<String, Fault> {
    let [id] = parts(name, ["apiKeys"], "apiKeys/{api_key}")?;
    named(name, ApiKeyId::parse(id)).map(String::from)
}

pub(crate) fn evaluation(name: &str) -> Result<EvaluationKey, Fault> {
    key(name, "evaluations", "regions/{region}/evaluations/{cycle}")
}

pub(crate) fn scorecard(name: &str) -> Result<EvaluationKey, Fault> {
    key(name, "scorecards", "regions/{region}/scorecards/{cycle}")
}

pub(crate) fn evidence(name: &str) -> Result<(EvaluationKey, EvidenceId), Fault> {
    let pattern = "regions/{region}/evaluations/{cycle}/evidence/{evidence}";
    let [code, cycle, id] = parts(name, ["regions", "evaluations", "evidence"], pattern)?;
    let key = EvaluationKey {
        region: named(name, RegionCode::parse(code))?,
        cycle: named(name, CycleId::parse(cycle))?,
    };
    Ok((key, named(name, EvidenceId::parse(id))?))
}

/// An import's region, where it is limited to one, and its id.
pub(crate) fn import(name: &str) -> Result<(Option<RegionCode>, ImportId), Fault> {
    let pattern = "imports/{import} or regions/{region}/imports/{import}";
    if name.starts_with("imports/") {
        let [id] = parts(name, ["imports"], pattern)?;
        return Ok((None, named(name, ImportId::parse(id))?));
    }
    let [code, id] = parts(name, ["regions", "imports"], pattern)?;
    Ok((Some(named(name, RegionCode::parse(code))?), named(name, ImportId::parse(id))?))
}

/// The region that an import or a list of imports is limited to; `None` for any.
pub(crate) fn import_parent(name: &str) -> Result<Option<RegionCode>, Fault> {
    if name.is_empty() { Ok(None) } else { region_or_all(name) }
}

fn key(name: &str, collection: &str, pattern: &str) -> Result<EvaluationKey, Fault> {
    let [code, id] = parts(name, ["regions", collection], pattern)?;
    Ok(EvaluationKey {
        region: named(name, RegionCode::parse(code))?,
        cycle: named(name, CycleId::parse(id))?,
    })
}

/// The ids of a name whose collections are these.
fn parts<'a, const COUNT: usize>(
    name: &'a str,
    collections: [&str; COUNT],
    pattern: &str,
) -> Result<[&'a str; COUNT], Fault> {
    let fault = || Fault::new(name, format!("a name like {pattern}"));
    let mut segments = name.split('/');
    let mut ids = [""; COUNT];
    for (id, collection) in ids.iter_mut().zip(collections) {
        if segments.next() != Some(collection) {
            return Err(fault());
        }
        *id = segments.next().ok_or_else(fault)?;
    }
    if segments.next().is_some() { Err(fault()) } else { Ok(ids) }
}

/// A fault of a part, shown with the whole name that was given.
fn named<T>(name: &str, part: Result<T, Fault>) -> Result<T, Fault> {
    part.map_err(|fault| {
        Fault::new(name, format!("{} in place of {:?}", fault.allowed, fault.value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_and_nothing_else_is() {
        let key = evaluation("regions/33.05/evaluations/2022").unwrap();
        assert_eq!((key.region.as_str(), key.cycle.as_str()), ("33.05", "2022"));
        for name in [
            "",
            "regions/33.05",
            "regions/33.05/evaluations",
            "regions/33.05/scorecards/2022",
            "regions/33.05/evaluations/2022/x",
            "/regions/33.05/evaluations/2022",
            "regions/3305/evaluations/2022",
            "regions/33.05/evaluations/",
        ] {
            assert_eq!(evaluation(name).unwrap_err().value, name);
        }
    }

    #[test]
    fn a_hyphen_stands_for_all_regions_only_where_lists_are_asked() {
        assert_eq!(region_or_all("regions/-"), Ok(None));
        assert!(region("regions/-").is_err());
    }
}
