//! What became of a region: its former names, its end, and the regions that it came from or went into.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    fault::{Fault, Faults},
    name::RegionCode,
    vocabulary::{RegionChange, RegionKind},
};

/// The most regions that one split or merger makes or ends: more than any law ever did.
pub const REGION_CHANGE_MAX: usize = 20;

/// What became of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionHistory {
    /// Names that it had before, newest first.
    pub former_names: Vec<FormerName>,
    /// The day of the merger by which it ceased to exist; `None` while it exists.
    pub end_date: Option<NaiveDate>,
    /// The regions that it was split from or merged of, by the day of the change.
    pub predecessors: Vec<Relation>,
    /// The regions that were split from it or that it was merged into, by the day of the change.
    pub successors: Vec<Relation>,
}

/// A name that a region had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerName {
    /// The name.
    pub display_name: String,
    /// Until when it was shown.
    pub end_time: DateTime<Utc>,
}

/// Another region that one came from or went into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its current code.
    pub region: RegionCode,
    /// What happened.
    pub change: RegionChange,
    /// The day on which it took effect.
    pub change_date: NaiveDate,
    /// Where it is stated.
    pub source: String,
}

/// When regions were split or merged, and where that is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionEvent {
    /// The day on which it took effect.
    pub change_date: NaiveDate,
    /// A law, a decree.
    pub source: String,
}

/// Checks that a region of this kind can become, or come of, one of that kind: provinces of
/// provinces, and kabupaten and kota of each other.
///
/// # Errors
/// A [`Fault`] of `other`.
pub fn check_related(kind: RegionKind, other: RegionKind) -> Result<(), Fault> {
    let is_province = |kind| kind == RegionKind::Province;
    if is_province(kind) == is_province(other) {
        return Ok(());
    }
    let allowed = if is_province(kind) { "a province" } else { "a kabupaten or kota" };
    Err(Fault::new(other, allowed))
}

/// Checks that `sources` can be merged into `into`: each once, another than it, of kinds that fit.
/// They are named by their current codes, as any code may have been given.
///
/// # Errors
/// [`Faults`] of `sources[n]`.
pub fn check_merger(
    sources: &[(&RegionCode, RegionKind)],
    into: (&RegionCode, RegionKind),
) -> Result<(), Faults> {
    let mut faults = Faults::none();
    let mut seen = BTreeSet::new();
    for (index, (code, kind)) in sources.iter().enumerate() {
        let checked = if *code == into.0 {
            Err(Fault::new(code, "another region than the one that they are merged into"))
        } else if seen.insert(*code) {
            check_related(into.1, *kind)
        } else {
            Err(Fault::new(code, "each once"))
        };
        faults.keep(&format!("sources[{index}]"), checked);
    }
    faults.into_result(Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::RegionKind::{Kabupaten, Kota, Province};

    #[test]
    fn provinces_come_of_provinces_and_the_others_of_each_other() {
        for (kind, other, fits) in [
            (Province, Province, true),
            (Kabupaten, Kota, true),
            (Kota, Kabupaten, true),
            (Kabupaten, Kabupaten, true),
            (Province, Kota, false),
            (Kabupaten, Province, false),
        ] {
            assert_eq!(check_related(kind, other).is_ok(), fits, "{kind} {other}");
        }
    }

    #[test]
    fn all_faults_of_a_merger_are_named() {
        let code = |code| RegionCode::parse(code).unwrap();
        let (kebumen, cilacap, province) = (code("33.05"), code("33.01"), code("33"));
        let sources = [
            (&cilacap, Kabupaten),
            (&cilacap, Kabupaten),
            (&kebumen, Kabupaten),
            (&province, Province),
        ];
        let faults = check_merger(&sources, (&kebumen, Kabupaten)).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["sources[1]", "sources[2]", "sources[3]"]);
        assert_eq!(check_merger(&sources[..1], (&kebumen, Kota)), Ok(()));
    }
}
