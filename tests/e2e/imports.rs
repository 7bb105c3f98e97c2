//! Spreadsheets of many regions: what is written, and what is not.

mod national;
mod region_by_region;
mod rules;
mod support;
