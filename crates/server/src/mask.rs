//! Which fields an update changes (AIP-134).

use prost_reflect::{DynamicMessage, ReflectMessage as _};
use prost_types::FieldMask;
use takar_domain::fault::Fault;

use crate::{etag::Named, write::dynamic};

/// What stands for all fields.
const ALL: &str = "*";

/// `before` with those fields of `given` that the mask names, of those that can change; without a
/// mask, with those that have a value.
///
/// A path may lead on into a message that can change: the rest of it stays. One to a field that can't
/// is taken where `given` leaves it as it is, so that a resource can be sent back as it was read.
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
    let (mut merged, given) = (dynamic(before), dynamic(given));
    if is_all || paths.is_empty() {
        for name in updatable.iter().filter(|name| is_all || given.has_field_by_name(name)) {
            copy(&given, &mut merged, name);
        }
    } else {
        for path in paths {
            merged = changed(&merged, &given, path, updatable).ok_or_else(|| {
                let allowed = format!("{}, or {ALL} alone for all", updatable.join(", "));
                Fault::new(path, allowed).at("update_mask")
            })?;
        }
    }
    Ok(merged.transcode_to().expect("a message is of its own type"))
}

/// `merged` with what `given` has at a path, where it may.
fn changed(
    merged: &DynamicMessage,
    given: &DynamicMessage,
    path: &str,
    updatable: &[&str],
) -> Option<DynamicMessage> {
    let mut changed = merged.clone();
    copy(given, &mut changed, path)?;
    let first = path.split('.').next()?;
    (updatable.contains(&first) || changed == *merged).then_some(changed)
}

/// Makes what is at a path as it is in another message of the same type: set, or cleared.
///
/// `None` where the path leads nowhere; what is repeated has nothing that a path could lead to.
fn copy(from: &DynamicMessage, to: &mut DynamicMessage, path: &str) -> Option<()> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = to.descriptor().get_field_by_name(name)?;
    let given = from.get_field(&field);
    match rest {
        Some(rest) => copy(given.as_message()?, to.get_field_mut(&field).as_message_mut()?, rest)?,
        None if from.has_field(&field) => to.set_field(&field, given.into_owned()),
        None => to.clear_field(&field),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use takar_proto::v1::{self, cycle::deadline::Zone};

    use super::*;

    const UPDATABLE: &[&str] = &["display_name", "previous_cycle", "eligible_regions", "deadline"];

    fn before() -> v1::Cycle {
        v1::Cycle {
            name: "cycles/2026".to_owned(),
            display_name: "Evaluasi".to_owned(),
            previous_cycle: "cycles/2025".to_owned(),
            instrument: "instruments/one".to_owned(),
            eligible_regions: vec!["regions/33.05".to_owned()],
            deadline: Some(deadline("2026-01-31T23:59:59", Zone::Wib)),
            ..v1::Cycle::default()
        }
    }

    fn deadline(local_time: &str, zone: Zone) -> v1::cycle::Deadline {
        v1::cycle::Deadline { local_time: local_time.to_owned(), zone: zone.into(), time: None }
    }

    fn given() -> v1::Cycle {
        v1::Cycle {
            name: "cycles/other".to_owned(),
            display_name: "Evaluasi 2026".to_owned(),
            instrument: "instruments/one".to_owned(),
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
            instrument: "instruments/one".to_owned(),
            ..v1::Cycle::default()
        };
        assert_eq!(merged(Some(&["*"])).unwrap(), all);
    }

    #[test]
    fn a_path_into_a_message_leaves_the_rest_of_it() {
        let given = v1::Cycle { deadline: Some(deadline("", Zone::Wit)), ..before() };
        let change = |paths: &[&str], given: &v1::Cycle| {
            let paths = paths.iter().map(|&path| path.to_owned()).collect();
            merge(&before(), given, Some(&FieldMask { paths }), UPDATABLE).unwrap().deadline
        };
        let expected = deadline("2026-01-31T23:59:59", Zone::Wit);
        assert_eq!(change(&["deadline.zone"], &given), Some(expected));
        assert_eq!(change(&["deadline.zone", "deadline.local_time"], &given), given.deadline);
        let nothing = v1::Cycle { deadline: None, ..before() };
        let expected = deadline("", Zone::Wib);
        assert_eq!(change(&["deadline.local_time"], &nothing), Some(expected));
        assert_eq!(change(&["deadline"], &nothing), None);
    }

    #[test]
    fn a_field_that_cannot_change_may_be_given_as_it_is() {
        let expected = v1::Cycle { display_name: "Evaluasi 2026".to_owned(), ..before() };
        assert_eq!(merged(Some(&["instrument", "display_name"])).unwrap(), expected);
    }

    #[test]
    fn a_field_that_cannot_change_is_refused() {
        for path in [
            "name",
            "etag",
            "displayName",
            "deadline.nothing",
            "deadline.zone.x",
            "deadline.",
            "eligible_regions.0",
            "display_name.x",
            "",
        ] {
            let fault = merged(Some(&["display_name", path])).unwrap_err();
            assert_eq!((fault.field.as_str(), fault.value.as_str()), ("update_mask", path));
            assert!(fault.allowed.starts_with("display_name, previous_cycle,"), "{fault}");
        }
        assert_eq!(merged(Some(&["*", "display_name"])).unwrap_err().value, "*");
    }
}
