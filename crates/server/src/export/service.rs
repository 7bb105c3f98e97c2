//! `ExportService`: what is published, as files, and the catalogue of them.

use std::{num::NonZeroU32, sync::Arc};

use takar_proto::{
    google::api::HttpBody,
    v1::{self, export_service_server::ExportService as Service},
};
use takar_store::{Exported, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, metadata::MetadataValue};

use super::{
    catalog,
    catalog_settings::CatalogSettings,
    form::{Form, Format},
    pipeline::{self, Answers, Page, Pages, PagesIn},
    request::Asked,
    subject::CyclePage,
    table::{Table, time},
};
use crate::error::{Error, answer};

/// Answers that wait for the transport, beside those that it holds itself.
const ANSWERS_AHEAD: usize = 1;

/// What a file is to be called, for clients that store it.
const CONTENT_DISPOSITION: &str = "content-disposition";

pub(crate) struct ExportService {
    store: Store,
    /// The exports that may yet begin.
    places: Arc<Semaphore>,
    max_exports: NonZeroU32,
    catalog: Option<CatalogSettings>,
}

impl ExportService {
    pub(crate) fn new(
        store: Store,
        max_exports: NonZeroU32,
        catalog: Option<CatalogSettings>,
    ) -> Self {
        let places = Semaphore::new(usize::try_from(max_exports.get()).unwrap_or(usize::MAX));
        Self { store, places: Arc::new(places), max_exports, catalog }
    }

    fn enter(&self) -> Result<OwnedSemaphorePermit, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Error::TooManyExports(self.max_exports))
    }

    async fn export(&self, asked: Asked) -> Result<Response<Files>, Error> {
        let place = self.enter()?;
        let cycle = asked.cycle.as_ref();
        let exported = self.store.exported(cycle, &asked.population, asked.as_of).await?;
        let table = asked.subject.table(&exported, cycle);
        let file_name = file_name(&table, asked.format);
        let (answers, files) = mpsc::channel(ANSWERS_AHEAD);
        let store = self.store.clone();
        tokio::spawn(async move {
            let made = make(&store, exported, table, &asked, &answers).await;
            // Before the client is told: one that takes nothing would keep it.
            drop(place);
            if let Err(error) = made {
                // Who has gone meanwhile needs no telling.
                let _ = answers.send(Err(error.into())).await;
            }
        });
        let mut response = Response::new(ReceiverStream::new(files));
        let disposition = format!("attachment; filename=\"{file_name}\"");
        if let Ok(disposition) = MetadataValue::try_from(disposition) {
            response.metadata_mut().insert(CONTENT_DISPOSITION, disposition);
        }
        Ok(response)
    }
}

/// A file in pieces.
type Files = ReceiverStream<Result<HttpBody, Status>>;

#[tonic::async_trait]
impl Service for ExportService {
    type ExportScorecardsStream = Files;
    type ExportSummaryStream = Files;

    async fn export_scorecards(
        &self,
        request: Request<v1::ExportScorecardsRequest>,
    ) -> Result<Response<Files>, Status> {
        let asked = Asked::scorecards(request.into_inner()).map_err(Error::from)?;
        Ok(self.export(asked).await?)
    }

    async fn export_summary(
        &self,
        request: Request<v1::ExportSummaryRequest>,
    ) -> Result<Response<Files>, Status> {
        let asked = Asked::summary(request.into_inner()).map_err(Error::from)?;
        Ok(self.export(asked).await?)
    }

    async fn get_catalog(
        &self,
        request: Request<v1::GetCatalogRequest>,
    ) -> Result<Response<v1::Catalog>, Status> {
        answer(async {
            let v1::GetCatalogRequest {} = request.into_inner();
            let settings = self.catalog.as_ref().ok_or(Error::NoPublicUrl)?;
            Ok(catalog::catalog(settings, &self.store.published_cycles().await?))
        })
        .await
    }
}

/// Makes the file, cycle by cycle.
async fn make(
    store: &Store,
    exported: Exported,
    table: Table,
    asked: &Asked,
    answers: &Answers,
) -> Result<(), Error> {
    let Asked { format, subject, .. } = *asked;
    let as_of = time(exported.as_of);
    let is_one_cycle = asked.cycle.is_some();
    let read = |pages: Pages<CyclePage>| async move {
        for cycle in &exported.cycles {
            let page = subject.read(store, &exported, &cycle.id).await?;
            pages.send(Page::Of(page)).await;
        }
        pages.send(Page::End).await;
        Ok(())
    };
    let write = move |mut pages: PagesIn<CyclePage>, sink| {
        let mut form: Box<dyn Form> = format.begin(table, sink)?;
        while let Some(page) = pages.next()? {
            subject.write(&page, (&as_of, is_one_cycle), form.as_mut())?;
        }
        form.end()
    };
    pipeline::run(format.media_type(), read, write, answers).await
}

/// `takar-scorecards-2022.csv`.
fn file_name(table: &Table, format: Format) -> String {
    format!("takar-{}-{}.{}", table.name, table.subject, format.extension())
}
