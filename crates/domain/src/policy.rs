//! Who may call what: one row for each method of the API.
//!
//! The server enforces the table in one layer, before a request is read any further; a test walks
//! all methods, roles and regions through it.

use crate::vocabulary::Role::{
    self, Administrator, Assessor, Integrator, Operator, Public, Secretariat,
};

/// What a role reaches by a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All of it.
    Anywhere,
    /// What is of the regions for which the role is held; the request names the region.
    OwnRegion,
    /// The evaluations to which the caller is assigned, without a declared conflict; the request
    /// names one.
    Assigned,
    /// Of a list, the evaluations to which the caller is assigned.
    AssignedOfList,
    /// What is published.
    Published,
}

/// Whether a method changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does not.
    Reads,
    /// It does, and goes into the audit trail, refused ones too.
    Writes,
}

/// Who may call one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The service and the method, `EvaluationService/PublishEvaluation`.
    pub method: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    /// Who may call it and how far that goes. The first row that admits a caller counts.
    pub admits: &'static [(Role, Scope)],
}

/// The rule of a method; `None` where there is no such method.
pub fn rule(method: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.method == method)
}

const fn reads(method: &'static str, admits: &'static [(Role, Scope)]) -> Rule {
    Rule { method, effect: Effect::Reads, admits }
}

const fn writes(method: &'static str, admits: &'static [(Role, Scope)]) -> Rule {
    Rule { method, effect: Effect::Writes, admits }
}

/// Reference data is public.
const ANYONE: &[(Role, Scope)] = &[(Public, Scope::Anywhere)];
const SECRETARIAT: &[(Role, Scope)] = &[(Secretariat, Scope::Anywhere)];
const ADMINISTRATOR: &[(Role, Scope)] = &[(Administrator, Scope::Anywhere)];
/// The secretariat writes on behalf of a region too, from a letter; the trail says that it did.
const REGION: &[(Role, Scope)] = &[(Secretariat, Scope::Anywhere), (Operator, Scope::OwnRegion)];
const REVIEWERS: &[(Role, Scope)] = &[(Secretariat, Scope::Anywhere), (Assessor, Scope::Assigned)];
const ASSIGNED: &[(Role, Scope)] = &[(Assessor, Scope::Assigned)];
const REGION_AND_REVIEWERS: &[(Role, Scope)] =
    &[(Secretariat, Scope::Anywhere), (Assessor, Scope::Assigned), (Operator, Scope::OwnRegion)];
const INSIDERS: &[(Role, Scope)] = &[
    (Secretariat, Scope::Anywhere),
    (Assessor, Scope::Assigned),
    (Operator, Scope::OwnRegion),
    (Integrator, Scope::OwnRegion),
];
const INSIDERS_OF_LIST: &[(Role, Scope)] = &[
    (Secretariat, Scope::Anywhere),
    (Operator, Scope::OwnRegion),
    (Integrator, Scope::OwnRegion),
    (Assessor, Scope::AssignedOfList),
];
/// What they are told is computed of what is published, so it is no secret; but it costs processor time,
/// seconds of it, which is for those who can be asked about it.
const ANALYSTS: &[(Role, Scope)] =
    &[(Secretariat, Scope::Anywhere), (Assessor, Scope::Anywhere), (Integrator, Scope::Anywhere)];
/// Scorecards are public once they are published; before, they are the insiders'.
const PUBLISHED_OR_INSIDERS: &[(Role, Scope)] = &[
    (Secretariat, Scope::Anywhere),
    (Assessor, Scope::Assigned),
    (Operator, Scope::OwnRegion),
    (Integrator, Scope::OwnRegion),
    (Public, Scope::Published),
];

