//! How a file is made while it is sent: pages out of the store, written by a thread that may wait, sent
//! as the client takes it.
//!
//! Whatever ends first ends the rest: a client that goes away, the store, or the writer. Only an end
//! that the reader of pages announced is the end of a file.

use std::{io, time::Duration};

use bytes::Bytes;
use takar_proto::google::api::HttpBody;
use tokio::sync::{mpsc, mpsc::error::SendTimeoutError};
use tonic::Status;

use super::sink::Sink;
use crate::error::Error;

/// Pages that are read ahead of the writer.
const PAGES_AHEAD: usize = 1;
/// Pieces that wait for the client.
const PIECES_AHEAD: usize = 2;

/// How long a client may take for a piece of 64 KiB: as long as the slowest line that is of any use.
/// A client that takes nothing holds a place that others wait for.
const PIECE_PATIENCE: Duration = Duration::from_mins(1);

/// A page on its way to the writer.
pub(super) enum Page<P> {
    Of(P),
    /// There is none after it.
    End,
}

/// Where the reader of pages puts them.
pub(super) struct Pages<P>(mpsc::Sender<Page<P>>);

/// Where the writer finds them.
pub(super) struct PagesIn<P>(mpsc::Receiver<Page<P>>);

/// What a client receives.
pub(super) type Answers = mpsc::Sender<Result<HttpBody, Status>>;

/// Why a file ends before its end.
#[derive(Debug)]
enum Broken {
    /// Nobody is there to send it to.
    Gone,
    Failed(Error),
}

