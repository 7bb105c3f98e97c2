//! A page of the items that are asked for, in their order.

use super::{Filter, Filterable, OrderBy, Value};

/// Where an item stands in an order: what it is ordered by, and its key as the tie-breaker.
///
/// A page token holds both. With the key alone, an item that was deleted or renamed since would
/// lead on from nowhere, or from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position<Key> {
    pub(super) values: Vec<Value<'static>>,
    pub(super) key: Key,
}

impl<Key> Position<Key> {
    /// The values as text, as [`OrderBy::parse_position`] reads them; `None` for a missing one.
    pub fn written(&self) -> Vec<Option<String>> {
        self.values.iter().map(Value::written).collect()
    }

    /// The key.
    pub fn key(&self) -> &Key {
        &self.key
    }
}

/// At most `limit` of the items that `filter` keeps, in `order` and where that leaves them equal by
/// `key`, after the position `after`.
///
/// Whether there are more is seen by asking for one more than a page has.
pub fn select<T: Filterable, Key: Ord>(
    mut items: Vec<T>,
    filter: &Filter<T>,
    order: &OrderBy<T>,
    after: Option<&Position<Key>>,
    limit: usize,
    key: impl Fn(&T) -> Key,
) -> Vec<T> {
    items.retain(|item| filter.matches(item));
    let mut places: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| (order.values(item), key(item), index))
        .filter(|(values, key, _)| {
            after.is_none_or(|after| {
                let ordering = order.compare_values(values, &after.values);
                ordering.then_with(|| key.cmp(&after.key)).is_gt()
            })
        })
        .collect();
    places.sort_by(|(left, left_key, _), (right, right_key, _)| {
        order.compare_values(left, right).then_with(|| left_key.cmp(right_key))
    });
    let indices: Vec<usize> = places.into_iter().take(limit).map(|(_, _, index)| index).collect();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    indices.into_iter().filter_map(|index| items[index].take()).collect()
}
