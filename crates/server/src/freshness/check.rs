//! What the database says of the version.

use std::time::Duration;

use takar_store::Store;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Freshness,
    state::{CHECK_INTERVAL, LEASE},
};

/// How long to wait before the database is asked again that didn't answer.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// Keeps the version at what the database says: as soon as it tells of another, and every now and
/// then.
pub(crate) async fn check(freshness: Freshness, store: Store) {
    loop {
        match listen(&freshness, &store).await {
            Ok(()) => {
                tracing::warn!("the database did not tell the version of public data in time");
            }
            Err(error) => {
                tracing::warn!(%error, "the database does not tell of public data's changes");
            }
        }
        sleep(RETRY_INTERVAL).await;
    }
}

/// Listens until the database is too slow to say, or can't be asked.
async fn listen(freshness: &Freshness, store: &Store) -> takar_store::Result<()> {
    let mut listener = store.listen_to_public_state().await?;
    loop {
        let time = Instant::now();
        let Ok(version) = timeout(LEASE, listener.version()).await else { return Ok(()) };
        freshness.see(version?, time);
        tokio::select! {
            changed = listener.changed() => changed?,
            () = sleep(CHECK_INTERVAL) => {}
        }
    }
}
