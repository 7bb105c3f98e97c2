//! Starts and supervises a private Postgres.
