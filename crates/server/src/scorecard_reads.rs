//! What reads of evaluations and scorecards ask for.

use prost_types::Timestamp;
use takar_domain::fault::Faults;
use takar_store::{AsOf, EvaluationFilter, EvaluationKey, Page};

use crate::{
    access::View,
    convert, name,
    page::{self, FilterHash},
};

/// What a scorecard's read asks for.
pub(crate) fn parse_scorecard(
    name: &str,
    as_of: Option<Timestamp>,
    view: &View,
) -> Result<(EvaluationKey, Option<AsOf>), Faults> {
    let mut faults = Faults::none();
    let key = faults.keep("name", name::scorecard(name));
    let published = faults.merge(parse_as_of(as_of, view));
    faults.into_result(key.zip(published))
}

/// What of what is published may be shown; `None` where the provisional may be, too.
pub(crate) fn parse_as_of(as_of: Option<Timestamp>, view: &View) -> Result<Option<AsOf>, Faults> {
    match (as_of, view) {
        (Some(time), _) => {
            let time = convert::parse_timestamp(time).map_err(|fault| fault.at("as_of"))?;
            Ok(Some(AsOf::Time(time)))
        }
        (None, View::Published) => Ok(Some(AsOf::Now)),
        (None, View::Whole | View::AssignedTo(_)) => Ok(None),
    }
}

/// Reads what both lists ask for; the page's key is an evaluation's name.
pub(crate) fn parse_list(
    parent: &str,
    cycle: &str,
    (page_size, page_token): (i32, &str),
    hash: &FilterHash,
) -> Result<(EvaluationFilter, Page<EvaluationKey>), Faults> {
    let mut faults = Faults::none();
    let region = faults.keep("parent", name::region_or_all(parent));
    let cycle = Some(cycle).filter(|cycle| !cycle.is_empty()).map(name::cycle).transpose();
    let cycle = faults.keep("cycle", cycle);
    let page = faults.merge(page::parse(page_size, page_token, hash, name::evaluation));
    let filter = region.zip(cycle).map(|(region, cycle)| EvaluationFilter {
        region,
        cycle,
        ..EvaluationFilter::default()
    });
    faults.into_result(filter.zip(page))
}
