//! What a request names, built from the contract alone, so that a new method needs no line here.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ReflectMessage as _, Value,
};

use super::scene::Place;

/// An etag that no state has: a write that is admitted gets no further than that.
const NO_ETAG: &str = "none";

/// The field of a request that names a thing, and the pattern of its names.
pub(super) struct Address {
    /// The message field that holds the resource, where the request brings it.
    resource: Option<FieldDescriptor>,
    field: FieldDescriptor,
    pattern: String,
}

impl Address {
    /// What requests of a method name: their `name`, their `parent`, or the `name` of the resource
    /// that they bring; `None` where they name nothing.
    pub(super) fn of(method: &MethodDescriptor) -> Option<Self> {
        let input = method.input();
        let field = ["name", "parent"].iter().find_map(|name| input.get_field_by_name(name));
        if let Some(field) = field {
            let pattern = referred(&field).unwrap_or_else(|| {
                panic!("{}: to which resource does it refer?", field.full_name())
            });
            return Some(Self { resource: None, field, pattern });
        }
        input.fields().find_map(|resource| {
            let Kind::Message(message) = resource.kind() else { return None };
            let field = message.get_field_by_name("name").filter(|_| !resource.is_list())?;
            let pattern = patterns(&message).into_iter().next()?;
            Some(Self { resource: Some(resource), field, pattern })
        })
    }

    /// Whether what is named is a region's.
    pub(super) fn is_of_region(&self) -> bool {
        self.pattern.starts_with("regions/{region}")
    }

    /// Whether what is named is an evaluation's.
    pub(super) fn is_of_evaluation(&self) -> bool {
        let below = self.pattern.strip_prefix("regions/{region}/").unwrap_or_default();
        ["evaluations/", "scorecards/"].iter().any(|collection| below.starts_with(collection))
    }

    /// Whether it may name all parents at once.
    pub(super) fn is_of_parent(&self) -> bool {
        self.field.name() == "parent"
    }

    /// The name of the thing at a place.
    pub(super) fn name(&self, place: &Place) -> String {
        let segment = |segment: &str| match segment.strip_prefix('{') {
            Some(variable) => place.value(variable.trim_end_matches('}')).to_owned(),
            None => segment.to_owned(),
        };
        self.pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// A request that names the thing at a place, asks for nothing, and knows no state that there is.
pub(super) fn request(
    method: &MethodDescriptor,
    address: Option<&Address>,
    place: &Place,
) -> DynamicMessage {
    let mut request = DynamicMessage::new(method.input());
    know_no_state(&mut request);
    if let Some(address) = address {
        let name = Value::String(address.name(place));
        match &address.resource {
            None => request.set_field(&address.field, name),
            Some(resource) => {
                let Kind::Message(message) = resource.kind() else { unreachable!("it was one") };
                let mut brought = DynamicMessage::new(message);
                brought.set_field(&address.field, name);
                know_no_state(&mut brought);
                request.set_field(resource, Value::Message(brought));
            }
        }
    }
    request
}

fn know_no_state(message: &mut DynamicMessage) {
    if let Some(etag) = message.descriptor().get_field_by_name("etag") {
        message.set_field(&etag, Value::String(NO_ETAG.to_owned()));
    }
}

/// The pattern of the resource to which a field refers, or under which the one is to which it does.
fn referred(field: &FieldDescriptor) -> Option<String> {
    let pool = field.parent_pool();
    let reference = option(&field.options(), pool, "google.api.resource_reference")?;
    match (text(&reference, "type"), text(&reference, "child_type")) {
        (Some(kind), _) => pattern_of(pool, &kind),
        (None, Some(child)) => {
            let pattern = pattern_of(pool, &child)?;
            let (above, _variable) = pattern.rsplit_once('/')?;
            above.rsplit_once('/').map(|(parent, _collection)| parent.to_owned())
        }
        (None, None) => None,
    }
}

fn pattern_of(pool: &DescriptorPool, kind: &str) -> Option<String> {
    let is_of_kind = |message: &MessageDescriptor| {
        let resource = option(&message.options(), pool, "google.api.resource");
        resource.and_then(|resource| text(&resource, "type")).as_deref() == Some(kind)
    };
    let message = pool.all_messages().find(is_of_kind)?;
    patterns(&message).into_iter().next()
}

/// The patterns of a resource's names; none where the message is no resource.
fn patterns(message: &MessageDescriptor) -> Vec<String> {
    let resource = option(&message.options(), message.parent_pool(), "google.api.resource");
    let patterns = resource.and_then(|resource| {
        let patterns = resource.get_field_by_name("pattern")?;
        let patterns = patterns.as_list()?.iter().filter_map(Value::as_str);
        Some(patterns.map(str::to_owned).collect())
    });
    patterns.unwrap_or_default()
}

fn option(options: &DynamicMessage, pool: &DescriptorPool, name: &str) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name(name)?;
    let is_there = options.has_extension(&extension);
    is_there.then(|| options.get_extension(&extension).as_message().cloned()).flatten()
}

fn text(message: &DynamicMessage, field: &str) -> Option<String> {
    let text = message.get_field_by_name(field)?;
    text.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
