//! The fixed words of the evaluation: pillars and components.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Defines an enumeration of fixed words with their stored names.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $allowed:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them, in their fixed order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];
            /// Their words, in the same order.
            pub const WORDS: [&'static str; Self::ALL.len()] = [$($word),+];

            /// The word as it is stored and shown to machines.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads the word.
            ///
            /// # Errors
            /// A [`Fault`] that lists the words.
            pub fn parse(word: &str) -> Result<Self, Fault> {
                Self::ALL
                    .into_iter()
                    .find(|value| value.as_str() == word)
                    .ok_or_else(|| Fault::new(word, $allowed))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// One of the six dimensions of a smart city (dimensi Smart City).
    Pillar, "governance, branding, economy, living, society or environment" {
        /// Smart Governance.
        Governance = "governance",
        /// Smart Branding.
        Branding = "branding",
        /// Smart Economy.
        Economy = "economy",
        /// Smart Living.
        Living = "living",
        /// Smart Society.
        Society = "society",
        /// Smart Environment.
        Environment = "environment",
    }
}

words! {
    /// A time zone of Indonesia (zona waktu); none of them has summer time.
    Zone, "WIB, WITA or WIT" {
        /// Western Indonesia (Waktu Indonesia Barat), UTC+7.
        Wib = "WIB",
        /// Central Indonesia (Waktu Indonesia Tengah), UTC+8.
        Wita = "WITA",
        /// Eastern Indonesia (Waktu Indonesia Timur), UTC+9.
        Wit = "WIT",
    }
}

words! {
    /// One of the five aspects that an evaluation scores (aspek evaluasi).
    Component, "baseline, output, outcome, impact or quick_win" {
        /// The state before the masterplan's programmes.
        Baseline = "baseline",
        /// What the programmes delivered.
        Output = "output",
        /// What changed for those who use it.
        Outcome = "outcome",
        /// What changed for the region as a whole.
        Impact = "impact",
        /// Programmes meant to show results within the first year.
        QuickWin = "quick_win",
    }
}

words! {
    /// What a region is in the administration of Indonesia.
    RegionKind, "province, kabupaten or kota" {
        /// A province (provinsi).
        Province = "province",
        /// A regency (kabupaten).
        Kabupaten = "kabupaten",
        /// A city (kota).
        Kota = "kota",
    }
}

words! {
    /// How regions come of each other (pemekaran, penggabungan).
    RegionChange, "split or merge" {
        /// One gave a part of itself for a new one.
        Split = "split",
        /// One went into another.
        Merge = "merge",
    }
}

words! {
    /// How a registered programme does in one cycle.
    ProgramStatus, "running, planned, stopped or not_due" {
        /// It runs.
        Running = "running",
        /// It is due but does not run yet.
        Planned = "planned",
        /// It was stopped although it is due.
        Stopped = "stopped",
        /// It is not due in this cycle and leaves the denominator.
        NotDue = "not_due",
    }
}

words! {
    /// How a component's score comes about.
    Derivation, "direct, mean_of_pillars, pooled_realisation or mean_realisation" {
        /// An assessor scores it.
        Direct = "direct",
        /// The mean of the six pillars' scores, unrounded.
        MeanOfPillars = "mean_of_pillars",
        /// The pooled realisation, laid onto the scale.
        PooledRealisation = "pooled_realisation",
        /// The mean of the pillars' realisations, laid onto the scale.
        MeanRealisation = "mean_realisation",
    }
}

words! {
    /// How the components' scores come onto one scale before they are aggregated (normalisasi).
    Normalisation, "none, min_max, z_score, goalposts or borda" {
        /// They stay as they are, on the instrument's scale.
        None = "none",
        /// From the lowest of the population to its highest.
        MinMax = "min_max",
        /// In standard deviations from the population's mean.
        ZScore = "z_score",
        /// Between two values that the instrument fixes.
        Goalposts = "goalposts",
        /// How many of the population score lower.
        Borda = "borda",
    }
}

impl Normalisation {
    /// Whether it takes other regions to normalise one.
    pub const fn is_relative(self) -> bool {
        match self {
            Self::None | Self::Goalposts => false,
            Self::MinMax | Self::ZScore | Self::Borda => true,
        }
    }
}

words! {
    /// How components become an index (agregasi).
    Aggregation, "arithmetic, geometric, harmonic or copeland" {
        /// The weighted arithmetic mean.
        Arithmetic = "arithmetic",
        /// The weighted geometric mean.
        Geometric = "geometric",
        /// The weighted harmonic mean.
        Harmonic = "harmonic",
        /// With how much of the weights a region outranks the others.
        Copeland = "copeland",
    }
}

impl Aggregation {
    /// Whether it takes other regions to aggregate one.
    pub const fn is_relative(self) -> bool {
        matches!(self, Self::Copeland)
    }

    /// Whether it is defined of values above 0 only.
    pub const fn needs_positive(self) -> bool {
        matches!(self, Self::Geometric | Self::Harmonic)
    }
}

words! {
    /// Where an evaluation stands.
    EvaluationState, "draft, submitted, in_review, returned, scored, objection, final, published, withdrawn or not_assessable" {
        /// The region reports and assesses itself.
        Draft = "draft",
        /// The region handed it in.
        Submitted = "submitted",
        /// Assessors score it.
        InReview = "in_review",
        /// It went back to the region with comments.
        Returned = "returned",
        /// The review is concluded; the region may object.
        Scored = "scored",
        /// The region objected; an answer is due.
        Objection = "objection",
        /// Nothing changes any more before it is published.
        Final = "final",
        /// At least one revision of its scorecard has been published.
        Published = "published",
        /// It was withdrawn; it has no scorecard.
        Withdrawn = "withdrawn",
        /// It can't be assessed, which is not a score of 0; it has no scorecard.
        NotAssessable = "not_assessable",
    }
}

words! {
    /// Whether a value can be relied on; SDMX code list `CL_OBS_STATUS`.
    ObservationStatus, "normal, provisional, missing, not_collected, break or suppressed" {
        /// SDMX `A`: a normal value.
        Normal = "normal",
        /// SDMX `P`: it may still change.
        Provisional = "provisional",
        /// SDMX `M`: it can't exist.
        Missing = "missing",
        /// SDMX `L`: it exists but was not collected.
        NotCollected = "not_collected",
        /// SDMX `B`: not comparable with earlier cycles.
        Break = "break",
        /// SDMX `Q`: it is not shown.
        Suppressed = "suppressed",
    }
}

impl ObservationStatus {
    /// Whether a value comes with the status.
    pub const fn has_value(self) -> bool {
        matches!(self, Self::Normal | Self::Provisional | Self::Break)
    }
}

words! {
    /// Whose score of a pillar or component it is, before the final one.
    Level, "self_assessed or desk" {
        /// The region's own.
        SelfAssessed = "self_assessed",
        /// An assessor's.
        Desk = "desk",
    }
}

words! {
    /// Whether a piece of evidence holds.
    EvidenceState, "submitted, verified or rejected" {
        /// Nobody has judged it yet.
        Submitted = "submitted",
        /// It holds.
        Verified = "verified",
        /// It does not hold.
        Rejected = "rejected",
    }
}

words! {
    /// What someone may be to the evaluation.
    Role, "public, operator, assessor, secretariat, integrator or administrator" {
        /// Anyone, without a credential too.
        Public = "public",
        /// Works for a region's government (operator daerah).
        Operator = "operator",
        /// Scores the evaluations that are assigned to them (asesor).
        Assessor = "assessor",
        /// Runs the evaluation at the ministry (sekretariat).
        Secretariat = "secretariat",
        /// A system that reads (integrator).
        Integrator = "integrator",
        /// Keeps the credentials (administrator).
        Administrator = "administrator",
    }
}

impl Role {
    /// Whether the role is held for some regions; the others are for all.
    pub const fn takes_regions(self) -> bool {
        matches!(self, Self::Operator | Self::Integrator)
    }
}
