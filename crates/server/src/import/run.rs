//! An import, in one transaction or in one for each region.

use takar_domain::{
    import::{Atomicity, Counts, Import, Outcome, RowFault, State},
    vocabulary::Role,
};
use takar_proto::v1;
use takar_store::{Begun, Call, ImportRegion, Store, Write};

use super::{
    batch::{self, Written},
    messages::Reporter,
    plan::{Part, Plan, PlannedRow},
};
use crate::{
    access::Admission,
    convert::{self, ImportAsked},
    error::Error,
    write::changed,
};

/// An import that is to be carried out.
pub(super) struct Run {
    store: Store,
    call: Call,
    role: Role,
    asked: ImportAsked,
    plan: Plan,
}

/// What an import came to, and whether it had before.
struct Ended {
    import: Import,
    already: bool,
}

impl Run {
    pub(super) fn new(
        store: &Store,
        admission: Admission,
        mut asked: ImportAsked,
        plan: Plan,
    ) -> Self {
        let Admission { role, view: _, call } = admission;
        // The rows are all that is needed of it from here on.
        asked.data.clear();
        Self { store: store.clone(), call, role, asked, plan }
    }

    /// How many rows the file has.
    pub(super) const fn rows(&self) -> usize {
        self.plan.count
    }

    /// Carries the import out.
    ///
    /// # Errors
    /// Where it can't be carried out; rows at fault are no error.
    pub(super) async fn carry_out(
        &self,
        reporter: &Reporter,
    ) -> Result<v1::ImportRowsResponse, Error> {
        reporter.checked();
        let by_region = self.asked.order.atomicity == Atomicity::Region;
        let ended = match (self.asked.validate_only, by_region) {
            (true, _) => self.validate(reporter).await?,
            (false, false) => self.whole(reporter).await?,
            (false, true) => self.region_by_region(reporter).await?,
        };
        let Ended { import, already } = ended;
        Ok(convert::import_ended(import, self.asked.validate_only, already))
    }

    /// Does all that an import does, and lets go of it.
    async fn validate(&self, reporter: &Reporter) -> Result<Ended, Error> {
        let mut faults = self.plan.faults.clone();
        let mut counts = Counts::default();
        let parts: Vec<_> = match self.asked.order.atomicity {
            Atomicity::File => vec![(&self.plan.rows[..], self.plan.faults.is_empty())],
            Atomicity::Region => {
                let regions = self.plan.by_region();
                regions.map(|(_, rows, is_right)| (&self.plan.rows[rows], is_right)).collect()
            }
        };
        let mut done = 0;
        for (rows, is_right) in parts {
            let mut write = self.begin().await?;
            match self.write(&mut write, rows, reporter).await? {
                Ok(written) if is_right => counts = sum(counts, written),
                Ok(_) => {}
                Err(further) => faults.extend(further),
            }
            done += rows.len();
            reporter.writing(done);
        }
        if self.asked.order.atomicity == Atomicity::File {
            counts.regions_written = if faults.is_empty() { self.plan.regions.len() } else { 0 };
        }
        let mut write = self.begin().await?;
        let now = write.now().await?;
        let import = Import {
            order: self.asked.order.clone(),
            outcome: self.outcome().ended(counts, faults),
            principal: write.caller().principal,
            create_time: now,
            update_time: now,
        };
        Ok(Ended { import, already: false })
    }

    /// Writes all rows or none.
    async fn whole(&self, reporter: &Reporter) -> Result<Ended, Error> {
        let mut write = self.begin().await?;
        let (_, before) = write.claim_import(&self.asked.order, &self.outcome()).await?;
        if let Some(ended) = already(before.as_ref()) {
            return Ok(ended);
        }
        let written = self.write(&mut write, &self.plan.rows, reporter).await?;
        let mut faults = self.plan.faults.clone();
        match written {
            Ok(mut counts) if faults.is_empty() => {
                counts.regions_written = self.plan.regions.len();
                reporter.writing(self.plan.count);
                self.settle(write, counts, faults, before.as_ref()).await
            }
            Ok(_) => self.refuse(write, faults).await,
            Err(further) => {
                faults.extend(further);
                self.refuse(write, faults).await
            }
        }
    }

    /// Lets go of what was written, and keeps what was wrong.
    async fn refuse(&self, written: Box<Write>, faults: Vec<RowFault>) -> Result<Ended, Error> {
        written.abandon().await?;
        let mut write = self.begin().await?;
        let (_, before) = write.claim_import(&self.asked.order, &self.outcome()).await?;
        if let Some(ended) = already(before.as_ref()) {
            return Ok(ended);
        }
        self.settle(write, Counts::default(), faults, before.as_ref()).await
    }

