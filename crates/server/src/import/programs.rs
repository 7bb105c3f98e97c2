//! Programmes of many regions into the registry.

use std::collections::HashMap;

use serde_json::json;
use takar_domain::{
    audit::ResourceChange,
    import::{Counts, Effect, Entry},
    registry::Program,
};
use takar_proto::v1;
use takar_store::{StagedRow, Write};
use tokio::task::yield_now;

use super::{batch::Written, messages::Reporter, plan::Part};
use crate::{convert, etag::tag, write::change_between};

/// Writes rows with programmes.
pub(super) async fn write(write: &mut Write, part: Part<'_>, reporter: &Reporter) -> Written {
    write.keep_programs(&part.regions()).await?;
    let staged: Vec<_> = part
        .rows
        .iter()
        .map(|row| StagedRow {
            number: row.number,
            region: &part.plan.regions[row.region],
            entry: &row.entry,
            evaluation: None,
        })
        .collect();
    write.stage_import_rows(&staged, |count| reporter.staged(count)).await?;
    reporter.writing(0);
    let there = write.staged_programs_there().await?;
    let there = there.into_iter().map(|there| (there.row, there.program)).collect();
    let faults = write.staged_programs_in_use().await?;
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    // While the database writes, we work out what is to be told of it.
    let (written, told) = tokio::join!(write.write_staged_programs(), tell(part, &there));
    written?;
    write.discard_import_rows().await?;
    let (counts, entries) = told;
    for changes in entries {
        for change in changes {
            write.changed(change);
        }
        write.end_entry();
    }
    Ok(Ok(counts))
}

/// What the rows do, and what the audit trail says of it, region by region.
async fn tell(part: Part<'_>, there: &HashMap<u32, Program>) -> (Counts, Vec<Vec<ResourceChange>>) {
    let mut counts = Counts::default();
    let mut entries = Vec::new();
    for (_, rows) in part.by_region() {
        let mut changes = Vec::new();
        for row in rows {
            let Entry::Program(program) = &row.entry else { continue };
            let before = there.get(&row.number);
            let effect = effect(before, program);
            counts.count(effect);
            match (effect, before) {
                (Effect::Updated, Some(before)) => changes.push(change(before, program)),
                (Effect::Created, _) => changes.push(registered(program)),
                _ => {}
            }
        }
        entries.push(changes);
        // Others have their turn.
        yield_now().await;
    }
    (counts, entries)
}

fn effect(before: Option<&Program>, program: &Program) -> Effect {
    // As they are shown: an amount may get further zeros.
    let shown = |program: &Program| convert::program(program.clone());
    Effect::of(before.map(shown).as_ref(), &shown(program))
}

fn change(before: &Program, after: &Program) -> ResourceChange {
    let shown = |program: &Program| tag(convert::program(program.clone()));
    change_between(Some(&shown(before)), Some(&shown(after)))
}

/// What the trail says of a new programme: its etag, which is a hash of all that it shows. Its content
/// is in the file, whose hash the trail has, and in the registry; all of it for each of tens of
/// thousands would make the trail the slower half of an import.
fn registered(program: &Program) -> ResourceChange {
    let v1::Program { name, etag, .. } = tag(convert::program(program.clone()));
    ResourceChange::between(name, None, Some(json!({ "etag": etag })))
}
