//! What is exported: scorecards or their summary.

use std::{collections::HashMap, io};

use takar_domain::{
    name::{CycleId, RegionCode},
    population::Survey,
};
use takar_store::{AsOf, Exported, PublishedAs, Store};

use super::{
    facts::note_coverage,
    form::Form,
    scorecards::{self, Layout},
    summaries,
    table::Table,
};
use crate::error::Error;

/// What the rows of an export are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Scorecards(Layout),
    Summary,
}

/// What is published of one cycle.
pub(super) struct CyclePage {
    survey: Survey,
    /// Of scorecards only.
    published_as: HashMap<RegionCode, PublishedAs>,
}

impl Subject {
    /// The table of an export of this cycle, or of all.
    pub(super) fn table(self, exported: &Exported, cycle: Option<&CycleId>) -> Table {
        match self {
            Self::Scorecards(layout) => scorecards::table(exported, cycle, layout),
            Self::Summary => summaries::table(exported, cycle),
        }
    }

    /// Reads what is published of one cycle.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn read(
        self,
        store: &Store,
        exported: &Exported,
        cycle: &CycleId,
    ) -> Result<CyclePage, Error> {
        let as_of = AsOf::Time(exported.as_of);
        let survey = store.survey(cycle, &exported.population, as_of).await?;
        let published_as = match self {
            Self::Scorecards(_) => store.published_as(cycle, exported.as_of).await?,
            Self::Summary => HashMap::new(),
        };
        Ok(CyclePage { survey, published_as })
    }

    /// Writes the rows of one cycle, the only one or one of several.
    ///
    /// # Errors
    /// Where the form can't write them.
    pub(super) fn write(
        self,
        page: &CyclePage,
        (as_of, is_one_cycle): (&str, bool),
        form: &mut dyn Form,
    ) -> io::Result<()> {
        let CyclePage { survey, published_as } = page;
        match self {
            Self::Scorecards(layout) => {
                scorecards::write(survey, published_as, (layout, as_of), form)?;
            }
            Self::Summary => summaries::write(survey, as_of, form)?,
        }
        note_coverage(survey, is_one_cycle, form);
        Ok(())
    }
}
