use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    access::Principal,
    life::{Assignment, Conflict, Life},
    name::{CycleId, RegionCode},
    vocabulary::EvaluationState,
};

fn evaluation(state: EvaluationState) -> Evaluation {
    Evaluation {
        region: RegionCode::parse("33.05").unwrap(),
        cycle: CycleId::parse("2022").unwrap(),
        simulated: false,
        state,
        counted_tallies: BTreeMap::new(),
        tallies_given: BTreeMap::new(),
        program_reports: Vec::new(),
        pillar_scores: BTreeMap::new(),
        component_scores: BTreeMap::new(),
        assessments: Vec::new(),
        evidence: Vec::new(),
        life: Life::default(),
        create_time: DateTime::UNIX_EPOCH,
        update_time: DateTime::UNIX_EPOCH,
    }
}

fn caller(role: Role) -> Caller {
    Caller { principal: Principal::parse(&format!("users/{role}")).unwrap(), role }
}

fn new(id: &str) -> NewEvidence {
    NewEvidence {
        id: EvidenceId::parse(id).unwrap(),
        title: "SK Bupati".to_owned(),
        subject: Subject::Pillar(Pillar::Living),
        content: Content::Link(Link::parse("https://kebumenkab.go.id/sk").unwrap()),
    }
}

fn added(id: &str) -> Evidence {
    let draft = evaluation(EvaluationState::Draft);
    add(&draft, new(id), &caller(Role::Operator), DateTime::UNIX_EPOCH).unwrap()
}

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

#[test]
fn the_region_adds_while_the_evaluation_is_in_its_hands() {
    for state in EvaluationState::ALL {
        let is_of_the_region = [EvaluationState::Draft, EvaluationState::Returned].contains(&state);
        for role in [Role::Operator, Role::Secretariat] {
            let added = add(&evaluation(state), new("sk"), &caller(role), NOW);
            assert_eq!(added.is_ok(), is_of_the_region, "{state} {role}");
        }
        for role in [Role::Assessor, Role::Integrator, Role::Public, Role::Administrator] {
            let refused = add(&evaluation(state), new("sk"), &caller(role), NOW);
            assert!(matches!(refused, Err(Refusal::Illegal(_))), "{state} {role}");
        }
    }
    let piece = added("sk");
    assert_eq!((piece.state, piece.judged), (EvidenceState::Submitted, None));
    assert_eq!(piece.given.principal.as_str(), "users/operator");
}

#[test]
fn the_five_hundredth_piece_is_the_last() {
    let mut full = evaluation(EvaluationState::Draft);
    let pieces = (1..EVIDENCE_MAX).map(|number| added(&format!("e-{number}")));
    full.evidence = pieces.collect();
    let last = add(&full, new("last"), &caller(Role::Operator), NOW).unwrap();
    full.evidence.push(last);
    assert_eq!(full.evidence.len(), 500);
    let refused = add(&full, new("one-more"), &caller(Role::Operator), NOW);
    assert_eq!(refused, Err(Refusal::EvidenceFull));
}

#[test]
fn a_reviewer_judges_in_review_and_may_change_their_mind() {
    let in_review = evaluation(EvaluationState::InReview);
    let secretariat = caller(Role::Secretariat);
    let reason = "unsigned".to_owned();
    let rejected =
        judge(&in_review, added("sk"), Judgement::Rejected { reason }, &secretariat, NOW).unwrap();
    assert_eq!(
        (rejected.state, rejected.state_reason.as_str()),
        (EvidenceState::Rejected, "unsigned")
    );
    let verified = judge(&in_review, rejected, Judgement::Verified, &secretariat, NOW).unwrap();
    assert_eq!((verified.state, verified.state_reason.as_str()), (EvidenceState::Verified, ""));
    assert_eq!(verified.judged.unwrap().principal, secretariat.principal);
    for state in EvaluationState::ALL {
        let judged = judge(&evaluation(state), added("sk"), Judgement::Verified, &secretariat, NOW);
        assert_eq!(judged.is_ok(), state == EvaluationState::InReview, "{state}");
    }
    let refused = judge(&in_review, added("sk"), Judgement::Verified, &caller(Role::Operator), NOW);
    assert!(matches!(refused, Err(Refusal::Illegal(_))));
}

