//! The layer: from a request to its admission, or to its refusal.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use takar_domain::{
    access::{Actor, Principal, Reach},
    policy::{self, Effect, Rule, Scope},
    vocabulary::Role,
};
use takar_store::{Call, Store};
use tonic::{
    Code, Status,
    body::Body,
    transport::server::{TcpConnectInfo, TlsConnectInfo},
};
use tonic_types::StatusExt as _;
use tower::{Layer, Service};

use super::{Admission, View, address, authenticate::Authenticator};
use crate::{
    error::{self, Error},
    identity::Identifier,
    server::UPLOAD_MAX_BYTES,
};

/// How the path of every method of ours begins; others (health, reflection, freshness) tell nothing of
/// ours.
const PATH_PREFIX: &str = "/takar.evaluation.v1.";

/// How the methods of the services begin whose messages may hold a file.
const SERVICES_WITH_FILES: [&str; 2] = ["EvidenceService/", "ImportService/"];

/// The longest address of a caller that is kept, in characters: several proxies' worth.
const PEER_MAX_CHARACTERS: usize = 200;

/// Admits calls by the policy.
#[derive(Clone, Debug)]
pub(crate) struct AccessLayer {
    gate: Gate,
}

/// What the layer decides with.
#[derive(Clone, Debug)]
struct Gate {
    store: Store,
    authenticator: Authenticator,
    max_message_bytes: usize,
}

impl AccessLayer {
    /// A layer that asks this store, and reads messages up to this size.
    pub(crate) fn new(
        store: Store,
        identifier: Option<Arc<Identifier>>,
        max_message_bytes: usize,
    ) -> Self {
        let authenticator = Authenticator::new(store.clone(), identifier);
        Self { gate: Gate { store, authenticator, max_message_bytes } }
    }
}

/// A service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Access<S> {
    inner: S,
    gate: Gate,
}

impl<S> Layer<S> for AccessLayer {
    type Service = Access<S>;

    fn layer(&self, inner: S) -> Access<S> {
        Access { inner, gate: self.gate.clone() }
    }
}

impl<S> Service<Request<Body>> for Access<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone that is ready goes along; the new one takes its place.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let gate = self.gate.clone();
        Box::pin(async move {
            let path = request.uri().path();
            if !path.starts_with(PATH_PREFIX) {
                return inner.call(request).await;
            }
            let Some(rule) = rule(path) else {
                return Ok(error::method_not_found().into_http());
            };
            match gate.admit(rule, request).await {
                Ok(request) => {
                    let call = audited(rule, &request);
                    let response = inner.call(request).await?;
                    gate.record_refusal(call, response.headers()).await;
                    Ok(response)
                }
                Err(refused) => {
                    let Refused { call, status } = *refused;
                    let response = status.into_http();
                    gate.record_refusal(call, response.headers()).await;
                    Ok(response)
                }
            }
        })
    }
}

/// The rule of the method at a path; `None` where it is none of ours.
pub(crate) fn rule(path: &str) -> Option<&'static Rule> {
    path.strip_prefix(PATH_PREFIX).and_then(policy::rule)
}

/// A call that goes no further.
struct Refused {
    /// What the audit trail says of it; `None` for reads.
    call: Option<Call>,
    status: Status,
}

impl Gate {
    /// The request with its admission, or why it is refused.
    async fn admit(
        &self,
        rule: &'static Rule,
        request: Request<Body>,
    ) -> Result<Request<Body>, Box<Refused>> {
        let mut call = Call {
            principal: Principal::anonymous(),
            role: None,
            method: rule.method.to_owned(),
            request_id: header(request.headers(), "x-request-id"),
            peer: peer(&request),
            resource: String::new(),
        };
        let actor = match self.authenticator.actor(request.headers()).await {
            Ok(actor) => actor,
            Err(error) => return Err(refused(rule, call, error)),
        };
        call.principal.clone_from(&actor.principal);
        // Whom no row could admit does not make us read the message.
        if !rule.admits.iter().any(|(role, _)| reach(&actor, *role).is_some()) {
            return Err(refused(rule, call, not_admitted(&actor)));
        }
        let (mut request, name) = match self.read_name(rule, request).await {
            Ok(read) => read,
            Err(status) => return Err(refused(rule, call, status)),
        };
        call.resource = name;
        match self.decide(rule, &actor, &call.resource).await {
            Ok((admitted_as, view)) => {
                call.role = Some(admitted_as);
                request.extensions_mut().insert(Admission { role: admitted_as, view, call });
                Ok(request)
            }
            Err(error) => Err(refused(rule, call, error)),
        }
    }

