//! Lists that are filtered (AIP-160) and ordered (AIP-132) as they are asked for.
//!
//! Without a filter and an order the store pages by key. With one, the list is loaded whole and
//! selected from here: reference data is bounded by the country.

use takar_domain::{
    fault::{Fault, Faults},
    filter::{Filter, Filterable, OrderBy, Position, select},
};
use takar_store::Page;

use crate::{
    error::Error,
    page::{self, FilterHash},
};

/// The most things of a list that is selected from: many times the regions of Indonesia, or the
/// programmes of one.
const WHOLE: u16 = u16::MAX;

/// What a list request asks for.
pub(crate) struct Asked<'a> {
    pub(crate) page_size: i32,
    pub(crate) page_token: &'a str,
    pub(crate) filter: &'a str,
    pub(crate) order_by: &'a str,
    pub(crate) count_total: bool,
    /// The method and what else it is asked by, in a fixed order; page tokens are bound to it.
    pub(crate) of: (&'a str, &'a [&'a str]),
}

/// A page of a list.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_page_token: String,
    /// How many there are on all pages, where that was asked for.
    pub(crate) total_size: Option<i32>,
}

/// By what the things of a list differ.
pub(crate) struct Keyed<T, Key> {
    pub(crate) parse: fn(&str) -> Result<Key, Fault>,
    pub(crate) key: fn(&T) -> Key,
}

/// A page of the things that `load` gives by their keys, and of which there are `count`.
///
/// # Errors
/// [`Faults`] of `filter`, `order_by`, `page_size` and `page_token`; those of `load` and `count`.
pub(crate) async fn list<T, Key, F, C>(
    asked: Asked<'_>,
    keyed: Keyed<T, Key>,
    load: impl FnOnce(Page<Key>) -> F,
    count: impl FnOnce() -> C,
) -> Result<Listed<T>, Error>
where
    T: Filterable,
    Key: Clone + Ord + ToString,
    F: Future<Output = takar_store::Result<Vec<T>>>,
    C: Future<Output = takar_store::Result<i64>>,
{
    let Asked { page_size, page_token, filter, order_by, count_total, of: (method, others) } =
        asked;
    let hash = FilterHash::new(method, &[others, &[filter, order_by]].concat());
    let mut faults = Faults::none();
    let filter = faults.keep("filter", Filter::<T>::parse(filter));
    let order = faults.keep("order_by", OrderBy::<T>::parse(order_by));
    let (filter, order) = faults.into_result(filter.zip(order))?;
    let parse = |written: &str| parse_position(written, &order, keyed.parse);
    let page = page::parse(page_size, page_token, &hash, parse)?;
    let (mut items, total_size) = if filter.is_empty() && order.is_empty() {
        let after = page.after.as_ref().map(|position| position.key().clone());
        let items = load(Page { after, size: page.size }).await?;
        (items, page::total(count_total, count).await?)
    } else {
        let all = load(Page { after: None, size: WHOLE }).await?;
        let total = all.iter().filter(|item| filter.matches(item)).count();
        let total = i32::try_from(total).ok().filter(|_| count_total);
        let limit = usize::from(page.size) + 1;
        (select(all, &filter, &order, page.after.as_ref(), limit, keyed.key), total)
    };
    let write = |item: &T| write_position(&order.position(item, (keyed.key)(item)));
    let next_page_token = page::cut(&mut items, &page, &hash, write);
    Ok(Listed { items, next_page_token, total_size })
}

fn write_position<Key: ToString>(position: &Position<Key>) -> String {
    let written = (position.key().to_string(), position.written());
    serde_json::to_string(&written).expect("texts are JSON")
}

fn parse_position<T: Filterable, Key>(
    written: &str,
    order: &OrderBy<T>,
    parse_key: fn(&str) -> Result<Key, Fault>,
) -> Result<Position<Key>, Fault> {
    let (key, values): (String, Vec<Option<String>>) =
        serde_json::from_str(written).map_err(|_| Fault::new(written, "a position"))?;
    order.parse_position(&values, parse_key(&key)?)
}

#[cfg(test)]
mod tests {
    use takar_domain::{name::CohortId, registry::Cohort};

    use super::*;

    fn cohort(id: &str, source: &str) -> Cohort {
        Cohort {
            id: CohortId::parse(id).unwrap(),
            display_name: id.to_owned(),
            source: source.to_owned(),
            members: Vec::new(),
        }
    }

    async fn asked(
        order_by: &str,
        page_token: &str,
        count_total: bool,
    ) -> Result<(Vec<String>, String, Option<i32>), Error> {
        let asked = Asked {
            page_size: 2,
            page_token,
            filter: "source:*",
            order_by,
            count_total,
            of: ("ListCohorts", &[]),
        };
        let keyed = Keyed { parse: CohortId::parse, key: |cohort: &Cohort| cohort.id.clone() };
        let all = vec![cohort("a", "x"), cohort("b", "y"), cohort("c", "x"), cohort("d", "")];
        let load = async |page| {
            assert_eq!(page, Page { after: None, size: WHOLE });
            Ok(all)
        };
        let count = async || panic!("what is selected here is counted here");
        let Listed { items, next_page_token, total_size } = list(asked, keyed, load, count).await?;
        let ids = items.into_iter().map(|cohort| cohort.id.to_string()).collect();
        Ok((ids, next_page_token, total_size))
    }

    #[tokio::test]
    async fn a_token_leads_on_in_the_order_that_was_asked_for_counted_or_not() {
        let (page, token, total) = asked("source desc", "", true).await.unwrap();
        assert_eq!((page, total), (vec!["b".to_owned(), "a".to_owned()], Some(3)));
        let rest = asked("source desc", &token, false).await.unwrap();
        assert_eq!(rest, (vec!["c".to_owned()], String::new(), None));
        assert_eq!(asked("source desc", &token, true).await.unwrap().2, Some(3));
        assert!(matches!(asked("source", &token, false).await, Err(Error::Invalid(_))));
    }
}