#[test]
fn an_assessor_judges_while_assigned_without_a_conflict() {
    let assessor = caller(Role::Assessor);
    let mut in_review = evaluation(EvaluationState::InReview);
    let judged = |of: &Evaluation| judge(of, added("sk"), Judgement::Verified, &assessor, NOW);
    let refused = Err(Refusal::NotAssessor(assessor.principal.clone()));
    assert_eq!(judged(&in_review), refused);
    in_review.life.assignments.push(Assignment {
        principal: assessor.principal.clone(),
        display_name: "Sari".to_owned(),
        assign_time: NOW,
        conflict: None,
    });
    assert!(judged(&in_review).is_ok());
    let conflict = Conflict { text: "a cousin".to_owned(), declare_time: NOW };
    in_review.life.assignments[0].conflict = Some(conflict);
    assert_eq!(judged(&in_review), refused);
}

#[test]
fn what_is_verified_stays_and_the_rest_goes_while_the_region_has_it() {
    let returned = evaluation(EvaluationState::Returned);
    let operator = caller(Role::Operator);
    for state in EvidenceState::ALL {
        let piece = Evidence { state, ..added("sk") };
        let removable = check_removable(&returned, &piece, &operator);
        match state {
            EvidenceState::Verified => {
                assert_eq!(removable, Err(Refusal::EvidenceVerified(piece.id)));
            }
            EvidenceState::Submitted | EvidenceState::Rejected => assert_eq!(removable, Ok(())),
        }
    }
    let submitted = evaluation(EvaluationState::Submitted);
    let refused = check_removable(&submitted, &added("sk"), &operator);
    assert!(matches!(refused, Err(Refusal::Illegal(_))));
}

#[test]
fn a_link_is_of_the_web_and_bounded_in_characters() {
    let long = |characters: usize| {
        let start = "https://kebumenkab.go.id/";
        format!("{start}{}", "é".repeat(characters - start.len()))
    };
    for link in [
        "https://kebumenkab.go.id",
        "http://10.0.0.1:8080/a?b=c#d",
        "https://kebumenkab.go.id/a@b",
        &long(LINK_MAX_CHARACTERS),
    ] {
        assert_eq!(Link::parse(link).unwrap().as_str(), link);
    }
    for link in [
        "",
        "kebumenkab.go.id",
        "https://",
        "https:///a",
        "https://?a",
        "ftp://kebumenkab.go.id",
        "javascript:alert(1)",
        "HTTPS://kebumenkab.go.id",
        "https://siti:secret@kebumenkab.go.id/",
        "https://kebumenkab.go.id/a b",
        "https://kebumenkab.go.id/\n",
        "https://kebumenkab.go.id/\"><script>",
        " https://kebumenkab.go.id",
        &long(LINK_MAX_CHARACTERS + 1),
    ] {
        assert!(Link::parse(link).is_err(), "{link}");
    }
}

#[test]
fn a_kept_piece_is_read_as_it_was_written_and_an_evaluation_without_any_too() {
    let file = File { media_type: MediaType::Pdf, size_bytes: 3, sha256: Sha256Digest::of(b"abc") };
    let of_file = Evidence { content: Content::File(file), ..added("scan") };
    assert!(of_file.content.source().starts_with("sha256:ba7816bf"));
    let kept = Evaluation {
        evidence: vec![of_file, added("sk")],
        ..evaluation(EvaluationState::Published)
    };
    let mut json = serde_json::to_value(&kept).unwrap();
    assert_eq!(serde_json::from_value::<Evaluation>(json.clone()).unwrap(), kept);
    json.as_object_mut().unwrap().remove("evidence");
    assert_eq!(serde_json::from_value::<Evaluation>(json).unwrap().evidence, []);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(https?://)?\\PC{0,40}") {
        let _ = Link::parse(&text);
    }
}
