//! The columns of each kind of file.

use super::{Cell, Kind, RowFault};
use crate::fault::Fault;

/// The column that may be left out where the whole file has one source.
const SOURCE: &str = "source";

/// The names of a kind's columns.
pub const fn columns_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Programs => &[
            "region",
            "program",
            "pillar",
            "display_name",
            "owner_agency",
            "flagship",
            "quick_win",
            "first_year",
            "last_year",
            "budget",
            SOURCE,
        ],
        Kind::ProgramReports => {
            &["region", "program", "status", "reason", "budget", "realised_budget", "quick_win"]
        }
        Kind::Tallies => &["region", "pillar", "running", "planned", "not_due", SOURCE],
        Kind::Scores => &["region", "pillar", "component", "score", SOURCE],
    }
}

/// Where the columns of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    names: &'static [&'static str],
    /// The place of each column, in the order of the names; `None` for a source that was left out.
    places: Vec<Option<usize>>,
    /// How many columns the file has.
    width: usize,
}

impl Columns {
    /// Reads a file's first row. All columns of the kind must be there, in any order, each once: a
    /// column that was forgotten would clear what is there.
    ///
    /// # Errors
    /// [`RowFault`]s of columns that are unknown, repeated or missing.
    pub fn read(
        kind: Kind,
        row: u32,
        cells: &[Cell<'_>],
        has_source: bool,
    ) -> Result<Self, Vec<RowFault>> {
        let names = columns_of(kind);
        let mut places = vec![None; names.len()];
        let mut faults = Vec::new();
        let mut refuse = |fault: Fault| faults.push(RowFault::new(row, fault));
        let width = cells.iter().rposition(|cell| *cell != Cell::Empty).map_or(0, |last| last + 1);
        for (place, cell) in cells.iter().enumerate().take(width) {
            let heading = cell.shown();
            let column = names.iter().position(|name| heading.eq_ignore_ascii_case(name));
            match column.map(|column| &mut places[column]) {
                Some(found @ None) => *found = Some(place),
                Some(Some(_)) => refuse(Fault::new(heading, "each column once").at(heading)),
                None => refuse(Fault::new(heading, format!("the columns {}", names.join(", ")))),
            }
        }
        for (name, place) in names.iter().zip(&places) {
            let may_be_missing = *name == SOURCE && has_source;
            if place.is_none() && !may_be_missing {
                refuse(Fault::new("", format!("the column {name}")).at(name));
            }
        }
        if faults.is_empty() { Ok(Self { names, places, width }) } else { Err(faults) }
    }

    /// The cell of a column; empty where the row ends before it.
    ///
    /// # Panics
    /// Where the kind has no such column: a mistake of ours.
    pub(super) fn cell<'row, 'a>(&self, cells: &'row [Cell<'a>], name: &str) -> &'row Cell<'a> {
        let column = self.names.iter().position(|known| *known == name);
        let place = self.places[column.expect("a column of the kind")];
        place.and_then(|place| cells.get(place)).unwrap_or(&Cell::Empty)
    }

    /// Checks that nothing stands beyond the columns.
    pub(super) fn check_width(&self, cells: &[Cell<'_>]) -> Result<(), Fault> {
        let beyond = cells.iter().skip(self.width).find(|cell| **cell != Cell::Empty);
        beyond.map_or(Ok(()), |cell| {
            Err(Fault::new(cell.shown(), "nothing beyond the columns that the first row names"))
        })
    }
}