/// The table.
pub const RULES: &[Rule] = &[
    reads("RegistryService/GetRegion", ANYONE),
    reads("RegistryService/ListRegions", ANYONE),
    writes("RegistryService/CreateRegion", SECRETARIAT),
    writes("RegistryService/BatchCreateRegions", SECRETARIAT),
    writes("RegistryService/UpdateRegion", SECRETARIAT),
    writes("RegistryService/RecodeRegion", SECRETARIAT),
    writes("RegistryService/SplitRegion", SECRETARIAT),
    writes("RegistryService/MergeRegions", SECRETARIAT),
    reads("RegistryService/GetCohort", ANYONE),
    reads("RegistryService/ListCohorts", ANYONE),
    writes("RegistryService/CreateCohort", SECRETARIAT),
    writes("RegistryService/UpdateCohort", SECRETARIAT),
    reads("RegistryService/GetInstrument", ANYONE),
    reads("RegistryService/ListInstruments", ANYONE),
    writes("RegistryService/CreateInstrument", SECRETARIAT),
    writes("RegistryService/UpdateInstrument", SECRETARIAT),
    reads("RegistryService/GetCycle", ANYONE),
    reads("RegistryService/ListCycles", ANYONE),
    writes("RegistryService/CreateCycle", SECRETARIAT),
    writes("RegistryService/UpdateCycle", SECRETARIAT),
    reads("RegistryService/GetProgram", ANYONE),
    reads("RegistryService/ListPrograms", ANYONE),
    writes("RegistryService/CreateProgram", REGION),
    writes("RegistryService/UpdateProgram", REGION),
    writes("SimulationService/SimulateCycle", SECRETARIAT),
    reads("EvaluationService/GetEvaluation", INSIDERS),
    reads("EvaluationService/ListEvaluations", INSIDERS_OF_LIST),
    writes("EvaluationService/CreateEvaluation", REGION),
    writes("EvaluationService/ReportTallies", REGION_AND_REVIEWERS),
    writes("EvaluationService/ReportPrograms", REGION_AND_REVIEWERS),
    writes("EvaluationService/SelfAssessEvaluation", REGION),
    writes("EvaluationService/SubmitEvaluation", REGION),
    writes("EvaluationService/ExtendEvaluation", SECRETARIAT),
    writes("EvaluationService/AssignAssessor", SECRETARIAT),
    writes("EvaluationService/UnassignAssessor", SECRETARIAT),
    writes("EvaluationService/DeclareConflict", ASSIGNED),
    writes("EvaluationService/ReviewEvaluation", REVIEWERS),
    writes("EvaluationService/ReturnEvaluation", REVIEWERS),
    writes("EvaluationService/ScoreEvaluation", ASSIGNED),
    writes("EvaluationService/ModerateEvaluation", SECRETARIAT),
    writes("EvaluationService/ConcludeEvaluation", REVIEWERS),
    writes("EvaluationService/ObjectToEvaluation", REGION),
    writes("EvaluationService/AnswerObjection", SECRETARIAT),
    writes("EvaluationService/FinalizeEvaluation", SECRETARIAT),
    writes("EvaluationService/WithdrawEvaluation", REGION),
    writes("EvaluationService/MarkEvaluationNotAssessable", SECRETARIAT),
    writes("EvaluationService/PublishEvaluation", SECRETARIAT),
    reads("EvaluationService/GetScorecard", PUBLISHED_OR_INSIDERS),
    reads("EvaluationService/ListScorecards", PUBLISHED_OR_INSIDERS),
    reads("EvaluationService/ExplainScorecard", PUBLISHED_OR_INSIDERS),
    reads("EvaluationService/ListScorecardRevisions", ANYONE),
    reads("EvaluationService/GetSummary", ANYONE),
    reads("EvaluationService/ListRanking", ANYONE),
    reads("EvaluationService/GetTrend", ANYONE),
    reads("EvaluationService/GetCohortTrend", ANYONE),
    reads("EvaluationService/GetShortlist", ANYONE),
    reads("EvaluationService/WhatIf", ANALYSTS),
    reads("EvaluationService/AnalyzeRobustness", ANALYSTS),
    reads("EvidenceService/GetEvidence", INSIDERS),
    reads("EvidenceService/ListEvidence", INSIDERS),
    reads("EvidenceService/DownloadEvidence", INSIDERS),
    writes("EvidenceService/CreateEvidence", REGION),
    writes("EvidenceService/UploadEvidence", REGION),
    writes("EvidenceService/DeleteEvidence", REGION),
    writes("EvidenceService/VerifyEvidence", REVIEWERS),
    writes("EvidenceService/RejectEvidence", REVIEWERS),
    writes("ImportService/ImportRows", REGION),
    reads("ImportService/GetImport", REGION),
    reads("ImportService/ListImports", REGION),
    reads("ExportService/ExportScorecards", ANYONE),
    reads("ExportService/ExportSummary", ANYONE),
    reads("ExportService/GetCatalog", ANYONE),
    writes("AccessService/CreateApiKey", ADMINISTRATOR),
    reads("AccessService/GetApiKey", ADMINISTRATOR),
    reads("AccessService/ListApiKeys", ADMINISTRATOR),
    writes("AccessService/RevokeApiKey", ADMINISTRATOR),
    reads("AccessService/ListAuditEntries", SECRETARIAT),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_method_has_one_row_and_each_row_admits_someone() {
        let methods: BTreeSet<_> = RULES.iter().map(|rule| rule.method).collect();
        assert_eq!(methods.len(), RULES.len());
        for rule in RULES {
            assert!(!rule.admits.is_empty(), "{}", rule.method);
        }
    }

    #[test]
    fn nothing_is_written_by_the_public_or_by_systems_that_read() {
        for rule in RULES.iter().filter(|rule| rule.effect == Effect::Writes) {
            for (role, _) in rule.admits {
                assert!(![Public, Integrator].contains(role), "{}", rule.method);
            }
        }
    }
}
