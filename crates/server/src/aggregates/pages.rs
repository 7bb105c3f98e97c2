//! Pages of a ranking, all of one state: a publication that lands while they are read is in none, and
//! what is coded anew or withdrawn meanwhile is on one of them.

use chrono::{DateTime, Utc};
use takar_domain::{
    fault::{Fault, Faults},
    population::Survey,
    ranking::{Ranking, Shown},
};
use takar_proto::v1;
use takar_store::{AsOf, Page};

use crate::page::{self, FilterHash};

/// Where a page begins: after what was shown of the ranking as it was published at a time.
#[derive(Debug)]
pub(super) struct Begin {
    state: DateTime<Utc>,
    shown: Shown,
}

impl Begin {
    /// What was shown.
    pub(super) const fn shown(&self) -> &Shown {
        &self.shown
    }

    /// The state that the pages show, where the request names none.
    pub(super) const fn state_of(&self, asked: AsOf) -> Option<AsOf> {
        match asked {
            AsOf::Now => Some(AsOf::Time(self.state)),
            AsOf::Time(_) => None,
        }
    }
}

/// The hash of what a ranking is asked for; page tokens are bound to it.
pub(super) fn filter_hash(request: &v1::ListRankingRequest) -> FilterHash {
    let v1::ListRankingRequest {
        cycle,
        cohort,
        province,
        as_of,
        measure,
        pillar,
        component,
        tie_rule,
        page_size: _,
        page_token: _,
    } = request;
    let time = as_of.map(|time| time.to_string()).unwrap_or_default();
    let [measure, pillar, component, tie_rule] =
        [measure, pillar, component, tie_rule].map(ToString::to_string);
    FilterHash::new(
        "ListRanking",
        &[cycle, cohort, province, &time, &measure, &pillar, &component, &tie_rule],
    )
}

pub(super) fn parse(size: i32, token: &str, filter: &FilterHash) -> Result<Page<Begin>, Faults> {
    page::parse(size, token, filter, |written| {
        let fault = || Fault::new(written, "a time and what was shown");
        let (time, shown) = written.split_once(' ').ok_or_else(fault)?;
        let microseconds = page::parse_number(time)?;
        Ok(Begin {
            state: DateTime::from_timestamp_micros(microseconds).ok_or_else(fault)?,
            shown: Shown::parse(shown)?,
        })
    })
}

/// The state that a first page shows: what was asked for, or that of the newest revision in it.
/// Publications are stamped in the order in which they are committed, so none that lands later is in it.
pub(super) fn state(asked: AsOf, survey: &Survey) -> Option<DateTime<Utc>> {
    match asked {
        AsOf::Now => survey.newest_publish_time(),
        AsOf::Time(time) => Some(time),
    }
}

/// Cuts the ranking to its first entries, and gives what asks for the next ones; empty at the end.
pub(super) fn cut(
    ranking: &mut Ranking<'_>,
    page: &Page<Begin>,
    state: Option<DateTime<Utc>>,
    filter: &FilterHash,
) -> String {
    let shown = page.after.as_ref().map(|after| after.shown.clone()).unwrap_or_default();
    let size = usize::from(page.size).min(ranking.entries.len());
    let shown = shown.and(&ranking.entries[..size]);
    // Nothing is published: the state before all publications.
    let microseconds = state.unwrap_or(DateTime::UNIX_EPOCH).timestamp_micros();
    page::cut(&mut ranking.entries, page, filter, |_| format!("{microseconds} {shown}"))
}
