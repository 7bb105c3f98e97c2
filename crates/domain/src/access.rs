//! Who calls, and in which roles for which regions.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{fault::Fault, name::RegionCode, vocabulary::Role};

/// The longest principal, in characters: subjects of identity providers are UUIDs or addresses.
pub const PRINCIPAL_MAX_CHARACTERS: usize = 200;

/// Who acts: `users/SUBJECT` of the identity provider, `apiKeys/ID`, `anonymous`, or `system`, which
/// is whoever runs the server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Principal(String);

/// Which regions a role reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Every region.
    All,
    /// These regions, by codes that may be former ones.
    Regions(BTreeSet<RegionCode>),
}

/// A role, and the regions for which it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The regions.
    pub reach: Reach,
}

/// Someone who calls, with what they were granted. Everyone has the role `public` besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who it is.
    pub principal: Principal,
    /// What they were granted.
    pub grants: Vec<Grant>,
}

impl Principal {
    /// Nobody known.
    pub fn anonymous() -> Self {
        Self("anonymous".to_owned())
    }

    /// Whoever runs the server, by its own commands.
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// Reads a principal.
    ///
    /// # Errors
    /// A [`Fault`] where it is none of the forms.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let id = text.strip_prefix("users/").or_else(|| text.strip_prefix("apiKeys/"));
        let is_id = id.is_some_and(|id| !id.is_empty())
            && text.chars().count() <= PRINCIPAL_MAX_CHARACTERS
            && !text.chars().any(|character| character.is_control() || character == ' ');
        if is_id || ["anonymous", "system"].contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            let allowed = format!(
                "users/SUBJECT or apiKeys/ID, at most {PRINCIPAL_MAX_CHARACTERS} characters without blanks"
            );
            Err(Fault::new(text, allowed))
        }
    }

    /// The principal as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Principal {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> Self {
        principal.0
    }
}

impl Grant {
    /// Reads a grant: a role, or a role with its regions, `operator=33.05,33.06`, `integrator=*`.
    ///
    /// # Errors
    /// A [`Fault`] where the role is none or is the public's, a code is none, or a role that needs
    /// regions has none, or one that holds for all has some.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (role, regions) = match text.split_once('=') {
            Some((role, regions)) => (role, Some(regions)),
            None => (text, None),
        };
        let role = Role::parse(role)?;
        let reach = match (role.takes_regions(), regions) {
            (true, Some("*")) | (false, None) => Reach::All,
            (true, Some(regions)) => {
                Reach::Regions(regions.split(',').map(RegionCode::parse).collect::<Result<_, _>>()?)
            }
            (true, None) => {
                return Err(Fault::new(
                    text,
                    format!("{role}=33.05 or other regions, or {role}=*"),
                ));
            }
            (false, Some(_)) => {
                return Err(Fault::new(text, format!("{role} alone, which holds for all regions")));
            }
        };
        if role == Role::Public {
            return Err(Fault::new(text, "another role: everyone has this one"));
        }
        Ok(Self { role, reach })
    }
}

impl Actor {
    /// One that showed no credential: the public.
    pub fn anonymous() -> Self {
        Self { principal: Principal::anonymous(), grants: Vec::new() }
    }

    /// Whether no credential was shown.
    pub fn is_anonymous(&self) -> bool {
        self.principal == Principal::anonymous()
    }

    /// The regions for which `role` is held; `None` where it is not held at all.
    pub fn reach(&self, role: Role) -> Option<Reach> {
        let mut regions = BTreeSet::new();
        let mut holds = false;
        for grant in self.grants.iter().filter(|grant| grant.role == role) {
            match &grant.reach {
                Reach::All => return Some(Reach::All),
                Reach::Regions(more) => regions.extend(more.iter().cloned()),
            }
            holds = true;
        }
        holds.then_some(Reach::Regions(regions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_a_role_with_the_regions_that_it_needs() {
        let reach = |text| Grant::parse(text).map(|grant| grant.reach);
        assert_eq!(reach("secretariat"), Ok(Reach::All));
        assert_eq!(reach("operator=*"), Ok(Reach::All));
        let two = ["33.05", "33.06"].map(|code| RegionCode::parse(code).unwrap());
        assert_eq!(reach("operator=33.05,33.06"), Ok(Reach::Regions(two.into())));
        for wrong in ["", "operator", "operator=", "operator=3305", "secretariat=33.05", "public"] {
            assert!(reach(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_role_reaches_what_all_its_grants_reach_together() {
        let grants = ["operator=33.05", "operator=35.71", "secretariat"];
        let actor = Actor {
            principal: Principal::parse("users/siti").unwrap(),
            grants: grants.iter().map(|grant| Grant::parse(grant).unwrap()).collect(),
        };
        let both = ["33.05", "35.71"].map(|code| RegionCode::parse(code).unwrap());
        assert_eq!(actor.reach(Role::Operator), Some(Reach::Regions(both.into())));
        assert_eq!(actor.reach(Role::Secretariat), Some(Reach::All));
        assert_eq!(actor.reach(Role::Integrator), None);
    }

    #[test]
    fn a_principal_has_one_of_the_forms() {
        for text in ["anonymous", "system", "users/siti@kebumenkab.go.id", "apiKeys/abcdefghijkm"] {
            assert_eq!(Principal::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "siti", "users/", "users/a b", "users/a\nb", "regions/33"] {
            assert!(Principal::parse(text).is_err(), "{text}");
        }
    }
}
