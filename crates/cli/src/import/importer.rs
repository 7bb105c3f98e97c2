//! Sends the content of files to a server, and leaves alone what is there.

use std::collections::HashMap;

use indicatif::{ProgressBar, ProgressStyle};
use prost::Message;
use takar_proto::v1::{
    self, BatchCreateRegionsRequest, CreateCohortRequest, CreateCycleRequest,
    CreateInstrumentRequest, CreateRegionRequest, GetCohortRequest, GetCycleRequest,
    GetInstrumentRequest, GetRegionRequest, ListRegionsRequest,
};
use tonic::{Code, Response, Status};

use super::{
    Content, Difference, difference,
    regions::{FormerCodeRow, RegionRow},
};
use crate::{
    client::{Client, Connection, all_pages},
    error::Error,
    region::id,
};

/// The most regions of one request, which the server takes or refuses as a whole.
const BATCH_SIZE: usize = 1_000;

/// What happens where something is there already with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDifference {
    /// The import ends with an error: a file must not be thought imported when it isn't.
    Refuse,
    /// What is there stays: sample data never undo an operator's work.
    Keep,
}

/// Imports one file after the other.
#[derive(Debug)]
pub(crate) struct Importer {
    pub(super) client: Client,
    pub(super) on_difference: OnDifference,
    bar: ProgressBar,
    imported: Imported,
}

/// What became of a file.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// How many things were written.
    pub(crate) created: usize,
    /// How many were there already.
    pub(crate) existing: usize,
    /// How many can't be written before the evaluation is in review.
    pub(crate) waiting: usize,
    /// What was there with other content, and stays so.
    pub(crate) kept: Vec<String>,
}

impl Importer {
    /// An importer into the server of `client`.
    pub(crate) fn new(client: Client, on_difference: OnDifference) -> Self {
        Self { client, on_difference, bar: ProgressBar::hidden(), imported: Imported::default() }
    }

    /// Imports the content of one file. What it sends before an error stays; importing it again
    /// goes on from there.
    ///
    /// # Errors
    /// Where the server refuses or fails, or what is there already differs and must not.
    pub(crate) async fn import(&mut self, content: &Content) -> Result<Imported, Error> {
        self.imported = Imported::default();
        self.bar = progress_bar(content.items());
        let outcome = match content {
            Content::Regions(regions) => self.regions(regions).await,
            Content::FormerCodes(codes) => self.former_codes(codes).await,
            Content::Instrument(instrument) => self.instrument(instrument).await,
            Content::Cycle(cycle) => self.cycle(cycle).await,
            Content::Cohort(cohort) => self.cohort(cohort).await,
            Content::Evaluation(file) => self.evaluation(file).await,
        };
        self.bar.finish_and_clear();
        outcome.map(|()| std::mem::take(&mut self.imported))
    }

    async fn regions(&mut self, regions: &[RegionRow]) -> Result<(), Error> {
        let existing = self.existing_regions().await?;
        let mut missing = Vec::new();
        for row in regions {
            let mut region = row.to_message();
            match existing.get(&region.name) {
                None => missing.push(CreateRegionRequest {
                    region_id: row.code.clone(),
                    region: Some(region),
                    request_id: String::new(),
                }),
                Some(existing) => {
                    if row.former_codes.is_empty() {
                        // The file says nothing of former codes.
                        region.former_codes.clone_from(&existing.former_codes);
                    }
                    let differences = difference::between("Region", &region, existing);
                    self.settle(&region.name, differences)?;
                }
            }
        }
        for requests in missing.chunks(BATCH_SIZE) {
            let request = BatchCreateRegionsRequest {
                requests: requests.to_vec(),
                request_id: String::new(),
            };
            self.client.registry.batch_create_regions(request).await?;
            self.created(requests.len());
        }
        Ok(())
    }

    async fn existing_regions(&mut self) -> Result<HashMap<String, v1::Region>, Error> {
        let registry = &mut self.client.registry;
        let regions = all_pages(None, async |page_token, page_size| {
            let request =
                ListRegionsRequest { page_size, page_token, ..ListRegionsRequest::default() };
            let answer = registry.list_regions(request).await?.into_inner();
            Ok((answer.regions, answer.next_page_token))
        })
        .await?;
        Ok(regions.into_iter().map(|region| (region.name.clone(), region)).collect())
    }

