#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| takar_gateway_fuzz::SUBJECT.message_to_json(data));
