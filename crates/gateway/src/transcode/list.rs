//! Which answers are lists, and how the next page is asked for (AIP-158).

use http::Method;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::Value as Json;

use crate::transcode::{
    answer::AnswerError,
    field, http_body,
    json::{self, WriteError},
    options, percent,
    router::MethodPattern,
    scalar,
    table::Table,
};

const PAGE_SIZE: &str = "page_size";
const PAGE_TOKEN: &str = "page_token";
const NEXT_PAGE_TOKEN: &str = "next_page_token";

/// A reading method whose answer is a list.
#[derive(Debug)]
pub(crate) struct List {
    /// The field of the answer that holds the items.
    pub(crate) items: FieldDescriptor,
    /// The items as rows.
    pub(crate) table: Table,
    /// How its pages are asked for; `None` where it has none.
    pub(crate) paging: Option<Paging>,
}

/// The fields by which pages follow each other.
#[derive(Debug)]
pub(crate) struct Paging {
    page_size: Option<FieldDescriptor>,
    page_token: FieldDescriptor,
    pub(crate) next_page_token: FieldDescriptor,
}

impl List {
    /// Finds the list that a method answers with: the only messages that its answer repeats.
    ///
    /// An answer without pages is one only where it has no other parts, such as a ranking: of a
    /// thing with parts, rows would show less than the thing is.
    pub(crate) fn find(
        method: &MethodPattern,
        input: &MessageDescriptor,
        output: &MessageDescriptor,
    ) -> Option<Self> {
        if *method != MethodPattern::Only(Method::GET) || http_body::is_raw(output) {
            return None;
        }
        let mut repeated = output.fields().filter(|field| field.is_list() && has_parts(field));
        let items = repeated.next()?;
        if repeated.next().is_some() {
            return None;
        }
        let paging = Paging::find(input, output);
        let is_alone = || output.fields().filter(has_parts).count() == 1;
        if paging.is_none() && (options::is_resource(output) || !is_alone()) {
            return None;
        }
        let table = Table::of(items.kind().as_message()?);
        Some(Self { items, table, paging })
    }

    /// The name of a file for the rows, without its ending.
    pub(crate) fn file_name(&self) -> String {
        let plural = self.items.kind().as_message().and_then(options::plural);
        let name = plural.unwrap_or_else(|| self.items.json_name().to_owned());
        name.chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
            .collect()
    }
}

impl Paging {
    fn find(input: &MessageDescriptor, output: &MessageDescriptor) -> Option<Self> {
        let single = |message: &MessageDescriptor, name: &str, kind: &Kind| {
            let field = message.get_field_by_name(name)?;
            (field.kind() == *kind && !field.is_list()).then_some(field)
        };
        Some(Self {
            page_size: single(input, PAGE_SIZE, &Kind::Int32),
            page_token: single(input, PAGE_TOKEN, &Kind::String)?,
            next_page_token: single(output, NEXT_PAGE_TOKEN, &Kind::String)?,
        })
    }

    /// Whether a request names the page that it wants, by size or token.
    pub(crate) fn is_page_named(&self, request: &DynamicMessage) -> bool {
        let size = self.page_size.as_ref();
        request.has_field(&self.page_token) || size.is_some_and(|size| request.has_field(size))
    }

    /// Whether a request asks for the page of a token.
    pub(crate) fn asks_for(&self, request: &DynamicMessage, page_token: &str) -> bool {
        request.get_field(&self.page_token).as_str() == Some(page_token)
    }

    /// Makes a request that of another page.
    pub(crate) fn turn(&self, request: &mut DynamicMessage, page_size: i32, page_token: &str) {
        if let Some(field) = &self.page_size {
            request.set_field(field, Value::I32(page_size));
        }
        request.set_field(&self.page_token, Value::String(page_token.to_owned()));
    }

    /// What asks for the next page, where there is one.
    pub(crate) fn next_page_token(&self, answer: &DynamicMessage) -> Option<String> {
        let token = answer.get_field(&self.next_page_token);
        token.as_str().filter(|token| !token.is_empty()).map(str::to_owned)
    }

    /// The query that asks for another page of the same list.
    pub(crate) fn query_of_page(
        &self,
        input: &MessageDescriptor,
        query: &str,
        page_token: &str,
    ) -> String {
        let is_kept = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default();
            let name = percent::decode_query(name).unwrap_or_default();
            !pair.is_empty() && field::field_in(input, &name).as_ref() != Some(&self.page_token)
        };
        let token = percent::encode_query(page_token);
        let token = format!("{}={token}", self.page_token.json_name());
        let pairs: Vec<_> = query.split('&').filter(is_kept).chain([token.as_str()]).collect();
        pairs.join("&")
    }
}

/// The items of an answer as JSON, in their order.
///
/// # Errors
/// Where an item has no JSON form.
pub(crate) fn json_of_items(
    list: &List,
    answer: &DynamicMessage,
) -> Result<Vec<Json>, AnswerError> {
    let items = answer.get_field(&list.items);
    let items = items.as_list().unwrap_or_default().iter().filter_map(Value::as_message);
    let write = |item: &DynamicMessage| {
        item.serialize_with_options(serde_json::value::Serializer, &json::OPTIONS)
    };
    Ok(items.map(write).collect::<Result<_, _>>().map_err(WriteError::from)?)
}

/// Whether a field holds messages that have parts of their own.
fn has_parts(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if !scalar::is_well_known(&message))
}
