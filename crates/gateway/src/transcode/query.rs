//! Query parameters, bound strictly to the fields of a request.

use prost_reflect::DynamicMessage;

use crate::transcode::{
    contract::{Binding, Body},
    field::FieldPath,
    percent, scalar,
    violation::{Violation, Violations, reason},
};

/// Binds a query to the request, and notes every parameter that can't be.
pub(crate) fn bind(
    binding: &Binding,
    query: &str,
    request: &mut DynamicMessage,
    violations: &mut Violations,
) {
    let mut bound = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if let Err(violation) = bind_pair(binding, pair, request, &mut bound) {
            violations.push(violation);
        }
    }
}

fn bind_pair(
    binding: &Binding,
    pair: &str,
    request: &mut DynamicMessage,
    bound: &mut Vec<FieldPath>,
) -> Result<(), Violation> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text| {
        percent::decode_query(text).map_err(|error| {
            let description = format!("can't be decoded: {error}");
            Violation::new(text, reason::MALFORMED_QUERY, description)
        })
    };
    let (name, value) = (decode(name)?, decode(value)?);
    let path = parameter(binding, request, &name)?;
    if !path.leaf().is_list() && bound.contains(&path) {
        let description = "is given twice; a field that isn't repeated takes one value";
        return Err(Violation::new(&name, reason::REPEATED_PARAMETER, description));
    }
    if let Some(rival) = path.rival(request) {
        let description = format!("excludes `{}`, which is given too", rival.json_name());
        return Err(Violation::new(&name, reason::CONFLICTING_VALUE, description));
    }
    let kind = path.leaf().kind();
    let value = scalar::parse(&kind, &value)
        .ok_or_else(|| Violation::not_allowed(&name, &value, &scalar::allowed(&kind)))?;
    path.put(request, value);
    bound.push(path);
    Ok(())
}

/// The field that a parameter names, if a parameter may set it.
fn parameter(
    binding: &Binding,
    request: &DynamicMessage,
    name: &str,
) -> Result<FieldPath, Violation> {
    use prost_reflect::ReflectMessage as _;

    let unknown =
        |description: String| Violation::new(name, reason::UNKNOWN_PARAMETER, description);
    if matches!(binding.body, Body::Whole | Body::Raw(None)) {
        return Err(unknown("is no parameter: all fields are taken from the body".to_owned()));
    }
    let path = FieldPath::resolve(&request.descriptor(), name)
        .map_err(|error| unknown(format!("is no parameter: {error}")))?;
    if binding.variables.contains(&path) {
        return Err(unknown("is no parameter: the field is taken from the path".to_owned()));
    }
    if binding.body.field() == Some(path.first()) {
        return Err(unknown("is no parameter: the field is taken from the body".to_owned()));
    }
    if path.leaf().is_map() || !scalar::is_bindable(path.leaf()) {
        return Err(unknown("is no parameter: only single values can be given here".to_owned()));
    }
    Ok(path)
}
