//! The only SQL of Takar: migrations, queries, and rows into domain types.
