//! The command line of what is computed anew of a cycle.

use clap::Args;
use takar_proto::v1::Component;

use super::{Whom, parse_cycle, parse_instrument, value};

/// By what else a cycle is scored.
#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    /// The cycle: `2022`
    #[arg(value_parser = parse_cycle)]
    pub(crate) cycle: String,

    /// Begin with this instrument in place of the cycle's own
    #[arg(long, value_name = "ID", value_parser = parse_instrument)]
    pub(crate) instrument: Option<String>,

    /// Another weight in percent, `impact=30`; 0 takes the component out. All weights are 100 together
    #[arg(long, value_name = "COMPONENT=WEIGHT", value_parser = value::weight)]
    pub(crate) weight: Vec<(Component, String)>,

    /// Another normalisation: none, min-max, z-score, goalposts or borda
    #[arg(long, value_name = "METHOD", value_parser = value::normalisation)]
    pub(crate) normalisation: Option<i32>,

    /// Goalposts of a component: `output=1..4`
    #[arg(long, value_name = "COMPONENT=LOWER..UPPER", value_parser = value::goalposts)]
    pub(crate) goalposts: Vec<(Component, value::Posts)>,

    /// Another aggregation: arithmetic, geometric, harmonic or copeland
    #[arg(long, value_name = "METHOD", value_parser = value::aggregation)]
    pub(crate) aggregation: Option<i32>,

    /// How many of those that move most are shown, each way
    #[arg(long, value_name = "COUNT", default_value = "10")]
    pub(crate) movers: i32,

    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// How robust the ranks of a cycle are.
#[derive(Debug, Args)]
pub(crate) struct Robustness {
    /// The cycle: `2022`
    #[arg(value_parser = parse_cycle)]
    pub(crate) cycle: String,

    /// What is varied: weights, rounding, aggregation; all of it unless given
    #[arg(long, value_name = "FACTOR", value_delimiter = ',', value_parser = value::factor)]
    pub(crate) vary: Vec<i32>,

    /// How many draws each of the two samples has
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    pub(crate) draws: i32,

    /// What the random numbers begin with: the same seed gives the same answer
    #[arg(long, default_value = "0")]
    pub(crate) seed: i64,

    /// How closely weights gather around the instrument's, 1 to 1,000,000
    #[arg(long, value_name = "NUMBER", default_value = "100")]
    pub(crate) concentration: String,

    /// The means that are drawn from: arithmetic, geometric, harmonic; all of them unless given
    #[arg(long, value_name = "METHOD", value_delimiter = ',', value_parser = value::aggregation)]
    pub(crate) means: Vec<i32>,

    /// Of how many of the best the share of draws is shown
    #[arg(long, value_name = "COUNT", default_value = "10")]
    pub(crate) top: i32,

    #[command(flatten)]
    pub(crate) whom: Whom,
}
