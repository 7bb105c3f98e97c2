//! The listener: services, health, reflection, limits and the drain.

use std::{future::Future, io, num::NonZeroU32, sync::Arc, time::Duration};

use takar_domain::evidence_file::FILE_MAX_BYTES;
use takar_objects::Objects;
use takar_proto::{
    DESCRIPTOR_SET, FRESHNESS_DESCRIPTOR_SET,
    gateway::freshness_service_server::FreshnessServiceServer,
    v1::{
        access_service_server::AccessServiceServer,
        evaluation_service_server::EvaluationServiceServer,
        evidence_service_server::EvidenceServiceServer, export_service_server::ExportServiceServer,
        import_service_server::ImportServiceServer, registry_service_server::RegistryServiceServer,
        simulation_service_server::SimulationServiceServer,
    },
};
use takar_store::{ConnectionSettings, Store};
use takar_tls::Acceptor;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::oneshot,
    time::sleep,
};
use tokio_stream::Stream;
use tonic::{
    service::Routes,
    transport::{
        Server as Transport,
        server::{Connected, TcpIncoming},
    },
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::util::MapResponseLayer;

use crate::{
    access::AccessLayer,
    access_service::{self, AccessService, KeyError},
    analysis::Workbench,
    deadline::DeadlineLayer,
    error::with_error_info,
    evaluation_service::EvaluationService,
    evidence_service::EvidenceService,
    export::{CatalogSettings, ExportService},
    freshness::{self, Freshness, FreshnessService, SettleLayer},
    identity::Identifier,
    import::ImportService,
    observe,
    registry_service::RegistryService,
    simulation_service::SimulationService,
};

/// The name under which health speaks of the whole server.
const WHOLE_SERVER: &str = "";
/// How often health asks the database: soon enough for a load balancer, rare enough to cost nothing.
const DATABASE_CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How often what was kept long enough is thrown away: it is kept for days, so an hour is soon.
const UPKEEP_INTERVAL: Duration = Duration::from_hours(1);
/// Streams that clients reset before we took them on. The gateway resets a stream when its own
/// client hangs up; at the default of 20, a burst of that closes the connection for all others.
const PENDING_RESET_STREAMS_MAX: usize = 4_096;

/// The largest message with a file: the file, and ample room for what is said of it.
#[expect(clippy::cast_possible_truncation, reason = "10 MiB fit everywhere")]
pub(crate) const UPLOAD_MAX_BYTES: usize = FILE_MAX_BYTES as usize + 64 * 1024;

/// What one server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest request message, in bytes; those with a file of evidence have a limit of their own.
    pub max_message_bytes: usize,
    /// How long a call may take, unless its own deadline is sooner.
    pub request_timeout: Duration,
    /// How long calls under way may take to end after the shutdown signal.
    pub drain_timeout: Duration,
    /// How many exports are made at once.
    pub max_exports: NonZeroU32,
    /// How many analyses of robustness are carried out at once; each takes half of the cores.
    pub max_analyses: usize,
    /// How many what-ifs are computed at once.
    pub max_what_ifs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A batch of 1,000 regions is about 200 KB; a body at the gateway's limit fits too.
            max_message_bytes: 4 * 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            // Less than the 30 s after which orchestrators kill.
            drain_timeout: Duration::from_secs(20),
            // Each takes most of a core, some megabytes and, of a workbook, room for temporary files.
            max_exports: const { NonZeroU32::new(4).unwrap() },
            // One at a time has all the threads that analyses get; a second would only slow it down.
            max_analyses: 1,
            // Each takes a core for a fraction of a second, and holds some 20 KB of each region.
            max_what_ifs: 2,
        }
    }
}

/// The gRPC server over a store.
#[derive(Clone, Debug)]
pub struct Server {
    store: Store,
    limits: Limits,
    tls: Option<Acceptor>,
    identifier: Option<Arc<Identifier>>,
    objects: Option<Objects>,
    catalog: Option<CatalogSettings>,
    allows_simulation: bool,
}

