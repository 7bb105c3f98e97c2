//! Compiles the contract in `/proto` to Rust and to the descriptor sets, without protoc.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

const PROTO_ROOT: &str = "../../proto";
const PACKAGE_DIRECTORY: &str = "../../proto/takar/evaluation/v1";
/// What a gateway asks of the service that it stands before, whatever that one's contract is.
const FRESHNESS: &str = "../../proto/takar/gateway/v1/freshness.proto";

fn main() -> Result<(), Box<dyn Error>> {
    // tonic-prost-build prints none of these.
    println!("cargo:rerun-if-changed={PROTO_ROOT}");

    let mut files = fs::read_dir(PACKAGE_DIRECTORY)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
    files.sort();
    let freshness = PathBuf::from(FRESHNESS);

    // Written by protox itself: prost's own set, encoded again, drops `google.api.http`.
    let output = PathBuf::from(env::var("OUT_DIR")?);
    write_descriptor_set(&files, &output.join("descriptor_set.binpb"))?;
    write_descriptor_set(&[&freshness], &output.join("freshness_descriptor_set.binpb"))?;

    files.push(freshness);
    tonic_prost_build::configure()
        .build_transport(false)
        // A file goes on without being copied.
        .bytes(".google.api.HttpBody")
        // Examples in Google's comments would be taken for Rust.
        .disable_comments([".google"])
        .compile_fds(compile(&files)?.file_descriptor_set())?;
    Ok(())
}

fn compile(files: &[impl AsRef<Path>]) -> Result<protox::Compiler, protox::Error> {
    let mut compiler = protox::Compiler::new([PROTO_ROOT])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;
    Ok(compiler)
}

fn write_descriptor_set(files: &[impl AsRef<Path>], path: &Path) -> Result<(), Box<dyn Error>> {
    fs::write(path, compile(files)?.encode_file_descriptor_set())?;
    Ok(())
}
