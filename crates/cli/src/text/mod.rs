//! What is said in both languages: a text missing in one of them doesn't compile.

mod aggregate;
mod analysis;
mod label;
mod message;
mod word;

pub(crate) use aggregate::{Heading, missing_reason, rule};
pub(crate) use analysis::{Analysis, factor};
pub(crate) use label::Label;
pub(crate) use message::Message;
pub(crate) use word::{
    aggregation, component, derivation, item, measure, normalisation, null_reason, pillar,
    region_kind, second, state,
};
