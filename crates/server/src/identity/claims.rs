//! What a token's claims grant.
//!
//! | role | is granted by the roles' claim, and reaches |
//! |---|---|
//! | `secretariat`, `assessor`, `administrator` | every region; the regions' claim says nothing about them |
//! | `operator` | the regions that the regions' claim names; `*` names none |
//! | `integrator` | the regions that the regions' claim names; `*` is every region |
//! | `public` | never granted: everyone has it |
//!
//! Without the regions' claim, or with an empty one, `operator` and `integrator` are not granted at
//! all: nobody reaches every region by an omission. An operator writes, so `*` is not enough there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use takar_domain::{
    access::{Actor, Grant, Principal, Reach},
    fault::Fault,
    name::RegionCode,
    vocabulary::Role,
};

use super::error::IdentityError;

/// The value of the regions' claim that stands for every region.
const EVERY_REGION: &str = "*";

/// Where a claim is: `roles`, or `realm_access.roles` for one inside another.
///
/// A claim that has the whole path as its name goes first, so `https://takar.test/roles` is found
/// too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClaimPath(String);

/// Which claims speak of roles and regions, and what their values mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claims {
    /// Where the roles are: a text or a list of texts.
    pub(super) roles: ClaimPath,
    /// Where the regions are: Kemendagri codes or `*`, a text or a list of texts.
    pub(super) regions: ClaimPath,
    /// The roles by the values of the roles' claim; where it is empty, by their own words.
    pub(super) roles_by_value: BTreeMap<String, Role>,
}

/// The regions that a token names.
#[derive(Default)]
struct NamedRegions {
    every: bool,
    codes: BTreeSet<RegionCode>,
}

impl ClaimPath {
    /// Reads a path.
    ///
    /// # Errors
    /// A [`Fault`] where a part of it is empty.
    pub(super) fn parse(path: &str) -> Result<Self, Fault> {
        if path.split('.').any(str::is_empty) {
            return Err(Fault::new(path, "the names of claims with dots between them"));
        }
        Ok(Self(path.to_owned()))
    }

    fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        if let Some(value) = claims.get(&self.0) {
            return Some(value);
        }
        let mut parts = self.0.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    /// The texts at the path; none where there is no such claim.
    fn texts<'a>(&self, claims: &'a Map<String, Value>) -> Result<Vec<&'a str>, IdentityError> {
        let texts = match self.find(claims) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::String(text)) => Some(vec![text.as_str()]),
            Some(Value::Array(values)) => values.iter().map(Value::as_str).collect(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => None,
        };
        texts.ok_or_else(|| {
            IdentityError::malformed(format!("its claim {} is no text or list of texts", self.0))
        })
    }
}

impl Claims {
    /// Who calls, with what the claims grant, by the table above.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`] where a claim is not of its form. Unknown roles are ignored:
    /// the provider knows of other services. A region that is no code is not, as a BPS code would
    /// pass for a missing right.
    pub(super) fn actor(
        &self,
        principal: Principal,
        claims: &Map<String, Value>,
    ) -> Result<Actor, IdentityError> {
        let values = self.roles.texts(claims)?;
        let roles: BTreeSet<Role> =
            values.into_iter().filter_map(|value| self.role(value)).collect();
        let needs_regions = roles.contains(&Role::Operator) || roles.contains(&Role::Integrator);
        let named =
            if needs_regions { self.named_regions(claims)? } else { NamedRegions::default() };
        let grants = roles.into_iter().filter_map(|role| named.grant(role)).collect();
        Ok(Actor { principal, grants })
    }

    fn role(&self, value: &str) -> Option<Role> {
        if self.roles_by_value.is_empty() {
            Role::parse(value).ok()
        } else {
            self.roles_by_value.get(value).copied()
        }
    }

    fn named_regions(&self, claims: &Map<String, Value>) -> Result<NamedRegions, IdentityError> {
        let mut named = NamedRegions::default();
        for text in self.regions.texts(claims)? {
            if text == EVERY_REGION {
                named.every = true;
                continue;
            }
            let code = RegionCode::parse(text)
                .map_err(|fault| IdentityError::malformed(fault.at(&self.regions.0).to_string()))?;
            named.codes.insert(code);
        }
        Ok(named)
    }
}

