//! The flags of the files of evidence, `--objects-...`.

use serde::Serialize;

/// Where files of evidence are kept.
#[derive(Serialize, clap::Args)]
pub(crate) struct ObjectFlags {
    /// Where files of evidence are kept: `file:///DIRECTORY`, or `s3://BUCKET/PREFIX` with the
    /// credentials in `AWS_...` [default: `file:///var/lib/takar/objects`]
    #[arg(long, env = "TAKARD_OBJECTS_URL", value_name = "URL", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    objects_url: Option<String>,

    /// The address of an S3-compatible server, `https://HOST:PORT`.
    #[arg(long, env = "TAKARD_OBJECTS_ENDPOINT", value_name = "URL", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    objects_endpoint: Option<String>,
}
