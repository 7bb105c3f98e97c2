//! The routes of a service, read from the `google.api.http` annotations of its descriptors.

use std::sync::Arc;

use http::{Method, uri::PathAndQuery};
use prost_reflect::{
    DescriptorError, DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, MethodDescriptor, Value,
};

use crate::transcode::{
    cache_policy::{CachePolicy, Languages, PolicyError},
    digest::Hasher,
    field::{FieldPath, FieldPathError},
    http_body,
    json::{Tables, Writer},
    list::List,
    preference::{self, PreferenceField},
    router::MethodPattern,
    scalar,
    template::{Template, TemplateError},
    update_mask::UpdateMask,
};

const HTTP_EXTENSION: &str = "google.api.http";

/// Fields that mean the same in every message that has them, as Google's AIPs 154 and 155 say.
const ETAG: &str = "etag";
const REQUEST_ID: &str = "request_id";

/// The field that says how far a stream is: in its messages, and in the request for what follows.
const CURSOR: &str = "cursor";

/// Why routes can't be made of a descriptor set.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// The bytes are no whole descriptor set.
    #[error("the descriptor set can't be read (is it complete, with its imports?)")]
    Descriptors(#[source] DescriptorError),
    /// An annotation means nothing.
    #[error("the `google.api.http` annotation of `{method}` is wrong")]
    Rule {
        /// The method's full name.
        method: String,
        /// What is wrong.
        source: RuleError,
    },
    /// The `cache` option of a method means nothing.
    #[error("the `takar.gateway.v1.cache` option of `{method}` is wrong")]
    Cache {
        /// The method's full name.
        method: String,
        /// What is wrong.
        source: PolicyError,
    },
    /// Two annotations mean the same requests.
    #[error("`{first}` and `{second}` answer the same requests, by `{template}`")]
    Ambiguous {
        /// The method that was read first.
        first: String,
        /// The method that was read later.
        second: String,
        /// The later one's template.
        template: String,
    },
}

/// What is wrong in one annotation.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// No path is given.
    #[error("it has no pattern")]
    NoPattern,
    /// An additional binding has additional bindings.
    #[error("additional bindings must not nest")]
    Nested,
    /// The custom kind is no HTTP method.
    #[error("`{0}` is no HTTP method")]
    Method(String),
    /// The template can't be parsed.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A variable, a body or an answer names no field.
    #[error(transparent)]
    Field(#[from] FieldPathError),
    /// A variable names a field that a path can't hold.
    #[error("the path can't hold `{0}`, which is repeated, a map or a message")]
    Variable(String),
}

/// How the requests of one route become calls.
#[derive(Debug)]
pub(crate) struct Binding {
    /// The method's full name.
    pub(crate) method: String,
    /// Where gRPC sends the call.
    pub(crate) grpc_path: PathAndQuery,
    /// The method, as the descriptors have it.
    pub(crate) descriptor: MethodDescriptor,
    /// The request.
    pub(crate) input: MessageDescriptor,
    /// The answer.
    pub(crate) output: MessageDescriptor,
    /// The fields that the path sets, in the template's order.
    pub(crate) variables: Vec<FieldPath>,
    /// What the body sets.
    pub(crate) body: Body,
    /// The only field of the answer that is shown, where the annotation names one.
    pub(crate) response_body: Option<FieldDescriptor>,
    /// The field of the request that makes a repeated one harmless (AIP-155).
    pub(crate) request_id: Option<FieldPath>,
    /// The field of the request that names the state it is meant for (AIP-154).
    pub(crate) etag: Option<FieldPath>,
    /// The field of the answer that names the state it shows.
    pub(crate) answer_etag: Option<FieldPath>,
    /// Whether the answer is a body as it is, not JSON.
    pub(crate) is_answer_raw: bool,
    /// The mask of a PATCH, which follows from its body (AIP-134).
    pub(crate) update_mask: Option<UpdateMask>,
    /// The preferences that set fields of the request.
    pub(crate) preferences: Vec<PreferenceField>,
    /// The list that the answer is, where it is one.
    pub(crate) list: Option<Arc<List>>,
    /// Writes what the answer shows.
    pub(crate) writer: Writer,
    /// Makes the tags of answers that name no state.
    pub(crate) hasher: Hasher,
    /// How answers may be kept; not at all without it.
    pub(crate) cache: Option<CachePolicy>,
    /// What is known of the answers, where there are many.
    pub(crate) stream: Option<StreamFields>,
}

