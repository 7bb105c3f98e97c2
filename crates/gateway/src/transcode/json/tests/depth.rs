//! Messages in messages.

use super::*;

/// Puts a message into a field of another of its kind, again and again.
fn nested(field: u32, depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| {
        let mut outer = Vec::new();
        prost::encoding::bytes::encode(field, &inner, &mut outer);
        outer
    })
}

/// An `Empty` in an `Any`, which is in as many others.
fn nested_in_anys(depth: usize) -> Vec<u8> {
    let mut innermost = Vec::new();
    prost::encoding::string::encode(1, &"/google.protobuf.Empty".to_owned(), &mut innermost);
    (0..depth).fold(innermost, |inner, _| {
        let mut outer = Vec::new();
        prost::encoding::string::encode(1, &"/google.protobuf.Any".to_owned(), &mut outer);
        prost::encoding::bytes::encode(2, &inner, &mut outer);
        outer
    })
}

#[test]
fn messages_are_written_as_deep_as_prost_reads_them() {
    let everything = descriptor("everything.v1.Everything");
    let field = everything.get_field_by_name("one_message").expect("a field").number();
    let deepest = nested(field, MAX_DEPTH as usize);
    let json = written_at_once(&everything, &deepest).expect("a usual message");
    assert_eq!(json.matches("\"oneMessage\"").count(), MAX_DEPTH as usize);

    let deeper = nested(field, MAX_DEPTH as usize + 1);
    assert_eq!(written_at_once(&everything, &deeper), None);
    assert!(matches!(written(&everything, &deeper), Err(WriteError::Decode(_))));
}

#[test]
fn messages_in_anys_are_no_way_around_the_limit() {
    let any = descriptor("google.protobuf.Any");
    let deepest = nested_in_anys(MAX_DEPTH as usize - 1);
    assert!(written_at_once(&any, &deepest).is_some());
    written_by_library(&any, &deepest).expect("JSON");
    for depth in [MAX_DEPTH as usize, 2_000] {
        let error = written(&any, &nested_in_anys(depth)).expect_err("too deep");
        assert!(matches!(error, WriteError::Depth), "{error:?}");
    }
}
