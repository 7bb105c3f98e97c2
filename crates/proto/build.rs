//! Compiles the contract in `/proto` to Rust and to the descriptor set, without protoc.

use std::{env, error::Error, fs, path::Path};

const PROTO_ROOT: &str = "../../proto";
const PACKAGE_DIRECTORY: &str = "../../proto/takar/evaluation/v1";

fn main() -> Result<(), Box<dyn Error>> {
    // tonic-prost-build prints none of these.
    println!("cargo:rerun-if-changed={PROTO_ROOT}");

    let mut files = fs::read_dir(PACKAGE_DIRECTORY)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
    files.sort();

    let mut compiler = protox::Compiler::new([PROTO_ROOT])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;

    // Written by protox itself: prost's own set, encoded again, drops `google.api.http`.
    let descriptor_set = Path::new(&env::var("OUT_DIR")?).join("descriptor_set.binpb");
    fs::write(descriptor_set, compiler.encode_file_descriptor_set())?;

    tonic_prost_build::configure()
        .build_transport(false)
        // A file goes on without being copied.
        .bytes(".google.api.HttpBody")
        // Examples in Google's comments would be taken for Rust.
        .disable_comments([".google"])
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
