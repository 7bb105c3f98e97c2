//! Files of evidence, kept outside the database under the SHA-256 of their content.
//!
//! A name that follows from the content makes a file unchangeable: what was altered no longer fits
//! its name, and [`Objects::get`] says so. [`check`] is the gate before it: it lets in only files
//! that are what they are declared to be.

mod content;
mod error;
mod http;
mod objects;
mod s3;
mod settings;

pub use content::check;
pub use error::{ObjectError, Result};
pub use objects::{Objects, Stored};
pub use settings::ObjectSettings;
