//! How exported data are structured: the SDMX agency, its dataflows, and what a column is.
//!
//! It is stated here alone; every form of a file follows it. A dataflow's structure has its id, and a
//! change that is no addition is a new version.

use std::borrow::Cow;

/// The agency that maintains the structures: the ministry (Kementerian Komunikasi dan Digital).
pub(super) const AGENCY: Words =
    Words { english: "Ministry of Communication and Digital Affairs", indonesian: MINISTRY };
/// The agency's id.
pub(super) const AGENCY_ID: &str = "KOMDIGI";
/// The version of the dataflows and of their structures.
pub(super) const VERSION: &str = "1.0.0";

/// What the ministry calls itself.
pub(crate) const MINISTRY: &str = "Kementerian Komunikasi dan Digital";

/// What something is called in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) english: &'static str,
    pub(super) indonesian: &'static str,
}

/// A dataflow: data of one structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) id: &'static str,
    pub(super) words: Words,
}

/// A column of a table, a component of a structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) id: &'static str,
    pub(super) words: Words,
    pub(super) role: Role,
    pub(super) content: Content,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// With the other dimensions it names an observation.
    Dimension,
    /// It is what is observed.
    Measure,
    /// It tells more of an observation.
    Attribute,
    /// It tells more of the whole file.
    OfFile,
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// One of these codes, whose ids are as SDMX has them.
    Coded(Vec<Code>),
    /// One of these values, which are no ids of SDMX: it allows no dots.
    Listed(Vec<Code>),
    /// A text.
    Text,
    /// A decimal.
    Decimal,
    /// A count.
    Integer,
    /// True or false.
    Boolean,
    /// A time, RFC 3339.
    Time,
}

/// A code, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) id: Cow<'static, str>,
    pub(super) english: Cow<'static, str>,
    pub(super) indonesian: Cow<'static, str>,
}

impl Flow {
    /// What the dataflow is known by: `KOMDIGI:SCORECARDS(1.0.0)`.
    pub(super) fn reference(self) -> String {
        format!("{AGENCY_ID}:{}({VERSION})", self.id)
    }

    /// Its name in the registry of SDMX.
    pub(super) fn urn(self) -> String {
        format!("urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow={}", self.reference())
    }

    /// That of its structure.
    pub(super) fn structure_urn(self) -> String {
        format!("urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={}", self.reference())
    }
}

impl Code {
    /// A code whose id and names are fixed.
    pub(super) const fn fixed(
        (id, english, indonesian): (&'static str, &'static str, &'static str),
    ) -> Self {
        Self {
            id: Cow::Borrowed(id),
            english: Cow::Borrowed(english),
            indonesian: Cow::Borrowed(indonesian),
        }
    }

    /// Codes whose ids and names are fixed.
    pub(super) fn all(codes: &[(&'static str, &'static str, &'static str)]) -> Vec<Self> {
        codes.iter().copied().map(Self::fixed).collect()
    }

    /// Something with one name in every language.
    pub(super) fn named(id: String, display_name: String) -> Self {
        Self {
            id: Cow::Owned(id),
            english: Cow::Owned(display_name.clone()),
            indonesian: Cow::Owned(display_name),
        }
    }
}

impl Content {
    /// What may stand there, where that is a list.
    pub(super) fn codes(&self) -> Option<&[Code]> {
        match self {
            Self::Coded(codes) | Self::Listed(codes) => Some(codes),
            Self::Text | Self::Decimal | Self::Integer | Self::Boolean | Self::Time => None,
        }
    }
}