impl NamedRegions {
    fn grant(&self, role: Role) -> Option<Grant> {
        let reach = match role {
            Role::Public => None,
            Role::Integrator if self.every => Some(Reach::All),
            Role::Operator | Role::Integrator => {
                (!self.codes.is_empty()).then(|| Reach::Regions(self.codes.clone()))
            }
            Role::Assessor | Role::Secretariat | Role::Administrator => Some(Reach::All),
        };
        reach.map(|reach| Grant { role, reach })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(roles: &str, regions: &str, map: &[(&str, Role)]) -> Claims {
        Claims {
            roles: ClaimPath::parse(roles).unwrap(),
            regions: ClaimPath::parse(regions).unwrap(),
            roles_by_value: map.iter().map(|(value, role)| ((*value).to_owned(), *role)).collect(),
        }
    }

    fn grants(mapping: &Claims, claims: &Value) -> Result<String, IdentityError> {
        let principal = Principal::parse("users/siti").unwrap();
        let actor = mapping.actor(principal, claims.as_object().unwrap())?;
        let shown: Vec<_> = actor
            .grants
            .iter()
            .map(|Grant { role, reach }| match reach {
                Reach::All => format!("{role} *"),
                Reach::Regions(codes) => {
                    let codes: Vec<_> = codes.iter().map(RegionCode::as_str).collect();
                    format!("{role} {}", codes.join(" "))
                }
            })
            .collect();
        Ok(shown.join(", "))
    }

    #[test]
    fn roles_reach_what_the_table_says() {
        let mapping = mapping("roles", "regions", &[]);
        for (roles, regions, expected) in [
            (json!([]), json!(["33.05"]), ""),
            (json!(null), json!(["33.05"]), ""),
            (json!("operator"), json!("33.05"), "operator 33.05"),
            (json!(["operator"]), json!(["33.05", "33.04"]), "operator 33.04 33.05"),
            (json!(["operator"]), json!(null), ""),
            (json!(["operator"]), json!([]), ""),
            (json!(["operator"]), json!("*"), ""),
            (json!(["operator"]), json!(["*", "33.05"]), "operator 33.05"),
            (json!(["integrator"]), json!(null), ""),
            (json!(["integrator"]), json!(["33.05"]), "integrator 33.05"),
            (json!(["integrator"]), json!("*"), "integrator *"),
            (json!(["integrator"]), json!(["33.05", "*"]), "integrator *"),
            (json!(["secretariat"]), json!(null), "secretariat *"),
            (json!(["assessor"]), json!(["33.05"]), "assessor *"),
            (json!(["administrator"]), json!(["nonsense"]), "administrator *"),
            (json!(["public", "offline_access", "Operator", ""]), json!("33.05"), ""),
            (
                json!(["operator", "integrator", "operator"]),
                json!(["33"]),
                "operator 33, integrator 33",
            ),
        ] {
            let claims = json!({ "roles": roles, "regions": regions });
            assert_eq!(grants(&mapping, &claims).unwrap(), expected, "{claims}");
        }
        assert_eq!(grants(&mapping, &json!({ "roles": ["operator"] })).unwrap(), "");
        assert_eq!(grants(&mapping, &json!({ "regions": ["33.05"] })).unwrap(), "");
    }

    #[test]
    fn a_claim_of_another_form_is_an_error() {
        let mapping = mapping("access.roles", "regions", &[]);
        for claims in [
            json!({ "access": { "roles": { "operator": true } } }),
            json!({ "access": { "roles": 1 } }),
            json!({ "access": { "roles": ["operator", 1] } }),
            json!({ "access": { "roles": "operator" }, "regions": 33.05 }),
            json!({ "access": { "roles": "operator" }, "regions": ["3305"] }),
            json!({ "access": { "roles": "operator" }, "regions": [""] }),
            json!({ "access": { "roles": "operator" }, "regions": [["33.05"]] }),
        ] {
            let error = grants(&mapping, &claims).unwrap_err();
            assert_eq!(error.reason(), "CREDENTIAL_MALFORMED", "{claims}");
        }
    }

    #[test]
    fn a_path_leads_into_claims_or_is_the_name_of_one() {
        let nested = json!({ "a": { "b": { "roles": ["assessor"] } } });
        let named = json!({ "https://takar.test/roles": ["assessor"] });
        for (path, claims, expected) in [
            ("a.b.roles", &nested, "assessor *"),
            ("a.b", &json!({ "a": "assessor" }), ""),
            ("a.c.roles", &nested, ""),
            ("roles", &nested, ""),
            ("https://takar.test/roles", &named, "assessor *"),
        ] {
            assert_eq!(grants(&mapping(path, "regions", &[]), claims).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn a_map_of_roles_is_the_whole_map() {
        let map = [("Takar Sekretariat", Role::Secretariat), ("asesor", Role::Assessor)];
        let mapping = mapping("roles", "regions", &map);
        let claims = json!({ "roles": ["Takar Sekretariat", "asesor", "administrator"] });
        assert_eq!(grants(&mapping, &claims).unwrap(), "assessor *, secretariat *");
    }
}
