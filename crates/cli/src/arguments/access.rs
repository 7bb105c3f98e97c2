//! The command line of keys and of the audit trail.

use clap::{Args, Subcommand};
use prost_types::Timestamp;
use takar_proto::v1::api_key::Grant;

use super::{id_of, value};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Creates a key and prints its secret, which is not shown again
    Create(NewKey),
    /// Lists keys, expired and revoked ones too, without their secrets
    List,
    /// Shows one key, without its secret
    Show(OneKey),
    /// Revokes a key: from then on it is refused
    Revoke(OneKey),
}

/// A key to create.
#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// Which person or system it is for
    #[arg(long)]
    pub(crate) name: String,

    /// What it may do, once for each role: `administrator`, `secretariat`, `assessor`,
    /// `operator=33.05,33.06`, `integrator=*`
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = value::grant)]
    pub(crate) grants: Vec<Grant>,

    /// When it expires, a time or a number of days from now: `90d`
    #[arg(long, value_name = "TIME", value_parser = value::end)]
    pub(crate) expires: Option<Timestamp>,
}

/// Which key.
#[derive(Debug, Args)]
pub(crate) struct OneKey {
    /// Its id, as the list shows it
    #[arg(value_name = "ID", value_parser = parse_key)]
    pub(crate) id: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Lists writes and refused writes, oldest first
    List(AuditList),
    /// Recomputes the whole chain, so that an entry altered, removed or put in shows
    Verify {
        /// A head noted earlier, as this command printed it, which must still be in the chain
        #[arg(long, value_name = "SEQUENCE:HASH", value_parser = value::head)]
        head: Option<(i64, String)>,
    },
}

/// Which entries are listed.
#[derive(Debug, Args)]
pub(crate) struct AuditList {
    /// Only those about this resource: `regions/33.05/evaluations/2022`
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,

    /// Only those of this principal: `users/SUBJECT` or `apiKeys/ID`
    #[arg(long)]
    pub(crate) principal: Option<String>,

    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
}

fn parse_key(text: &str) -> Result<String, &'static str> {
    id_of(text, "apiKeys/").ok_or("the id of a key is needed")
}
