//! `ExportService`: what is published, as files, and the catalogue of them.

use std::{num::NonZeroU32, sync::Arc};

use takar_proto::{
    google::api::HttpBody,
    v1::{self, export_service_server::ExportService as Service},
};
use takar_store::{AsOf, Exported, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, metadata::MetadataValue};

use super::{
    catalog,
    catalog_settings::CatalogSettings,
    form::{Form, Format},
    pipeline::{self, Page, Pages},
    request::Asked,
    scorecards::{self, CyclePage},
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
        let table = scorecards::table(&exported, cycle, asked.layout);
        let file_name = file_name(&table, asked.format);
        let (answers, files) = mpsc::channel(ANSWERS_AHEAD);
        let store = self.store.clone();
        tokio::spawn(async move {
            make(&store, exported, table, &asked, answers).await;
            drop(place);
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

    async fn export_scorecards(
        &self,
        request: Request<v1::ExportScorecardsRequest>,
    ) -> Result<Response<Files>, Status> {
        let asked = Asked::parse(request.into_inner()).map_err(Error::from)?;
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
    answers: pipeline::Answers,
) {
    let Asked { format, layout, .. } = *asked;
    let as_of = time(exported.as_of);
    let is_one_cycle = asked.cycle.is_some();
    let read = |pages: Pages<CyclePage>| async move {
        for cycle in &exported.cycles {
            let as_of = AsOf::Time(exported.as_of);
            let survey = store.survey(&cycle.id, &exported.population, as_of).await?;
            let published_as = store.published_as(&cycle.id, exported.as_of).await?;
            pages.send(Page::Of(CyclePage { survey, published_as })).await;
        }
        pages.send(Page::End).await;
        Ok(())
    };
    let write = move |mut pages: pipeline::PagesIn<CyclePage>, sink| {
        let mut form: Box<dyn Form> = format.begin(table, sink)?;
        while let Some(page) = pages.next()? {
            scorecards::write(&page, layout, &as_of, form.as_mut())?;
            if is_one_cycle {
                scorecards::note_missing(&page.survey, form.as_mut());
            }
        }
        form.end()
    };
    pipeline::run(format.media_type(), read, write, answers).await;
}

/// `takar-scorecards-2022.csv`.
fn file_name(table: &Table, format: Format) -> String {
    format!("takar-scorecards-{}.{}", table.subject, format.extension())
}
