//! What files tell of themselves beside their rows, where there is room for it.

use takar_domain::population::{Population, Survey};
use takar_store::Exported;

use super::{form::Form, table::Fact};

/// What is known of a file before its rows.
pub(super) fn facts(exported: &Exported) -> Vec<Fact> {
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

/// Notes how much of a cycle is published, and of one that is exported by itself who is missing.
pub(super) fn note_coverage(survey: &Survey, is_one_cycle: bool, form: &mut dyn Form) {
    let (present, expected) = (survey.present.len(), survey.expected_count());
    let coverage = format!("{}: {present} / {expected}", survey.cycle);
    form.note(Fact::new("Published, of expected", "Terbit, dari yang diharapkan", coverage));
    for missing in survey.missing.iter().filter(|_| is_one_cycle) {
        let region = format!("{} {}", missing.region.code, missing.region.display_name);
        form.note(Fact::new("Not published", "Belum terbit", region));
    }
}
