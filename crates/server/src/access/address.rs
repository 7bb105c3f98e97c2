//! What a request names, read before its handler reads it.

use std::{collections::HashMap, sync::LazyLock};

use bytes::{Buf as _, Bytes};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _};
use takar_domain::name::{CycleId, RegionCode};
use takar_store::EvaluationKey;

use crate::descriptors::CONTRACT;

/// How a gRPC message begins: a byte that says whether it is compressed, and its length.
const FRAME_HEADER_BYTES: usize = 5;

/// The longest name that is kept of a request, in characters: the longest that exists has 150.
const NAME_MAX_CHARACTERS: usize = 200;

/// The input of each method, by `Service/Method`.
static INPUTS: LazyLock<HashMap<String, MessageDescriptor>> = LazyLock::new(|| {
    let methods = CONTRACT.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .map(|method| {
            (format!("{}/{}", method.parent_service().name(), method.name()), method.input())
        })
        .collect()
});

/// What a request names: `regions/33.05/evaluations/2022`; empty where it names nothing.
///
/// That is its `name`, its `parent`, or the `name` of the resource that it brings. What can't be read
/// names nothing; the handler's framework refuses it.
pub(super) fn name_of(method: &str, body: &Bytes) -> String {
    let named = INPUTS.get(method).and_then(|input| named(input, body));
    let clean = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    named.unwrap_or_default().chars().take(NAME_MAX_CHARACTERS).map(clean).collect()
}

fn named(input: &MessageDescriptor, body: &Bytes) -> Option<String> {
    let mut message = body.clone();
    let is_uncompressed = message.first() == Some(&0);
    if message.len() < FRAME_HEADER_BYTES || !is_uncompressed {
        return None;
    }
    message.advance(FRAME_HEADER_BYTES);
    let message = DynamicMessage::decode(input.clone(), message).ok()?;
    ["name", "parent"].into_iter().find_map(|field| text(&message, field)).or_else(|| {
        let mut parts = message.fields().filter_map(|(_, value)| value.as_message());
        parts.find_map(|part| text(part, "name"))
    })
}

fn text(message: &DynamicMessage, field: &str) -> Option<String> {
    let field = message.descriptor().get_field_by_name(field)?;
    message.get_field(&field).as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The region of a name: `regions/33.05...`; `None` for all regions and for other names.
pub(super) fn region_of(name: &str) -> Option<RegionCode> {
    let code = name.strip_prefix("regions/")?.split('/').next()?;
    RegionCode::parse(code).ok()
}

/// The evaluation that a name is of or below.
pub(super) fn evaluation_of(name: &str) -> Option<EvaluationKey> {
    let mut parts = name.split('/').skip(2);
    let is_of_evaluation = matches!(parts.next(), Some("evaluations" | "scorecards"));
    let cycle = parts.next().filter(|_| is_of_evaluation)?;
    Some(EvaluationKey { region: region_of(name)?, cycle: CycleId::parse(cycle).ok()? })
}

#[cfg(test)]
mod tests {
    use takar_proto::v1;

    use super::*;

    fn framed(message: &impl prost::Message) -> Bytes {
        let mut bytes = vec![0];
        bytes.extend(u32::try_from(message.encoded_len()).unwrap().to_be_bytes());
        bytes.extend(message.encode_to_vec());
        bytes.into()
    }

    #[test]
    fn a_request_names_itself_its_parent_or_what_it_brings() {
        let get = v1::GetRegionRequest { name: "regions/33.05".to_owned() };
        assert_eq!(name_of("RegistryService/GetRegion", &framed(&get)), "regions/33.05");
        let create = v1::CreateProgramRequest {
            parent: "regions/33.05".to_owned(),
            ..v1::CreateProgramRequest::default()
        };
        assert_eq!(name_of("RegistryService/CreateProgram", &framed(&create)), "regions/33.05");
        let region = v1::Region { name: "regions/33".to_owned(), ..v1::Region::default() };
        let create =
            v1::CreateRegionRequest { region: Some(region), ..v1::CreateRegionRequest::default() };
        assert_eq!(name_of("RegistryService/CreateRegion", &framed(&create)), "regions/33");
    }

    #[test]
    fn what_cannot_be_read_names_nothing() {
        for body in [&b""[..], b"\0\0\0\0", b"\x01\0\0\0\0", b"\0\0\0\0\x01\xff", b"\0\0\0\0\0"] {
            assert_eq!(name_of("RegistryService/GetRegion", &Bytes::from_static(body)), "");
        }
        assert_eq!(name_of("RegistryService/Unknown", &Bytes::from_static(b"\0\0\0\0\0")), "");
    }

    #[test]
    fn a_name_has_its_region_and_its_evaluation() {
        let code = |name| region_of(name).map(|code| code.to_string());
        assert_eq!(code("regions/33.05/evaluations/2022").as_deref(), Some("33.05"));
        assert_eq!(code("regions/-"), None);
        assert_eq!(code("cohorts/33.05"), None);
        let cycle = |name| evaluation_of(name).map(|key| key.cycle.to_string());
        assert_eq!(cycle("regions/33.05/scorecards/2022").as_deref(), Some("2022"));
        assert_eq!(cycle("regions/33.05/evaluations/2022/evidence/a").as_deref(), Some("2022"));
        assert_eq!(cycle("regions/33.05/programs/2022"), None);
        assert_eq!(cycle("regions/-/evaluations/2022"), None);
    }
}
