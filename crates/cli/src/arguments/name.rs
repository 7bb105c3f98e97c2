//! Ids, given alone or as resource names.

pub(super) fn parse_region(text: &str) -> Result<String, &'static str> {
    id_of(text, "regions/").ok_or("a Kemendagri code such as 33.05 is needed")
}

pub(super) fn parse_cycle(text: &str) -> Result<String, &'static str> {
    id_of(text, "cycles/").ok_or("a cycle such as 2022 is needed")
}

pub(super) fn parse_cohort(text: &str) -> Result<String, &'static str> {
    id_of(text, "cohorts/").ok_or("an id such as smart-governance-2021 is needed")
}

pub(super) fn parse_instrument(text: &str) -> Result<String, &'static str> {
    id_of(text, "instruments/").ok_or("an id such as kominfo-2022 is needed")
}

/// The id, given alone or as a resource name. What ids may be is for the server to say.
pub(super) fn id_of(text: &str, collection: &str) -> Option<String> {
    let id = text.strip_prefix(collection).unwrap_or(text);
    (!id.is_empty() && !id.contains('/')).then(|| id.to_owned())
}
