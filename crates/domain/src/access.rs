//! Who calls, and in which roles for which regions.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{fault::Fault, name::RegionCode, vocabulary::Role};

/// The longest principal, in characters: subjects of identity providers are UUIDs or addresses.
pub const PRINCIPAL_MAX_CHARACTERS: usize = 200;

/// Who acts: `users/SUBJECT` of the identity provider, `apiKeys/ID`, or `anonymous`.
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

    /// Reads a principal.
    ///
    /// # Errors
    /// A [`Fault`] where it is none of the three forms.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let id = text.strip_prefix("users/").or_else(|| text.strip_prefix("apiKeys/"));
        let is_id = id.is_some_and(|id| !id.is_empty())
            && text.chars().count() <= PRINCIPAL_MAX_CHARACTERS
            && !text.chars().any(|character| character.is_control() || character == ' ');
        if is_id || text == "anonymous" {
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
