//! One row of either layout.

use takar_domain::{
    observation::Observation,
    population::{PublishedRegion, Survey},
    publication::Measure,
    scorecard::UNROUNDED_DECIMALS,
};
use takar_store::PublishedAs;

use super::columns::LONG_COLUMNS;
use crate::export::{
    codes,
    table::{Cell, MADE_BY, time},
};

/// A region's scorecard, and what the file says of itself.
pub(super) struct Row<'a> {
    pub(super) survey: &'a Survey,
    pub(super) region: &'a PublishedRegion,
    pub(super) published_as: &'a PublishedAs,
    pub(super) as_of: &'a str,
}

impl<'a> Row<'a> {
    /// In the order of [`super::columns::long`].
    pub(super) fn long(&self, observation: &Observation<'_>) -> [Cell<'a>; LONG_COLUMNS] {
        let Observation { measure, value, decimals, status } = *observation;
        let exact = value.ok();
        let (code, pillar, component) = codes::codes(measure);
        [
            Cell::text(self.region.region.code.as_str()),
            Cell::text(self.survey.cycle.as_str()),
            Cell::text(code),
            Cell::text(pillar),
            Cell::text(component),
            observation.shown().map_or(Cell::Empty, Cell::Decimal),
            Cell::text(&self.published_as.region_display_name),
            exact.map_or(Cell::Empty, |exact| Cell::Decimal(exact.round(UNROUNDED_DECIMALS))),
            exact.map_or(Cell::Empty, |exact| Cell::text(exact.to_string())),
            Cell::text(status.sdmx_code()),
            value.err().map_or(Cell::Empty, |reason| Cell::text(codes::null_reason(reason))),
            Cell::text(codes::unit(measure)),
            Cell::Integer(i32::try_from(decimals).unwrap_or_default()),
            Cell::text(self.survey.instrument.id().as_str()),
            Cell::Integer(self.region.revision),
            Cell::text(time(self.region.publish_time)),
            self.letter_number(),
            Cell::Boolean(self.survey.simulated),
            Cell::text(self.as_of),
            Cell::text(MADE_BY),
        ]
    }

    /// In the order of [`super::columns::wide`].
    pub(super) fn wide<'b>(
        &self,
        observations: impl Iterator<Item = Observation<'b>>,
    ) -> Vec<Cell<'a>> {
        let observations: Vec<_> = observations.collect();
        let shown = |measure| {
            let found = observations.iter().find(|observation| observation.measure == measure);
            found.and_then(Observation::shown).map_or(Cell::Empty, Cell::Decimal)
        };
        let mut cells = vec![
            Cell::text(self.region.region.code.as_str()),
            Cell::text(&self.published_as.region_display_name),
            Cell::text(self.survey.cycle.as_str()),
        ];
        cells.extend(Measure::KEPT.map(shown));
        cells.extend([
            Cell::text(self.survey.instrument.id().as_str()),
            Cell::Integer(self.region.revision),
            Cell::text(time(self.region.publish_time)),
            self.letter_number(),
            Cell::Boolean(self.survey.simulated),
            Cell::text(self.as_of),
            Cell::text(MADE_BY),
        ]);
        cells
    }

    fn letter_number(&self) -> Cell<'a> {
        let letter_number = self.published_as.letter_number.as_deref();
        letter_number.map_or(Cell::Empty, Cell::text)
    }
}
