//! What is asked to become of regions.

use prost_types::FieldMask;
use takar_domain::{
    fault::{Fault, Faults},
    name::{RegionCode, parse_display_name},
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