impl Binding {
    /// The languages of answers that may be kept for all without a credential; `None` where none may.
    pub(crate) fn kept_languages(&self) -> Option<&Languages> {
        self.cache.as_ref().and_then(CachePolicy::kept_languages)
    }
}

/// The fields of a method that answers with a stream.
#[derive(Debug)]
pub(crate) struct StreamFields {
    /// Where the request says after which message it goes on.
    pub(crate) cursor: Option<FieldPath>,
    /// Where a message says how far the stream is with it.
    pub(crate) answer_cursor: Option<FieldPath>,
}

/// What the body of a request sets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing: there must be none.
    Nothing,
    /// The whole request, but for what the path sets.
    Whole,
    /// This field.
    Field(FieldDescriptor),
    /// This field, or else the whole request, by its bytes as they are.
    Raw(Option<FieldDescriptor>),
}

impl Body {
    /// The one field that it sets.
    pub(crate) fn field(&self) -> Option<&FieldDescriptor> {
        match self {
            Self::Nothing | Self::Whole => None,
            Self::Field(field) => Some(field),
            Self::Raw(field) => field.as_ref(),
        }
    }
}

/// A route that an annotation asks for.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) method: MethodPattern,
    pub(crate) text: String,
    pub(crate) template: Template,
    pub(crate) binding: Arc<Binding>,
}

/// Reads all routes, in the order of the descriptors.
pub(crate) fn read(descriptor_set: &[u8]) -> Result<Vec<Rule>, ContractError> {
    let pool = DescriptorPool::decode(descriptor_set).map_err(ContractError::Descriptors)?;
    let Some(extension) = pool.get_extension_by_name(HTTP_EXTENSION) else {
        return Ok(Vec::new());
    };
    let tables = Arc::new(Tables::new(&pool));
    let common = Common { extension, tables, hasher: Hasher::new(descriptor_set) };
    let mut rules = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let name = || method.full_name().to_owned();
        let cache = CachePolicy::find(&method)
            .map_err(|source| ContractError::Cache { method: name(), source })?;
        let added = read_method(&method, &common, cache.as_ref())
            .map_err(|source| ContractError::Rule { method: name(), source })?;
        rules.extend(added);
    }
    Ok(rules)
}

/// What the routes of a contract have in common.
struct Common {
    extension: ExtensionDescriptor,
    tables: Arc<Tables>,
    hasher: Hasher,
}

fn read_method(
    method: &MethodDescriptor,
    common: &Common,
    cache: Option<&CachePolicy>,
) -> Result<Vec<Rule>, RuleError> {
    let options = method.options();
    if !options.has_extension(&common.extension) {
        return Ok(Vec::new());
    }
    if method.is_client_streaming() {
        let method = method.full_name();
        tracing::warn!(method, "a method that takes a stream has no route: HTTP sends one request");
        return Ok(Vec::new());
    }
    let annotation = options.get_extension(&common.extension);
    let Some(annotation) = annotation.as_message() else {
        return Ok(Vec::new());
    };
    let mut rules = vec![read_rule(method, annotation, common, cache)?];
    for additional in messages(annotation, "additional_bindings") {
        if !messages(&additional, "additional_bindings").is_empty() {
            return Err(RuleError::Nested);
        }
        rules.push(read_rule(method, &additional, common, cache)?);
    }
    Ok(rules)
}

