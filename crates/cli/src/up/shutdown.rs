//! The wish to stop.

use std::process;

use tokio::sync::watch;

use crate::{language::Language, output, text::Message};

/// What a shell shows for a program that Ctrl-C ended: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// Whether somebody asked to stop.
#[derive(Clone, Debug)]
pub(super) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Asked for by SIGTERM or Ctrl-C; a second one ends the process at once.
    pub(super) fn on_signals(language: Language) -> Self {
        let (ask, asked) = watch::channel(false);
        tokio::spawn(async move {
            wait_for_signal().await;
            output::tell(&Message::Stopping.say(language));
            ask.send_replace(true);
            wait_for_signal().await;
            process::exit(INTERRUPTED);
        });
        Self(asked)
    }

    /// Ready once somebody asked.
    pub(super) async fn requested(&self) {
        let mut asked = self.0.clone();
        // Without its sender nobody can ask any more; that, too, ends the wait.
        let _ = asked.wait_for(|asked| *asked).await;
    }

    /// Whether somebody asked already.
    pub(super) fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}

async fn wait_for_signal() {
    if let Err(error) = takar_telemetry::shutdown_signal().await {
        tracing::error!(%error, "signals cannot be received; shutting down");
    }
}
