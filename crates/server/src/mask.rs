//! Which fields an update changes (AIP-134).

use prost_types::FieldMask;
use takar_domain::fault::Fault;

use crate::{etag::Named, write::dynamic};

/// What stands for all fields.
const ALL: &str = "*";

/// `before` with those fields of `given` that the mask names, of those that can change; without a
/// mask, with those that have a value.
///
/// # Errors
/// A [`Fault`] of `update_mask` that lists the fields.
pub(crate) fn merge<R: Named>(
    before: &R,
    given: &R,
    mask: Option<&FieldMask>,
    updatable: &[&str],
) -> Result<R, Fault> {
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    let is_all = paths.iter().eq([ALL]);
    if let Some(unknown) = paths.iter().find(|path| !is_all && !updatable.contains(&path.as_str()))
    {
        let allowed = format!("{}, or {ALL} alone for all", updatable.join(", "));
        return Err(Fault::new(unknown, allowed).at("update_mask"));
    }
    let (mut merged, given) = (dynamic(before), dynamic(given));
    for name in updatable {
        let changes = match paths {
            [] => given.has_field_by_name(name),
            paths => is_all || paths.iter().any(|path| path == name),
        };
        if changes {
            merged.clear_field_by_name(name);
            if let Some(value) = given.get_field_by_name(name)
                && given.has_field_by_name(name)
            {
                merged.set_field_by_name(name, value.into_owned());
            }
        }
    }
    Ok(merged.transcode_to().expect("a message is of its own type"))
}

#[cfg(test)]
mod tests {
    use takar_proto::v1;

    use super::*;

    const UPDATABLE: &[&str] = &["display_name", "previous_cycle", "eligible_regions"];

    fn before() -> v1::Cycle {
        v1::Cycle {
            name: "cycles/2026".to_owned(),
            display_name: "Evaluasi".to_owned(),
            previous_cycle: "cycles/2025".to_owned(),
            eligible_regions: vec!["regions/33.05".to_owned()],
            ..v1::Cycle::default()
        }
    }

    fn given() -> v1::Cycle {
        v1::Cycle {
            name: "cycles/other".to_owned(),
            display_name: "Evaluasi 2026".to_owned(),
            etag: "x".to_owned(),
            ..v1::Cycle::default()
        }
    }

    fn merged(paths: Option<&[&str]>) -> Result<v1::Cycle, Fault> {
        let paths = paths.map(|paths| paths.iter().map(|&path| path.to_owned()).collect());
        let mask = paths.map(|paths| FieldMask { paths });
        merge(&before(), &given(), mask.as_ref(), UPDATABLE)
    }

    #[test]
    fn without_a_mask_what_has_a_value_changes() {
        let expected = v1::Cycle { display_name: "Evaluasi 2026".to_owned(), ..before() };
        for mask in [None, Some(&[][..])] {
            assert_eq!(merged(mask).unwrap(), expected);
        }
    }

    #[test]
    fn a_mask_says_what_changes_and_clears_too() {
        let expected = v1::Cycle { eligible_regions: Vec::new(), ..before() };
        assert_eq!(merged(Some(&["eligible_regions"])).unwrap(), expected);
        let all = v1::Cycle {
            name: "cycles/2026".to_owned(),
            display_name: "Evaluasi 2026".to_owned(),
            ..v1::Cycle::default()
        };
        assert_eq!(merged(Some(&["*"])).unwrap(), all);
    }

    #[test]
    fn a_field_that_cannot_change_is_refused() {
        for path in ["name", "etag", "displayName", "deadline.zone", ""] {
            let fault = merged(Some(&["display_name", path])).unwrap_err();
            assert_eq!((fault.field.as_str(), fault.value.as_str()), ("update_mask", path));
            assert!(fault.allowed.starts_with("display_name, previous_cycle,"), "{fault}");
        }
        assert_eq!(merged(Some(&["*", "display_name"])).unwrap_err().value, "*");
    }
}
