//! A shortlist, pillar by pillar.

use std::fmt::Write as _;

use takar_proto::v1::{Pillar, PillarShortlist, Shortlist};

use super::{Places, cells, heading, population_name, shown};
use crate::{
    contract,
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Heading, Label},
};

/// The columns of a shortlist as CSV.
pub(super) const COLUMNS: [&str; 11] = [
    "cycle",
    "simulated",
    "pillar",
    "places",
    "rank",
    "region",
    "region_name",
    "value",
    "unrounded",
    "exact",
    "tied_at_cut",
];

/// The places of those pillars that are named; of one that is named twice the last.
pub(super) fn places(given: &[(Pillar, i32)]) -> Places {
    let of =
        |pillar| given.iter().rev().find(|(named, _)| *named == pillar).map(|(_, places)| *places);
    Places {
        governance: of(Pillar::Governance),
        branding: of(Pillar::Branding),
        economy: of(Pillar::Economy),
        living: of(Pillar::Living),
        society: of(Pillar::Society),
        environment: of(Pillar::Environment),
    }
}

/// The rows of a shortlist.
pub(super) fn rows(shortlist: &Shortlist) -> Vec<Vec<String>> {
    let entries = shortlist
        .pillars
        .iter()
        .flat_map(|pillar| pillar.entries.iter().map(move |entry| (pillar, entry)));
    let rows = entries.map(|(pillar, entry)| {
        let mut row = vec![
            id(&shortlist.cycle).to_owned(),
            shortlist.simulated.to_string(),
            contract::word("Pillar", pillar.pillar),
            pillar.places.to_string(),
            entry.rank.to_string(),
            id(&entry.region).to_owned(),
            entry.region_display_name.clone(),
        ];
        row.extend(cells(entry.value.as_ref()));
        row.push(entry.tied_at_cut.to_string());
        row
    });
    rows.collect()
}

/// A shortlist for people.
pub(super) fn page(shortlist: &Shortlist, language: Language) -> String {
    let population = shortlist.population.clone().unwrap_or_default();
    let title = Heading::Shortlist {
        cycle: &plain(id(&shortlist.cycle)),
        population: &population_name(shortlist.population.as_ref()),
    };
    let mut page = heading(&title.say(language), shortlist.simulated, language);
    let _ = writeln!(page, "{}", Heading::coverage(&population).say(language));
    for rule in &shortlist.rules {
        let label = Label::Rule.say(language);
        let _ =
            writeln!(page, "{label}: {} (-{})", text::rule(rule, language), rule.excluded_count);
    }
    let eligible = Heading::Eligible { count: shortlist.eligible_count };
    let _ = writeln!(page, "{}", eligible.say(language));
    for pillar in &shortlist.pillars {
        page.push('\n');
        page += &pillar_part(pillar, language);
    }
    if !shortlist.excluded.is_empty() {
        let _ = write!(
            page,
            "\n{}\n{}",
            Heading::Excluded.say(language),
            excluded(shortlist, language)
        );
    }
    page
}

fn pillar_part(pillar: &PillarShortlist, language: Language) -> String {
    let name = text::pillar(pillar.pillar);
    let title = Heading::Places { pillar: &name, places: pillar.places };
    let mut part = format!("{}\n", title.say(language));
    if !pillar.entries.is_empty() {
        let mut table = Table::new(&[
            (Label::Rank.say(language), Side::Right),
            (Label::Code.say(language), Side::Left),
            (Label::Name.say(language), Side::Left),
            (Label::Value.say(language), Side::Right),
            (Label::Cut.say(language), Side::Left),
        ]);
        for entry in &pillar.entries {
            table.push([
                entry.rank.to_string(),
                id(&entry.region).to_owned(),
                entry.region_display_name.clone(),
                shown(entry.value.as_ref(), language),
                if entry.tied_at_cut { "=".to_owned() } else { String::new() },
            ]);
        }
        part += &table.render();
    }
    if pillar.undecided_places > 0 {
        let undecided = Heading::Undecided { places: pillar.undecided_places };
        let _ = writeln!(part, "{}", undecided.say(language));
    }
    if pillar.vacant_places > 0 {
        let vacant = Heading::Vacant { places: pillar.vacant_places };
        let _ = writeln!(part, "{}", vacant.say(language));
    }
    if !pillar.without_value.is_empty() {
        let names = pillar.without_value.iter().map(|region| plain(&region.region_display_name));
        let names = names.collect::<Vec<_>>().join(", ");
        let _ = writeln!(part, "{}", Heading::WithoutValue { names: &names }.say(language));
    }
    part
}

/// Who is not eligible, with the rules that they do not meet.
fn excluded(shortlist: &Shortlist, language: Language) -> String {
    let mut table = Table::new(&[
        (Label::Code.say(language), Side::Left),
        (Label::Name.say(language), Side::Left),
        (Label::Rule.say(language), Side::Left),
    ]);
    for region in &shortlist.excluded {
        let rules = shortlist.rules.iter().filter(|rule| region.rules.contains(&rule.kind));
        let rules: Vec<_> = rules.map(|rule| text::rule(rule, language)).collect();
        table.push([id(&region.region), &region.region_display_name, &rules.join("; ")]);
    }
    table.render()
}
