//! The connection to a server.

use std::time::Duration;

use takar_proto::v1::{
    access_service_client::AccessServiceClient, evaluation_service_client::EvaluationServiceClient,
    export_service_client::ExportServiceClient, import_service_client::ImportServiceClient,
    registry_service_client::RegistryServiceClient,
    simulation_service_client::SimulationServiceClient,
};
use tonic::{
    Status,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

use crate::{arguments::Common, credential::Credential, error::Error};

/// How long connecting may take; a person waits for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call may take: a little more than the server gives itself, so that it can say so.
const CALL_TIMEOUT: Duration = Duration::from_secs(35);
/// The largest answer, in bytes: several times a page of 1,000 scorecards.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most that a server gives at once.
pub(crate) const PAGE_SIZE: usize = 1_000;

/// A channel that shows a credential with every call.
pub(crate) type Connection = InterceptedService<Channel, Credential>;

/// The services of one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) registry: RegistryServiceClient<Connection>,
    pub(crate) evaluation: EvaluationServiceClient<Connection>,
    pub(crate) access: AccessServiceClient<Connection>,
    pub(crate) import: ImportServiceClient<Connection>,
    pub(crate) export: ExportServiceClient<Connection>,
    pub(crate) simulation: SimulationServiceClient<Connection>,
}

impl Client {
    /// Connects to the server that the command line names.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), [`Error::Tls`] where an option for TLS lacks another, and as
    /// [`Credential::given`].
    pub(crate) async fn of(common: &Common) -> Result<Self, Error> {
        let credential = Credential::given(common.token_file.as_deref())?;
        Self::connect(&common.server, &common.tls()?, credential).await
    }

    /// Connects to the server at `url`, `http://host:port`, `https://host:port` or
    /// `unix:///path/to/socket`, and shows it `credential` with every call.
    ///
    /// # Errors
    /// [`Error::ServerUrl`] where it is none of them, [`Error::Connect`] where nobody answers,
    /// [`Error::Tls`] where the files for TLS can't be used.
    pub(crate) async fn connect(
        url: &str,
        tls: &takar_tls::Client,
        credential: Credential,
    ) -> Result<Self, Error> {
        let is_spoken =
            ["http://", "https://", "unix:"].iter().any(|scheme| url.starts_with(scheme));
        let endpoint = Endpoint::from_shared(url.to_owned())
            .ok()
            .filter(|_| is_spoken)
            .ok_or_else(|| Error::ServerUrl { url: url.to_owned() })?;
        let channel = tls
            .secure(endpoint)
            .map_err(|error| Error::Tls(Box::new(error)))?
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .connect()
            .await
            .map_err(|source| Error::Connect { url: url.to_owned(), source })?;
        let connection = InterceptedService::new(channel, credential);
        Ok(Self {
            registry: RegistryServiceClient::new(connection.clone())
                .max_decoding_message_size(ANSWER_BYTES_MAX),
            evaluation: EvaluationServiceClient::new(connection.clone())
                .max_decoding_message_size(ANSWER_BYTES_MAX),
            access: AccessServiceClient::new(connection.clone())
                .max_decoding_message_size(ANSWER_BYTES_MAX),
            import: ImportServiceClient::new(connection.clone())
                .max_decoding_message_size(ANSWER_BYTES_MAX),
            export: ExportServiceClient::new(connection.clone()),
            simulation: SimulationServiceClient::new(connection),
        })
    }
}

/// The items of all pages, or the first `limit` of them.
///
/// `page` asks for one page by its token and its size, and gives the items and the next token.
pub(crate) async fn all_pages<T>(
    limit: Option<usize>,
    mut page: impl AsyncFnMut(String, i32) -> Result<(Vec<T>, String), Status>,
) -> Result<Vec<T>, Error> {
    let limit = limit.unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut token = String::new();
    while items.len() < limit {
        let size = PAGE_SIZE.min(limit - items.len());
        let (mut further, next) = page(token, i32::try_from(size).unwrap_or(i32::MAX)).await?;
        items.append(&mut further);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    items.truncate(limit);
    Ok(items)
}