fn read_rule(
    method: &MethodDescriptor,
    annotation: &DynamicMessage,
    common: &Common,
    cache: Option<&CachePolicy>,
) -> Result<Rule, RuleError> {
    let (pattern, text) = pattern(annotation)?;
    let template = Template::parse(&text)?;
    let (input, output) = (method.input(), method.output());
    let variables: Vec<_> = template
        .variables
        .iter()
        .map(|variable| path_field(&input, &variable.field_path))
        .collect::<Result<_, _>>()?;
    let body = match string(annotation, "body").as_str() {
        "" => Body::Nothing,
        "*" if http_body::is_raw(&input) => Body::Raw(None),
        "*" => Body::Whole,
        name => match top_level_field(&input, name)? {
            field if http_body::is_raw_field(&field) => Body::Raw(Some(field)),
            field => Body::Field(field),
        },
    };
    let response_body = match string(annotation, "response_body").as_str() {
        "" => None,
        name => Some(top_level_field(&output, name)?),
    };
    let text_in = |message, field: &FieldDescriptor, name| {
        string_field(message, &format!("{}.{name}", field.name()))
    };
    let etag = string_field(&input, ETAG).or_else(|| match &body {
        Body::Field(field) => text_in(&input, field, ETAG),
        Body::Nothing | Body::Whole | Body::Raw(_) => None,
    });
    let shown = response_body.as_ref();
    let shown_text = |name| {
        let of_shown = shown.and_then(|field| text_in(&output, field, name));
        of_shown.or_else(|| string_field(&output, name))
    };
    let stream = method.is_server_streaming().then(|| StreamFields {
        cursor: string_field(&input, CURSOR),
        answer_cursor: shown_text(CURSOR),
    });
    let is_answer_raw = shown.map_or_else(|| http_body::is_raw(&output), http_body::is_raw_field);
    let set_elsewhere: Vec<_> = variables.iter().chain(&etag).collect();
    let update_mask = UpdateMask::find(&pattern, &input, &body, &set_elsewhere);
    let is_whole = response_body.is_none();
    let is_list = is_whole && stream.is_none();
    let list = List::find(&pattern, &input, &output).filter(|_| is_list).map(Arc::new);
    let grpc_path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let binding = Binding {
        method: method.full_name().to_owned(),
        descriptor: method.clone(),
        grpc_path: grpc_path.parse().map_err(|_| RuleError::Method(grpc_path))?,
        request_id: string_field(&input, REQUEST_ID),
        etag,
        answer_etag: shown_text(ETAG),
        is_answer_raw,
        update_mask,
        preferences: preference::fields(&input),
        list,
        writer: Writer::new(&common.tables, &output, response_body.as_ref()),
        hasher: common.hasher.clone(),
        // A stream is new each time.
        cache: cache.filter(|_| stream.is_none()).cloned(),
        input,
        output,
        variables,
        body,
        response_body,
        stream,
    };
    Ok(Rule { method: pattern, text, template, binding: Arc::new(binding) })
}

/// The HTTP method and the template of an annotation.
fn pattern(annotation: &DynamicMessage) -> Result<(MethodPattern, String), RuleError> {
    let known = [
        ("get", Method::GET),
        ("put", Method::PUT),
        ("post", Method::POST),
        ("delete", Method::DELETE),
        ("patch", Method::PATCH),
    ];
    for (name, method) in known {
        if annotation.has_field_by_name(name) {
            return Ok((MethodPattern::Only(method), string(annotation, name)));
        }
    }
    let custom =
        annotation.get_field_by_name("custom").filter(|_| annotation.has_field_by_name("custom"));
    let custom = custom.as_ref().and_then(|custom| custom.as_message());
    let custom = custom.ok_or(RuleError::NoPattern)?;
    let method = match string(custom, "kind").as_str() {
        "*" => MethodPattern::Any,
        kind => {
            kind.parse().map(MethodPattern::Only).map_err(|_| RuleError::Method(kind.to_owned()))?
        }
    };
    Ok((method, string(custom, "path")))
}

fn path_field(input: &MessageDescriptor, path: &str) -> Result<FieldPath, RuleError> {
    let field = FieldPath::resolve(input, path)?;
    let leaf = field.leaf();
    if leaf.is_list() || leaf.is_map() || !scalar::is_bindable(leaf) {
        return Err(RuleError::Variable(path.to_owned()));
    }
    Ok(field)
}

fn top_level_field(message: &MessageDescriptor, name: &str) -> Result<FieldDescriptor, RuleError> {
    message.get_field_by_name(name).ok_or_else(|| {
        FieldPathError::Unknown { message: message.name().to_owned(), name: name.to_owned() }.into()
    })
}

/// The field at a path, if there is one that holds one text.
fn string_field(message: &MessageDescriptor, path: &str) -> Option<FieldPath> {
    let field = FieldPath::resolve(message, path).ok()?;
    (field.leaf().kind() == Kind::String && !field.leaf().is_list()).then_some(field)
}

fn string(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

fn messages(message: &DynamicMessage, field: &str) -> Vec<DynamicMessage> {
    let value = message.get_field_by_name(field);
    let values = value.as_ref().and_then(|value| value.as_list()).unwrap_or_default();
    values.iter().filter_map(Value::as_message).cloned().collect()
}
