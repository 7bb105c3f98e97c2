//! Lists as CSV (RFC 4180): the page that is asked for, or all of them, fetched and sent one after
//! another.
//!
//! There is no byte order mark: RFC 4180 knows none, the media type says UTF-8, and most programs
//! would read it as part of the first column's name.

use std::{io, sync::Arc};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use csv::{Terminator, Writer, WriterBuilder};
use futures_util::stream::{self, Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue, header};
use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::{
    negotiate::Form,
    problem::Problem,
    refusal,
    respond::{self, Answered},
    transcode::{
        answer::AnswerError,
        contract::Binding,
        etag,
        list::{self, List},
        preference,
    },
    upstream::{Call, Client},
};

/// How many items each page has, where the client leaves that to us: enough that the calls cost
/// little, and few enough to hold. A server whose pages are smaller gives what it gives (AIP-158).
const PAGE_SIZE: i32 = 1_000;

const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8; header=present");

/// Answers with the page that a request names, or else with all pages.
///
/// # Errors
/// Those of the first page: nothing has been sent before. A later one breaks the connection off, so
/// that nobody takes what was sent for the whole list.
pub(crate) async fn answer(
    client: &Client,
    binding: &Arc<Binding>,
    list: &Arc<List>,
    headers: &HeaderMap,
    message: Bytes,
) -> Result<Answered, Problem> {
    let mut request = DynamicMessage::decode(binding.input.clone(), message)
        .map_err(|error| refusal::bad_answer(error.into()))?;
    // Rows have no place for what a preference asks for, such as a total.
    preference::clear(&binding.preferences, &mut request);
    let is_page_named = list.paging.as_ref().is_some_and(|paging| paging.is_page_named(&request));
    let (client, binding, list) = (client.clone(), binding.clone(), list.clone());
    let mut pages = Pages { client, binding, list, headers: headers.clone(), request };
    if !is_page_named {
        pages.turn("");
    }
    let header = pages.header();
    let page = pages.fetch().await?;
    let list = pages.list.clone();
    let first = [header, page.rows].concat();
    match page.next_page_token {
        Some(token) if !is_page_named => {
            let first = stream::iter([Ok(Bytes::from(first))]);
            let body = Body::from_stream(first.chain(pages.after(token)));
            Ok(Answered { response: attachment(&list, body), next_page_token: None })
        }
        next_page_token => {
            let tag = pages.binding.hasher.tag(Form::Csv.media_type(), &first);
            let mut response = attachment(&list, Body::from(first));
            response.headers_mut().extend(etag::write(&tag).map(|tag| (header::ETAG, tag)));
            let response = respond::if_modified(headers, response);
            Ok(Answered { response, next_page_token })
        }
    }
}

/// A list that is read page by page.
struct Pages {
    client: Client,
    binding: Arc<Binding>,
    list: Arc<List>,
    headers: HeaderMap,
    /// What asks for the page under way.
    request: DynamicMessage,
}

/// Rows, and what asks for those after them.
struct Page {
    rows: Vec<u8>,
    next_page_token: Option<String>,
}

impl Pages {
    /// Goes to the page of a token.
    fn turn(&mut self, page_token: &str) {
        if let Some(paging) = &self.list.paging {
            paging.turn(&mut self.request, PAGE_SIZE, page_token);
        }
    }

    async fn fetch(&self) -> Result<Page, Problem> {
        let call = Call {
            path: &self.binding.grpc_path,
            headers: &self.headers,
            message: self.request.encode_to_vec().into(),
            // Lists are read by GET.
            is_idempotent: true,
            patience: None,
        };
        let reply = self.client.call(call).await?;
        self.read(reply.message).map_err(refusal::bad_answer)
    }

    fn read(&self, answer: Bytes) -> Result<Page, AnswerError> {
        let answer = DynamicMessage::decode(self.binding.output.clone(), answer)?;
        let mut writer = writer();
        for item in list::json_of_items(&self.list, &answer)? {
            write(&mut writer, self.list.table.row(&item));
        }
        let paging = self.list.paging.as_ref();
        let next_page_token = paging.and_then(|paging| paging.next_page_token(&answer));
        let is_same = paging.zip(next_page_token.as_deref());
        if is_same.is_some_and(|(paging, token)| paging.asks_for(&self.request, token)) {
            return Err(AnswerError::Endless);
        }
        Ok(Page { rows: bytes(writer), next_page_token })
    }

    fn header(&self) -> Vec<u8> {
        let mut writer = writer();
        write(&mut writer, self.list.table.header());
        bytes(writer)
    }

    /// The rows of all further pages, each fetched when the client has taken those before.
    fn after(self, page_token: String) -> impl Stream<Item = io::Result<Bytes>> {
        stream::try_unfold(Some((self, page_token)), |rest| async {
            let Some((mut pages, page_token)) = rest else {
                return Ok(None);
            };
            pages.turn(&page_token);
            let page = pages.fetch().await.map_err(|problem| broken_off(&problem))?;
            let rest = page.next_page_token.map(|page_token| (pages, page_token));
            Ok(Some((page.rows.into(), rest)))
        })
    }
}

/// What breaks the connection off.
fn broken_off(problem: &Problem) -> io::Error {
    problem.log();
    tracing::warn!(reason = %problem.reason, "a list broke off after its first page");
    io::Error::other("the list broke off")
}

/// Only what is whole has a tag: the rest of a long list nobody knows yet.
fn attachment(list: &List, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CSV);
    let disposition = format!("attachment; filename=\"{}.csv\"", list.file_name());
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new())
}

/// Writing into memory doesn't fail, and all rows have the columns of the header.
fn write(writer: &mut Writer<Vec<u8>>, cells: impl Iterator<Item = String>) {
    let _ = writer.write_record(cells);
}

fn bytes(writer: Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().unwrap_or_default()
}