    /// Writes the rows of each region or none of it. Regions that are written are left alone when the
    /// same import comes again.
    async fn region_by_region(&self, reporter: &Reporter) -> Result<Ended, Error> {
        let mut write = self.begin().await?;
        let (claimed, before) = write.claim_import(&self.asked.order, &self.outcome()).await?;
        if let Some(ended) = already(before.as_ref()) {
            return Ok(ended);
        }
        let begun = write.settle_import(&self.asked.order, &running(&claimed)).await?;
        note(&mut write, before.as_ref(), &begun);
        write.commit(&[]).await?;

        let mut faults = self.plan.faults.clone();
        let mut done = 0;
        for (region, rows, is_right) in self.plan.by_region() {
            let rows = &self.plan.rows[rows];
            if is_right {
                faults.extend(self.one_region(region, rows, reporter).await?);
            }
            done += rows.len();
            reporter.writing(done);
        }

        let mut write = self.begin().await?;
        let (begun, _) = write.claim_import(&self.asked.order, &self.outcome()).await?;
        let counts = write.import_counts(&self.asked.order.id()).await?;
        self.settle(write, counts, faults, Some(&begun)).await
    }

    /// Writes the rows of one region; what is wrong in them, where none is written.
    async fn one_region(
        &self,
        region: &ImportRegion,
        rows: &[PlannedRow],
        reporter: &Reporter,
    ) -> Result<Vec<RowFault>, Error> {
        let id = self.asked.order.id();
        let mut write = self.begin().await?;
        if !write.claim_import_region(&id, region).await? {
            return Ok(Vec::new());
        }
        match self.write(&mut write, rows, reporter).await? {
            Ok(counts) => {
                write.settle_import_region(&id, region, &counts).await?;
                write.commit(&[]).await?;
                Ok(Vec::new())
            }
            Err(faults) => {
                write.abandon().await?;
                Ok(faults)
            }
        }
    }

    async fn write(&self, write: &mut Write, rows: &[PlannedRow], reporter: &Reporter) -> Written {
        let part = Part { order: &self.asked.order, plan: &self.plan, rows };
        batch::write(write, part, reporter).await
    }

    /// Keeps how the import ended.
    async fn settle(
        &self,
        mut write: Box<Write>,
        counts: Counts,
        faults: Vec<RowFault>,
        before: Option<&Import>,
    ) -> Result<Ended, Error> {
        let outcome = self.outcome().ended(counts, faults);
        let import = write.settle_import(&self.asked.order, &outcome).await?;
        note(&mut write, before, &import);
        write.commit(&[]).await?;
        Ok(Ended { import, already: false })
    }

    fn outcome(&self) -> Outcome {
        Outcome::running(self.plan.count, self.plan.regions.len())
    }

    async fn begin(&self) -> Result<Box<Write>, Error> {
        match self.store.begin(self.call.clone(), self.role, None).await? {
            Begun::Write(write) => Ok(write),
            // Only with a key is an answer kept.
            Begun::Answered(_) => Err(Error::NotAdmitted),
        }
    }
}

/// An import that was carried out before.
fn already(before: Option<&Import>) -> Option<Ended> {
    let import = before.filter(|import| import.outcome.state == State::Succeeded)?;
    Some(Ended { import: import.clone(), already: true })
}

/// The same import, under way.
fn running(import: &Import) -> Outcome {
    Outcome { state: State::Running, ..import.outcome.clone() }
}

/// Notes for the audit trail what became of an import; its faults are in the import itself.
fn note(write: &mut Write, before: Option<&Import>, after: &Import) {
    let shown = |import: &Import| {
        let outcome = Outcome { errors: Vec::new(), ..import.outcome.clone() };
        convert::import(Import { outcome, ..import.clone() }, false)
    };
    changed(write, before.map(shown).as_ref(), Some(&shown(after)));
    write.end_entry();
}

fn sum(one: Counts, other: Counts) -> Counts {
    Counts {
        rows_created: one.rows_created + other.rows_created,
        rows_updated: one.rows_updated + other.rows_updated,
        rows_unchanged: one.rows_unchanged + other.rows_unchanged,
        // A part is a region.
        regions_written: one.regions_written + 1,
        evaluations_created: one.evaluations_created + other.evaluations_created,
    }
}