    /// Checks that former codes lead to their regions: they are registered with them.
    async fn former_codes(&mut self, codes: &[FormerCodeRow]) -> Result<(), Error> {
        for row in codes {
            let found = self.region(&row.code).await;
            let unknown = Error::FormerCode {
                code: row.code.clone(),
                region: format!("regions/{}", row.region),
            };
            match found {
                Ok(region) if region.code == row.region => self.existing(1),
                Ok(_) => return Err(unknown),
                Err(Error::Status(status)) if status.code() == Code::NotFound => {
                    return Err(unknown);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn instrument(&mut self, instrument: &v1::Instrument) -> Result<(), Error> {
        let name = instrument.name.clone();
        let create = CreateInstrumentRequest {
            instrument_id: id(&name).to_owned(),
            instrument: Some(instrument.clone()),
            request_id: String::new(),
        };
        let get = GetInstrumentRequest { name: name.clone() };
        let (mut creating, mut getting) = self.two_registries();
        let create = creating.create_instrument(create);
        let existing = existing(create, getting.get_instrument(get)).await?;
        self.compare("Instrument", &name, instrument, existing.as_ref())
    }

    async fn cycle(&mut self, cycle: &v1::Cycle) -> Result<(), Error> {
        let name = cycle.name.clone();
        let create = CreateCycleRequest {
            cycle_id: id(&name).to_owned(),
            cycle: Some(cycle.clone()),
            request_id: String::new(),
        };
        let get = GetCycleRequest { name: name.clone() };
        let (mut creating, mut getting) = self.two_registries();
        let existing = existing(creating.create_cycle(create), getting.get_cycle(get)).await?;
        self.compare("Cycle", &name, cycle, existing.as_ref())
    }

    async fn cohort(&mut self, cohort: &v1::Cohort) -> Result<(), Error> {
        for (index, member) in cohort.members.iter().enumerate() {
            let place = format!("members[{index}]");
            self.check_region(&place, id(&member.region), &member.display_name).await?;
        }
        let name = cohort.name.clone();
        let create = CreateCohortRequest {
            cohort_id: id(&name).to_owned(),
            cohort: Some(cohort.clone()),
            request_id: String::new(),
        };
        let get = GetCohortRequest { name: name.clone() };
        let (mut creating, mut getting) = self.two_registries();
        let existing = existing(creating.create_cohort(create), getting.get_cohort(get)).await?;
        self.compare("Cohort", &name, cohort, existing.as_ref())
    }

    pub(super) fn two_registries(&self) -> (Registry, Registry) {
        (self.client.registry.clone(), self.client.registry.clone())
    }

    pub(super) async fn region(&mut self, code: &str) -> Result<v1::Region, Error> {
        let name = format!("regions/{code}");
        let answer = self.client.registry.get_region(GetRegionRequest { name }).await?;
        Ok(answer.into_inner())
    }

    /// Checks that a code is current and has the name that the file gives beside it, so that a
    /// wrong code cannot slip in unseen.
    pub(super) async fn check_region(
        &mut self,
        place: &str,
        code: &str,
        name: &str,
    ) -> Result<(), Error> {
        let region = self.region(code).await?;
        if region.display_name != name {
            return Err(Error::RegionName {
                place: place.to_owned(),
                code: code.to_owned(),
                named: name.to_owned(),
                is: region.display_name,
            });
        }
        if region.code != code {
            return Err(Error::RegionCode {
                place: place.to_owned(),
                code: code.to_owned(),
                current: region.code,
            });
        }
        Ok(())
    }

    /// Notes that something was created, or compares it with what was there.
    pub(super) fn compare<M: Message>(
        &mut self,
        kind: &str,
        name: &str,
        wanted: &M,
        existing: Option<&M>,
    ) -> Result<(), Error> {
        match existing {
            None => {
                self.created(1);
                Ok(())
            }
            Some(existing) => self.settle(name, difference::between(kind, wanted, existing)),
        }
    }

    /// Notes that something is there already, or decides about its differences.
    pub(super) fn settle(
        &mut self,
        resource: &str,
        differences: Vec<Difference>,
    ) -> Result<(), Error> {
        if !differences.is_empty() {
            self.keep(resource, |resource| Error::Different { resource, differences })?;
        }
        self.existing(1);
        Ok(())
    }

    /// Keeps what differs, or refuses it with an error.
    pub(super) fn keep(
        &mut self,
        resource: &str,
        refusal: impl FnOnce(String) -> Error,
    ) -> Result<(), Error> {
        match self.on_difference {
            OnDifference::Refuse => Err(refusal(resource.to_owned())),
            OnDifference::Keep => {
                self.imported.kept.push(resource.to_owned());
                Ok(())
            }
        }
    }

    /// Notes that an evaluation stays as people left it.
    pub(super) fn keep_as_it_is(&mut self, resource: String) {
        self.imported.kept.push(resource);
    }

    pub(super) fn has_kept(&self) -> bool {
        !self.imported.kept.is_empty()
    }

    pub(super) fn created(&mut self, count: usize) {
        self.imported.created += count;
        self.bar.inc(count as u64);
    }

    pub(super) fn waiting(&mut self, count: usize) {
        self.imported.waiting += count;
    }

    pub(super) fn existing(&mut self, count: usize) {
        self.imported.existing += count;
        self.bar.inc(count as u64);
    }
}

type Registry = v1::registry_service_client::RegistryServiceClient<Connection>;

/// Creates something, or gets what is there already.
pub(super) async fn existing<M>(
    create: impl Future<Output = Result<Response<M>, Status>>,
    get: impl Future<Output = Result<Response<M>, Status>>,
) -> Result<Option<M>, Error> {
    match create.await {
        Ok(_) => Ok(None),
        Err(status) if status.code() == Code::AlreadyExists => Ok(Some(get.await?.into_inner())),
        Err(status) => Err(status.into()),
    }
}

/// A bar on standard error; hidden where that is no terminal.
pub(super) fn progress_bar(items: usize) -> ProgressBar {
    let bar = ProgressBar::new(items as u64);
    // The template is ours; a wrong one would only leave the usual look.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}
