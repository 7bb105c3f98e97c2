//! What is thrown away in time.

use crate::{connection::Store, error::Result};

impl Store {
    /// Forgets answers that were kept for repeated requests for more than 7 days, and says how many:
    /// who has not tried again by then does not.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_old_answers(&self) -> Result<u64> {
        let forgotten = sqlx::query!(
            "delete from idempotent_answer where create_time < clock_timestamp() - interval '7 days'"
        )
        .execute(&self.pool)
        .await?;
        Ok(forgotten.rows_affected())
    }
}