/// Why a server stopped serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The descriptors cannot be served by reflection.
    #[error("reflection cannot be set up")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// Analyses get no threads.
    #[error("the threads for analyses can't be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// The listener failed.
    #[error("the gRPC listener failed")]
    Transport(#[source] tonic::transport::Error),
}

impl Server {
    /// A server of this store that takes API keys only, and of evidence links only.
    pub const fn new(store: Store, limits: Limits) -> Self {
        Self {
            store,
            limits,
            tls: None,
            identifier: None,
            objects: None,
            catalog: None,
            allows_simulation: false,
        }
    }

    /// Takes files of evidence too, and keeps them there.
    #[must_use]
    pub fn with_objects(self, objects: Objects) -> Self {
        Self { objects: Some(objects), ..self }
    }

    /// Has a catalogue of what is published too.
    #[must_use]
    pub fn with_catalog(self, catalog: CatalogSettings) -> Self {
        Self { catalog: Some(catalog), ..self }
    }

    /// Fills cycles with made-up results for who may ask for it.
    #[must_use]
    pub fn with_simulation(self) -> Self {
        Self { allows_simulation: true, ..self }
    }

    /// Takes the tokens of an identity provider too.
    #[must_use]
    pub fn with_identifier(self, identifier: Identifier) -> Self {
        Self { identifier: Some(Arc::new(identifier)), ..self }
    }

    /// Serves over TLS.
    #[must_use]
    pub fn with_tls(self, acceptor: Acceptor) -> Self {
        Self { tls: Some(acceptor), ..self }
    }

    /// A server of the database at `url`, after bringing its schema up to this version.
    ///
    /// # Errors
    /// [`takar_store::Error`] where the database is not available or cannot be migrated.
    pub async fn open(url: &str, limits: Limits) -> takar_store::Result<Self> {
        let store = Store::new(url, &ConnectionSettings::default())?;
        store.migrate().await?;
        Ok(Self::new(store, limits))
    }

