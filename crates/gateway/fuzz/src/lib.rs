//! What the targets share: the subject, whose messages they make and read.

use std::sync::LazyLock;

use takar_gateway::fuzz::Subject;

/// The service of `tests/proto/everything.proto`.
pub static SUBJECT: LazyLock<Subject> = LazyLock::new(|| {
    let root = env!("CARGO_MANIFEST_DIR");
    let includes = [format!("{root}/../tests/proto"), format!("{root}/../../../proto")];
    let mut compiler = protox::Compiler::new(includes).expect("the include paths");
    compiler.include_imports(true).open_file("everything.proto").expect("it compiles");
    Subject::new(&compiler.encode_file_descriptor_set())
});
