//! Scorecards as rows: an observation each, or a scorecard each.

mod columns;
mod row;

use std::{collections::HashMap, io};

use takar_domain::{
    name::{CycleId, RegionCode},
    population::Survey,
};
use takar_store::{Exported, PublishedAs};

use self::row::Row;
use super::{
    facts::facts,
    form::Form,
    structure::{Flow, Words},
    table::{Table, subject},
};

/// The dataflow of scorecards.
const FLOW: Flow = Flow { id: "SCORECARDS", words: TITLE };

const TITLE: Words = Words {
    english: "Scorecards of the smart-city evaluation",
    indonesian: "Rapor evaluasi smart city",
};

/// How rows are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A row for each observation.
    Long,
    /// A row for each scorecard.
    Wide,
}

/// The table of an export of this cycle, or of all.
pub(super) fn table(exported: &Exported, cycle: Option<&CycleId>, layout: Layout) -> Table {
    Table {
        name: "scorecards",
        flow: (layout == Layout::Long).then_some(FLOW),
        title: TITLE,
        subject: subject(cycle),
        columns: match layout {
            Layout::Long => columns::long(exported),
            Layout::Wide => columns::wide(exported),
        },
        as_of: exported.as_of,
        is_simulated: exported.cycles.iter().any(|cycle| cycle.simulated),
        facts: facts(exported),
    }
}

/// Writes what is published of one cycle.
///
/// # Errors
/// Where the form can't write it.
pub(super) fn write(
    survey: &Survey,
    published_as: &HashMap<RegionCode, PublishedAs>,
    (layout, as_of): (Layout, &str),
    form: &mut dyn Form,
) -> io::Result<()> {
    let instrument = &survey.instrument;
    for region in &survey.present {
        let published_as = published_as.get(&region.region.code).ok_or_else(|| {
            io::Error::other(format!("{} changed its code meanwhile", region.region.code))
        })?;
        let row = Row { survey, region, published_as, as_of };
        match layout {
            Layout::Long => {
                for observation in region.observations(instrument) {
                    form.row(&row.long(&observation))?;
                }
            }
            Layout::Wide => form.row(&row.wide(region.observations(instrument)))?,
        }
    }
    Ok(())
}