    /// Creates an API key on behalf of whoever runs the server, and gives its secret, which is shown
    /// this once. The first key can't be made otherwise: the API wants one. A grant is a role, or a
    /// role with its regions, `operator=33.05,33.06` or `integrator=*`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn create_api_key(
        &self,
        display_name: &str,
        grants: &[&str],
    ) -> Result<String, KeyError> {
        access_service::create_for_system(&self.store, display_name, grants).await
    }

    /// Closes the connections to the database, for after [`serve`](Self::serve) on a clone.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Serves on `listener` until `shutdown`, then lets the calls under way end.
    ///
    /// # Errors
    /// [`ServeError`] where the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        match self.tls.clone() {
            None => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                // On the heap, as all services are in it.
                Box::pin(self.serve_on(incoming, shutdown)).await
            }
            Some(acceptor) => {
                let incoming = takar_tls::Listener::new(listener, acceptor);
                Box::pin(self.serve_on(incoming, shutdown)).await
            }
        }
    }

    async fn serve_on<I>(
        self,
        incoming: impl Stream<Item = io::Result<I>>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError>
    where
        I: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    {
        let limits = self.limits;
        let (reporter, health) = tonic_health::server::health_reporter();
        let watch = tokio::spawn(watch_database(reporter.clone(), self.store.clone()));
        let upkeep = tokio::spawn(keep_up(self.store.clone()));
        let freshness = Freshness::default();
        let check = tokio::spawn(freshness::check(freshness.clone(), self.store.clone()));
        let access =
            AccessLayer::new(self.store.clone(), self.identifier.clone(), limits.max_message_bytes);
        let settle = SettleLayer { freshness: freshness.clone(), store: self.store.clone() };
        let router = Transport::builder()
            .http2_max_pending_accept_reset_streams(Some(PENDING_RESET_STREAMS_MAX))
            .layer(observe::set_request_id())
            .layer(observe::trace())
            .layer(observe::propagate_request_id())
            .layer(MapResponseLayer::new(with_error_info))
            .layer(DeadlineLayer { limit: limits.request_timeout })
            .layer(access)
            .layer(settle.clone())
            .add_routes(self.routes(settle)?)
            .add_service(health)
            .add_service(FreshnessServiceServer::new(FreshnessService {
                freshness: freshness.clone(),
            }));

        let (draining, drain_begins) = oneshot::channel();
        let shutdown = async {
            shutdown.await;
            watch.abort();
            upkeep.abort();
            check.abort();
            freshness.end();
            reporter.set_service_status(WHOLE_SERVER, ServingStatus::NotServing).await;
            // Only a server that has stopped already does not listen any more.
            let _ = draining.send(());
        };
        tokio::select! {
            served = router.serve_with_incoming_shutdown(incoming, shutdown) => {
                served.map_err(ServeError::Transport)
            }
            () = drain_ends(drain_begins, limits.drain_timeout) => {
                tracing::warn!(drain = ?limits.drain_timeout, "calls still under way were cut off");
                Ok(())
            }
        }
    }

    fn routes(self, settle: SettleLayer) -> Result<Routes, ServeError> {
        let Self { store, limits, tls: _, identifier: _, objects, catalog, allows_simulation } =
            self;
        let registry = RegistryServiceServer::new(RegistryService { store: store.clone() });
        let evaluation = EvaluationServiceServer::new(EvaluationService {
            store: store.clone(),
            workbench: Workbench::new(limits.max_analyses, limits.max_what_ifs)
                .map_err(ServeError::Threads)?,
        });
        let evidence = EvidenceService { store: store.clone(), objects };
        let evidence = EvidenceServiceServer::new(evidence);
        let export = ExportService::new(store.clone(), limits.max_exports, catalog);
        let export = ExportServiceServer::new(export);
        let simulation = SimulationService { store: store.clone(), is_on: allows_simulation };
        let simulation = SimulationServiceServer::new(simulation);
        let import = ImportServiceServer::new(ImportService::new(store.clone(), settle));
        let access = AccessServiceServer::new(AccessService { store });
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(FRESHNESS_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        Ok(Routes::new(registry.max_decoding_message_size(limits.max_message_bytes))
            .add_service(evaluation.max_decoding_message_size(limits.max_message_bytes))
            .add_service(evidence.max_decoding_message_size(UPLOAD_MAX_BYTES))
            .add_service(import.max_decoding_message_size(UPLOAD_MAX_BYTES))
            .add_service(export.max_decoding_message_size(limits.max_message_bytes))
            .add_service(simulation.max_decoding_message_size(limits.max_message_bytes))
            .add_service(access.max_decoding_message_size(limits.max_message_bytes))
            .add_service(reflection().build_v1().map_err(ServeError::Reflection)?)
            // Clients of before 2023, grpcurl among them, ask for this one.
            .add_service(reflection().build_v1alpha().map_err(ServeError::Reflection)?))
    }
}

/// Never ends before the drain began and its time is over.
async fn drain_ends(drain_begins: oneshot::Receiver<()>, drain: Duration) {
    match drain_begins.await {
        Ok(()) => sleep(drain).await,
        Err(_) => std::future::pending().await,
    }
}

/// Throws away what was kept long enough.
async fn keep_up(store: Store) {
    loop {
        match store.forget_old_answers().await {
            Ok(forgotten) => tracing::debug!(forgotten, "forgot answers of repeated requests"),
            // It is tried again; meanwhile a few rows more do no harm.
            Err(error) => tracing::warn!(%error, "old answers can't be forgotten now"),
        }
        sleep(UPKEEP_INTERVAL).await;
    }
}

/// Keeps health at what the database says: without it nothing can be answered.
async fn watch_database(reporter: HealthReporter, store: Store) {
    loop {
        let status = match store.ping().await {
            Ok(()) => ServingStatus::Serving,
            Err(_) => ServingStatus::NotServing,
        };
        reporter.set_service_status(WHOLE_SERVER, status).await;
        sleep(DATABASE_CHECK_INTERVAL).await;
    }
}