impl<P> Pages<P> {
    /// Hands a page on, unless the writer has given up: then it is its turn to say why.
    pub(super) async fn send(&self, page: Page<P>) {
        if self.0.send(page).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl<P> PagesIn<P> {
    /// The next page; `None` behind the last one.
    ///
    /// # Errors
    /// Where there will be no further page although none was the last.
    pub(super) fn next(&mut self) -> io::Result<Option<P>> {
        match self.0.blocking_recv() {
            Some(Page::Of(page)) => Ok(Some(page)),
            Some(Page::End) => Ok(None),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Makes a file of this media type and sends it, all but the error where it breaks off.
///
/// # Errors
/// Why it breaks off, which is told to a client that may take nothing any more: so first everything
/// that the export held is let go.
pub(super) async fn run<P: Send + 'static, F: Future<Output = Result<(), Error>>>(
    media_type: &'static str,
    read: impl FnOnce(Pages<P>) -> F,
    write: impl FnOnce(PagesIn<P>, Sink) -> io::Result<()> + Send + 'static,
    answers: &Answers,
) -> Result<(), Error> {
    let (pages, pages_in) = mpsc::channel(PAGES_AHEAD);
    let (pieces_in, pieces) = mpsc::channel(PIECES_AHEAD);
    let writer =
        tokio::task::spawn_blocking(move || write(PagesIn(pages_in), Sink::new(pieces_in)));
    let read = async { read(Pages(pages)).await.map_err(Broken::Failed) };
    let write = async {
        let written = writer.await.map_err(io::Error::other).and_then(|written| written);
        written.map_err(|error| Broken::Failed(Error::Export(error)))
    };
    // In this order: where the store fails, or the client goes away, the writer only hears of it.
    let made = async { tokio::try_join!(biased; read, send(media_type, pieces, answers), write) };
    let broken = tokio::select! {
        made = made => made.err(),
        () = answers.closed() => Some(Broken::Gone),
    };
    match broken {
        None => Ok(()),
        Some(Broken::Gone) => {
            tracing::info!("an export ended before its end: nobody takes it");
            Ok(())
        }
        Some(Broken::Failed(error)) => Err(error),
    }
}

/// Sends pieces as they come; the first answer says what they are.
async fn send(
    media_type: &str,
    mut pieces: mpsc::Receiver<Bytes>,
    answers: &Answers,
) -> Result<(), Broken> {
    let first = HttpBody { content_type: media_type.to_owned(), ..HttpBody::default() };
    give(answers, first).await?;
    while let Some(data) = pieces.recv().await {
        give(answers, HttpBody { data, ..HttpBody::default() }).await?;
    }
    Ok(())
}

async fn give(answers: &Answers, answer: HttpBody) -> Result<(), Broken> {
    answers.send_timeout(Ok(answer), PIECE_PATIENCE).await.map_err(|error| match error {
        SendTimeoutError::Closed(_) => Broken::Gone,
        SendTimeoutError::Timeout(_) => Broken::Failed(Error::ExportNotTaken),
    })
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, sync::Arc};

    use tokio::time::{Instant, advance};

    use super::*;

    /// What an export holds that must not outlive it: a workbook's temporary file in truth.
    type Held = Arc<Vec<u8>>;

    const PIECE_BYTES: usize = 64 * 1024;

    fn held() -> Held {
        Arc::new(vec![b'x'; PIECE_BYTES])
    }

    /// Writes without end, and holds something.
    fn endless(held: Held) -> impl FnOnce(PagesIn<()>, Sink) -> io::Result<()> + Send + 'static {
        move |_pages, mut sink| {
            loop {
                sink.write_all(&held)?;
            }
        }
    }

    /// Reads a page and then waits for ever, and holds something.
    async fn unending_pages(held: Held, pages: Pages<()>) -> Result<(), Error> {
        pages.send(Page::Of(())).await;
        std::future::pending::<()>().await;
        drop(held);
        Ok(())
    }

    /// Lets a writer's thread come to its end, which it hears of by its next piece.
    async fn until_dropped(held: &Held) {
        while Arc::strong_count(held) > 1 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_for_as_long_as_it_may_is_ended_and_all_is_freed() {
        let held = held();
        // It takes what is begun with, and then nothing.
        let (answers, mut files) = mpsc::channel(1);
        let (read, write) = (Held::clone(&held), endless(Held::clone(&held)));
        let making = tokio::spawn(async move {
            run("text/csv", |pages| unending_pages(read, pages), write, &answers).await
        });
        files.recv().await.unwrap().unwrap();
        // The clock stands still while a thread writes, so it is moved.
        let start = Instant::now();
        while !making.is_finished() {
            advance(Duration::from_secs(1)).await;
            tokio::task::yield_now().await;
        }
        assert!(start.elapsed() >= PIECE_PATIENCE, "{:?}", start.elapsed());
        assert!(matches!(making.await.unwrap(), Err(Error::ExportNotTaken)));
        until_dropped(&held).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_piece_now_and_then_is_served() {
        let (answers, mut files) = mpsc::channel(1);
        let write = |_pages: PagesIn<()>, mut sink: Sink| {
            for _ in 0..20 {
                sink.write_all(&held())?;
            }
            sink.flush()
        };
        let read = async |pages: Pages<()>| {
            pages.send(Page::End).await;
            Ok(())
        };
        let making = tokio::spawn(async move { run("text/csv", read, write, &answers).await });
        let mut bytes = 0;
        while let Some(answer) = files.recv().await {
            bytes += answer.unwrap().data.len();
            advance(PIECE_PATIENCE * 9 / 10).await;
        }
        assert_eq!(bytes, 20 * PIECE_BYTES);
        making.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_client_that_goes_away_frees_what_an_export_holds() {
        let held = held();
        let (answers, mut files) = mpsc::channel(1);
        let (read, write) = (Held::clone(&held), endless(Held::clone(&held)));
        let making = tokio::spawn(async move {
            run("text/csv", |pages| unending_pages(read, pages), write, &answers).await
        });
        files.recv().await.unwrap().unwrap();
        drop(files);
        making.await.unwrap().unwrap();
        until_dropped(&held).await;
    }

    #[tokio::test]
    async fn where_the_store_fails_its_error_is_why_the_file_breaks_off() {
        let (answers, _files) = mpsc::channel(8);
        let write = |mut pages: PagesIn<()>, mut sink: Sink| {
            while pages.next()?.is_some() {
                sink.write_all(b"a page")?;
            }
            sink.flush()
        };
        let read = async |pages: Pages<()>| {
            pages.send(Page::Of(())).await;
            Err(Error::NoPublicUrl)
        };
        let made = run("text/csv", read, write, &answers).await;
        assert!(matches!(made, Err(Error::NoPublicUrl)), "{made:?}");
    }
}