    /// What the request names, where the rule or the trail wants to know it, and the request as it
    /// was.
    async fn read_name(
        &self,
        rule: &Rule,
        request: Request<Body>,
    ) -> Result<(Request<Body>, String), Status> {
        let is_of_interest = rule.effect == Effect::Writes
            || rule.admits.iter().any(|(_, scope)| *scope != Scope::Anywhere);
        if !is_of_interest {
            return Ok((request, String::new()));
        }
        let (head, body) = request.into_parts();
        let max_bytes = self.max_bytes(rule);
        // A frame's header besides; what is larger is refused as the framework would.
        let bytes = Limited::new(body, max_bytes + 5)
            .collect()
            .await
            .map_err(|_| error::message_too_large(max_bytes))?
            .to_bytes();
        let name = address::name_of(rule.method, &bytes);
        let body = Body::new(http_body_util::Full::new(bytes));
        Ok((Request::from_parts(head, body), name))
    }

    /// The largest message of a method, as the framework has it.
    fn max_bytes(&self, rule: &Rule) -> usize {
        if SERVICES_WITH_FILES.iter().any(|service| rule.method.starts_with(service)) {
            UPLOAD_MAX_BYTES
        } else {
            self.max_message_bytes
        }
    }

    /// The first row of the rule that admits the actor.
    async fn decide(&self, rule: &Rule, actor: &Actor, name: &str) -> Result<(Role, View), Error> {
        for (role, scope) in rule.admits {
            if let Some(view) = self.view(*role, *scope, actor, name).await? {
                return Ok((*role, view));
            }
        }
        Err(not_admitted(actor))
    }

    /// What a row of the rule lets the actor see; `None` where it does not admit them.
    async fn view(
        &self,
        role: Role,
        scope: Scope,
        actor: &Actor,
        name: &str,
    ) -> Result<Option<View>, Error> {
        let Some(reach) = reach(actor, role) else { return Ok(None) };
        let admits = match scope {
            Scope::Anywhere => true,
            Scope::Published => return Ok(Some(View::Published)),
            Scope::AssignedOfList => {
                return Ok(Some(View::AssignedTo(actor.principal.clone())));
            }
            Scope::OwnRegion => self.reaches(&reach, name).await?,
            Scope::Assigned => match address::evaluation_of(name) {
                Some(key) => self.store.is_assigned(&actor.principal, &key).await?,
                None => false,
            },
        };
        Ok(admits.then_some(View::Whole))
    }

    /// Whether the name lies in the regions, by any of their codes.
    async fn reaches(&self, reach: &Reach, name: &str) -> Result<bool, Error> {
        let Reach::Regions(regions) = reach else { return Ok(true) };
        let Some(code) = address::region_of(name) else { return Ok(false) };
        if regions.contains(&code) {
            return Ok(true);
        }
        let codes = self.store.codes_of(&code).await?;
        Ok(codes.iter().any(|code| regions.contains(code)))
    }

    /// Notes a refused write; what failed here, or was given up, was not refused.
    async fn record_refusal(&self, call: Option<Call>, answered: &HeaderMap) {
        let Some(call) = call else { return };
        let Some(status) = Status::from_header_map(answered) else { return };
        let failed = [Code::Ok, Code::Internal, Code::Unavailable, Code::DeadlineExceeded];
        if failed.contains(&status.code()) {
            return;
        }
        let details = status.get_error_details();
        let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
        let code = error::code_name(status.code());
        if let Err(failure) = self.store.record_refusal(&call, code, &reason).await {
            error::log(&failure);
        }
    }
}

/// The regions for which the actor holds a role; everyone holds the public's.
fn reach(actor: &Actor, role: Role) -> Option<Reach> {
    match role {
        Role::Public => Some(Reach::All),
        role => actor.reach(role),
    }
}

fn not_admitted(actor: &Actor) -> Error {
    if actor.is_anonymous() { Error::CredentialRequired } else { Error::NotPermitted }
}

fn refused(rule: &Rule, call: Call, error: impl Into<Status>) -> Box<Refused> {
    let call = (rule.effect == Effect::Writes).then_some(call);
    Box::new(Refused { call, status: error.into() })
}

/// What the trail says of a call that was admitted, should it be refused yet.
fn audited(rule: &Rule, request: &Request<Body>) -> Option<Call> {
    let admission: Option<&Admission> = request.extensions().get();
    admission.filter(|_| rule.effect == Effect::Writes).map(|admission| admission.call.clone())
}

/// The address of the caller; behind a gateway the one that it tells of, and its own.
fn peer(request: &Request<Body>) -> String {
    let plain = request.extensions().get();
    let secured: Option<&TlsConnectInfo<TcpConnectInfo>> = request.extensions().get();
    let connection = plain.or(secured.map(TlsConnectInfo::get_ref));
    let nearest =
        connection.and_then(TcpConnectInfo::remote_addr).map(|address| address.to_string());
    let nearest = nearest.unwrap_or_else(|| "unknown".to_owned());
    let forwarded = header(request.headers(), "x-forwarded-for");
    let peer = match forwarded.as_str() {
        "" => nearest,
        forwarded => format!("{forwarded} via {nearest}"),
    };
    peer.chars().take(PEER_MAX_CHARACTERS).collect()
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
