//! `ImportService`: spreadsheets of many regions.
//!
//! ```text
//! file --(spreadsheet)--> rows --(plan)--> regions' rows --(batch)--> one transaction
//! ```
//!
//! In reading order: [`plan`] reads a file as far as that goes without looking at what is written
//! already, [`run`] takes all of it in one transaction or each region in its own, [`batch`] is one such
//! transaction ([`programs`], [`evaluations`]), [`messages`] is the stream that tells of it.

mod batch;
mod evaluations;
mod messages;
mod plan;
mod programs;
mod run;

use std::{sync::Arc, time::Duration};

use takar_domain::instrument::Instrument;
use takar_proto::v1::{self, import_service_server::ImportService as Service};
use takar_store::{ImportFilter, Store};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

use self::{messages::Messages, plan::Plan, run::Run};
use crate::{
    access::admission,
    convert::{self, ImportAsked},
    error::{Error, answer},
    freshness::SettleLayer,
    name,
    page::{self, FilterHash},
};

/// How many imports a server works on at once; others wait. Each holds its file and its rows, at most
/// some hundred megabytes, and the database has no use for more either.
const AT_ONCE_MAX: usize = 2;

/// How long an import may take: 100,000 rows take seconds, and several hundred regions one by one take
/// a minute on a slow disk. What is cut off goes on where it was when it comes again.
const TIME_MAX: Duration = Duration::from_mins(10);

pub(crate) struct ImportService {
    store: Store,
    settle: SettleLayer,
    turns: Arc<Semaphore>,
}

impl ImportService {
    pub(crate) fn new(store: Store, settle: SettleLayer) -> Self {
        Self { store, settle, turns: Arc::new(Semaphore::new(AT_ONCE_MAX)) }
    }

    /// Reads the file, and whatever else of the request can be refused before anything is written.
    async fn plan(&self, asked: ImportAsked) -> Result<(Plan, ImportAsked), Error> {
        let asked = match asked.order.region.clone() {
            None => asked,
            Some(code) => {
                let mut asked = asked;
                asked.order.region = Some(self.store.region(&code).await?.code);
                asked
            }
        };
        let instrument = self.instrument(&asked).await?;
        let (read, asked) = tokio::task::spawn_blocking(move || {
            plan::read(&asked, instrument.as_ref()).map(|read| (read, asked))
        })
        .await
        .map_err(Error::Panicked)??;
        let regions = self.store.import_regions(&read.codes()).await?;
        Ok((Plan::new(read, &regions, asked.order.region.as_ref()), asked))
    }

    /// The instrument of the cycle, whose scale scores are on; also makes sure that there is the cycle.
    async fn instrument(&self, asked: &ImportAsked) -> Result<Option<Instrument>, Error> {
        let Some(cycle) = &asked.order.cycle else { return Ok(None) };
        let cycle = self.store.cycle(cycle).await?;
        Ok(Some(self.store.instrument(&cycle.instrument).await?))
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Service for ImportService {
    type ImportRowsStream = Messages;

    async fn import_rows(&self, request: Request<v1::ImportRowsRequest>) -> Answer<Messages> {
        answer(async {
            let admission = admission(&request)?;
            let asked = convert::parse_import_rows(request.into_inner())?;
            if !asked.order.kind.is_written_by(admission.role) {
                return Err(Error::NotPermitted);
            }
            let turn =
                Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::NotAdmitted)?;
            let (plan, asked) = self.plan(asked).await?;
            let run = Run::new(&self.store, admission, asked, plan);
            Ok(Messages::of(run, self.settle.clone(), turn))
        })
        .await
    }

    async fn get_import(&self, request: Request<v1::GetImportRequest>) -> Answer<v1::Import> {
        answer(async {
            let v1::GetImportRequest { name } = request.into_inner();
            let (region, id) = name::import(&name).map_err(|fault| fault.at("name"))?;
            Ok(convert::import(self.store.import(region.as_ref(), &id).await?, false))
        })
        .await
    }

    async fn list_imports(
        &self,
        request: Request<v1::ListImportsRequest>,
    ) -> Answer<v1::ListImportsResponse> {
        answer(async {
            let v1::ListImportsRequest { parent, page_size, page_token, count_total } =
                request.into_inner();
            let hash = FilterHash::new("ListImports", &[&parent]);
            let region = name::import_parent(&parent).map_err(|fault| fault.at("parent"))?;
            let filter = ImportFilter { region };
            let page = page::parse(page_size, &page_token, &hash, page::parse_number)?;
            let mut imports = self.store.imports(&filter, &page).await?;
            let next_page_token =
                page::cut(&mut imports, &page, &hash, |(position, _)| position.to_string());
            let total_size = page::total(count_total, || self.store.count_imports(&filter)).await?;
            let imports =
                imports.into_iter().map(|(_, import)| convert::import(import, false)).collect();
            Ok(v1::ListImportsResponse { imports, next_page_token, total_size })
        })
        .await
    }
}
