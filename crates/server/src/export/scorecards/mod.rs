//! Scorecards as rows: an observation each, or a scorecard each.

mod columns;
mod row;

use std::{collections::HashMap, io};

use takar_domain::{
    name::{CycleId, RegionCode},
    population::{Population, Survey},
};
use takar_store::{Exported, PublishedAs};

use self::row::Row;
use super::{
    form::Form,
    structure::{Flow, Words},
    table::{Fact, Table},
};

/// The dataflow of scorecards.
pub(super) const FLOW: Flow = Flow { id: "SCORECARDS", words: TITLE };

const TITLE: Words = Words {
    english: "Scorecards of the smart-city evaluation",
    indonesian: "Rapor evaluasi smart city",
};

/// What a file of all cycles is of.
const ALL_CYCLES: &str = "all";

/// How rows are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A row for each observation.
    Long,
    /// A row for each scorecard.
    Wide,
}

/// What is published of one cycle.
pub(super) struct CyclePage {
    pub(super) survey: Survey,
    pub(super) published_as: HashMap<RegionCode, PublishedAs>,
}

/// The table of an export of this cycle, or of all.
pub(super) fn table(exported: &Exported, cycle: Option<&CycleId>, layout: Layout) -> Table {
    Table {
        flow: (layout == Layout::Long).then_some(FLOW),
        title: TITLE,
        subject: cycle.map_or_else(|| ALL_CYCLES.to_owned(), CycleId::to_string),
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
    page: &CyclePage,
    layout: Layout,
    as_of: &str,
    form: &mut dyn Form,
) -> io::Result<()> {
    let CyclePage { survey, published_as } = page;
    let decimals = survey.instrument.definition().decimals;
    for region in &survey.present {
        let published_as = published_as.get(&region.region.code).ok_or_else(|| {
            io::Error::other(format!("{} changed its code meanwhile", region.region.code))
        })?;
        let row = Row { survey, region, published_as, as_of };
        match layout {
            Layout::Long => {
                for observation in region.observations(decimals) {
                    form.row(&row.long(&observation))?;
                }
            }
            Layout::Wide => form.row(&row.wide(region.observations(decimals)))?,
        }
    }
    let (present, expected) = (survey.present.len(), survey.expected_count());
    let coverage = format!("{}: {present} / {expected}", survey.cycle);
    form.note(Fact::new("Published, of expected", "Terbit, dari yang diharapkan", coverage));
    Ok(())
}

/// Notes who is missing, of a cycle that is exported by itself.
pub(super) fn note_missing(survey: &Survey, form: &mut dyn Form) {
    for missing in &survey.missing {
        let region = format!("{} {}", missing.region.code, missing.region.display_name);
        form.note(Fact::new("Not published", "Belum terbit", region));
    }
}

/// What is told of the file beside its rows.
fn facts(exported: &Exported) -> Vec<Fact> {
    let Exported { population, population_display_name, cycles, instruments, .. } = exported;
    let population = match population {
        Population::Nation => population_display_name.clone(),
        Population::Province(code) => format!("{code} {population_display_name}"),
        Population::Cohort(id) => format!("{id}: {population_display_name}"),
    };
    let mut facts = vec![Fact::new("Population", "Populasi", population)];
    for cycle in cycles {
        let value = format!("{}: {} ({})", cycle.id, cycle.display_name, cycle.instrument);
        facts.push(Fact::new("Cycle", "Siklus", value));
        if cycle.simulated {
            let value = format!("{}: figures are made up / angka rekaan", cycle.id);
            facts.push(Fact::new("Simulated", "Simulasi", value));
        }
    }
    for (id, instrument) in instruments {
        let definition = instrument.definition();
        let value = format!("{id}: {}; {}", definition.display_name, definition.source);
        facts.push(Fact::new("Instrument", "Instrumen", value));
    }
    facts
}
