//! What is asked to become of regions.

use chrono::NaiveDate;
use prost_types::FieldMask;
use takar_domain::{
    fault::{Fault, Faults},
    name::{RegionCode, parse_display_name, parse_required_text},
    publication::parse_optional_date,
};
use takar_proto::v1;

use super::required;
use crate::name;

/// A region to be renamed.
pub(crate) struct RegionUpdate {
    /// Which one.
    pub(crate) code: RegionCode,
    /// Its new name.
    pub(crate) display_name: String,
    /// The state that the caller knows.
    pub(crate) etag: String,
}

pub(crate) fn parse_region_update(
    request: v1::UpdateRegionRequest,
) -> Result<RegionUpdate, Faults> {
    let v1::UpdateRegionRequest { region, update_mask, request_id: _ } = request;
    let mut faults = Faults::none();
    faults.keep("update_mask", check_mask(update_mask));
    let update = faults.keep("region", required(region)).and_then(|region| {
        let v1::Region { name, display_name, etag, .. } = region;
        let code = faults.keep("region.name", name::region(&name));
        let display_name = faults.keep("region.display_name", parse_display_name(&display_name));
        code.zip(display_name).map(|(code, display_name)| RegionUpdate { code, display_name, etag })
    });
    faults.into_result(update)
}

/// A region to be given another code.
pub(crate) struct Recoding {
    /// Which one.
    pub(crate) code: RegionCode,
    /// Its new code.
    pub(crate) new_code: RegionCode,
    /// The last day of the old code.
    pub(crate) end_date: Option<NaiveDate>,
    /// Where it is stated.
    pub(crate) source: String,
    /// The state that the caller knows.
    pub(crate) etag: String,
}

pub(crate) fn parse_recoding(request: v1::RecodeRegionRequest) -> Result<Recoding, Faults> {
    let v1::RecodeRegionRequest { name, new_code, end_date, source, etag, request_id: _ } = request;
    let mut faults = Faults::none();
    let code = faults.keep("name", name::region(&name));
    let new_code = RegionCode::parse(&new_code).and_then(|new| check_parts(code.as_ref(), new));
    let new_code = faults.keep("new_code", new_code);
    let end_date = faults.keep("end_date", parse_optional_date(&end_date));
    let source = faults.keep("source", parse_required_text(&source));
    let parts = code.zip(new_code).zip(end_date).zip(source);
    faults.into_result(parts.map(|(((code, new_code), end_date), source)| Recoding {
        code,
        new_code,
        end_date,
        source,
        etag,
    }))
}

/// Checks that a new code has as many parts as the old one: a province stays one.
fn check_parts(old: Option<&RegionCode>, new: RegionCode) -> Result<RegionCode, Fault> {
    match old.map(|old| old.province().is_some()) {
        Some(true) if new.province().is_none() => Err(Fault::new(new, "a code like 33.05")),
        Some(false) if new.province().is_some() => Err(Fault::new(new, "a code like 33")),
        _ => Ok(new),
    }
}

/// Checks that a mask has nothing in it but the name, which is also what an absent one stands for.
fn check_mask(mask: Option<FieldMask>) -> Result<(), Fault> {
    let paths = mask.unwrap_or_default().paths;
    match paths.iter().find(|path| !["display_name", "*"].contains(&path.as_str())) {
        Some(other) => Err(Fault::new(other, "display_name, or *")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_stays_a_province() {
        let code = |code| RegionCode::parse(code).unwrap();
        for (old, new, fits) in [
            ("91", "94", true),
            ("91.09", "94.04", true),
            ("91", "94.04", false),
            ("91.09", "94", false),
        ] {
            assert_eq!(check_parts(Some(&code(old)), code(new)).is_ok(), fits, "{old} {new}");
        }
    }

    #[test]
    fn a_mask_may_have_the_name_and_nothing_else() {
        let mask =
            |paths: &[&str]| FieldMask { paths: paths.iter().map(ToString::to_string).collect() };
        assert_eq!(check_mask(None), Ok(()));
        for allowed in [&[] as &[_], &["display_name"], &["*"]] {
            assert_eq!(check_mask(Some(mask(allowed))), Ok(()));
        }
        let fault = check_mask(Some(mask(&["display_name", "kind"]))).unwrap_err();
        assert_eq!((fault.value.as_str(), fault.allowed.as_str()), ("kind", "display_name, or *"));
    }
}
