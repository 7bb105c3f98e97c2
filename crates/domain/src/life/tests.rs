use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::{
    assessment::{Answer, Assessment, Item},
    deadline::NotOpen,
    evaluation::{Evaluation, Score},
    instrument::Scale,
    name::{CycleId, RegionCode},
    vocabulary::{Component, EvaluationState as State, Level, Pillar},
    workflow::Action,
};

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

fn draft() -> Evaluation {
    Evaluation {
        region: RegionCode::parse("33.05").unwrap(),
        cycle: CycleId::parse("2026").unwrap(),
        simulated: false,
        state: State::Draft,
        counted_tallies: BTreeMap::new(),
        tallies_given: BTreeMap::new(),
        program_reports: Vec::new(),
        pillar_scores: BTreeMap::new(),
        component_scores: BTreeMap::new(),
        assessments: Vec::new(),
        evidence: Vec::new(),
        life: Life { cycle_deadline_time: Some(at(100)), ..Life::default() },
        create_time: at(0),
        update_time: at(0),
    }
}

fn caller(principal: &str, role: Role) -> Caller {
    Caller { principal: Principal::parse(principal).unwrap(), role }
}

fn operator() -> Caller {
    caller("users/siti", Role::Operator)
}

fn secretariat() -> Caller {
    caller("users/rina", Role::Secretariat)
}

fn assessor(name: &str) -> Caller {
    caller(&format!("users/{name}"), Role::Assessor)
}

fn answer(score: &str) -> Answer {
    Answer::parse(score, None, "seen", Scale::parse("0", "4").unwrap()).unwrap()
}

fn comment() -> Comment {
    Comment { item: None, text: "a remark".to_owned() }
}

/// What the store does with changes, for those that later decisions look at.
fn apply(evaluation: &mut Evaluation, changes: Vec<Change>, now: DateTime<Utc>) {
    for change in changes {
        let life = &mut evaluation.life;
        match change {
            Change::Moved(transition) => {
                evaluation.state = transition.to;
                life.transitions.push(transition);
            }
            Change::Submitted { late } => (life.submit_time, life.late) = (Some(now), late),
            Change::ReturnDeadline(time) => life.return_deadline_time = Some(time),
            Change::Extended(extension) => life.extensions.push(extension),
            Change::Assigned(assignment) => {
                life.assignments.retain(|other| other.principal != assignment.principal);
                life.assignments.push(assignment);
            }
            Change::Unassigned(principal) => {
                life.assignments.retain(|other| other.principal != principal);
            }
            Change::Conflicted(principal, conflict) => {
                let mut assignments = life.assignments.iter_mut();
                let assignment = assignments.find(|other| other.principal == principal);
                assignment.expect("an assignment").conflict = Some(conflict);
            }
            Change::Objected(objection) => life.objections.push(objection),
            Change::ObjectionAnswered(answer) => {
                life.objections.last_mut().expect("an objection").answer = Some(answer);
            }
            Change::Assessed(assessment) => {
                evaluation.assessments.retain(|other: &Assessment| {
                    (other.item, other.level, &other.principal)
                        != (assessment.item, assessment.level, &assessment.principal)
                });
                evaluation.assessments.push(assessment);
            }
            Change::PillarScored(pillar, score) => {
                evaluation.pillar_scores.insert(pillar, score);
            }
            Change::ComponentScored(component, score) => {
                evaluation.component_scores.insert(component, score);
            }
            Change::Tally(pillar, tally) => {
                evaluation.counted_tallies.insert(pillar, tally);
            }
            Change::Report(..) => {}
        }
    }
}

/// Carries out commands that must be allowed.
fn run(evaluation: &mut Evaluation, commands: Vec<(Caller, Command, i64)>) {
    for (caller, command, hours) in commands {
        let shown = format!("{command:?}");
        let changes = decide(evaluation, command, &caller, at(hours));
        let changes = changes.unwrap_or_else(|refusal| panic!("{shown}: {refusal}"));
        apply(evaluation, changes, at(hours));
    }
}

fn submit() -> Command {
    Command::Submit { note: String::new() }
}

fn extend(hours: i64) -> Command {
    Command::Extend { deadline_time: at(hours), reason: "a flood".to_owned() }
}

fn assign(name: &str) -> Command {
    let principal = assessor(name).principal;
    Command::Assign { principal, display_name: name.to_owned() }
}

/// In review, with two assessors.
fn in_review() -> Evaluation {
    let mut evaluation = draft();
    run(
        &mut evaluation,
        vec![
            (operator(), submit(), 1),
            (secretariat(), assign("andi"), 2),
            (secretariat(), assign("budi"), 2),
            (assessor("andi"), Command::Review, 3),
        ],
    );
    evaluation
}

#[test]
fn the_last_moment_of_the_deadline_is_in_time_and_the_next_is_not() {
    let evaluation = draft();
    let on_time = decide(&evaluation, submit(), &operator(), at(100)).unwrap();
    assert!(on_time.contains(&Change::Submitted { late: false }));
    let next = at(100) + TimeDelta::microseconds(1);
    let refused = decide(&evaluation, submit(), &operator(), next);
    assert_eq!(refused, Err(Refusal::DeadlinePassed { deadline_time: at(100), now: next }));
}

#[test]
fn what_comes_within_an_extension_is_late() {
    let mut evaluation = draft();
    run(&mut evaluation, vec![(secretariat(), extend(200), 150), (operator(), submit(), 160)]);
    assert!(evaluation.life.late);
    assert_eq!(evaluation.life.deadline_time(), Some(at(200)));
}

#[test]
fn an_extension_is_later_than_now_and_than_the_deadline_in_force() {
    let evaluation = draft();
    for (hours, now) in [(100, 50), (99, 50), (150, 150)] {
        let refused = decide(&evaluation, extend(hours), &secretariat(), at(now));
        assert!(matches!(refused, Err(Refusal::Invalid(fault)) if fault.field == "deadline_time"));
    }
    let mut endless = draft();
    endless.life.cycle_deadline_time = None;
    assert!(decide(&endless, extend(500), &secretariat(), at(1)).is_err());
    assert!(decide(&endless, submit(), &operator(), at(100_000)).is_ok());
}

#[test]
fn a_return_after_the_deadline_gives_time_and_mending_makes_nothing_late() {
    let mut evaluation = in_review();
    let give_back = |deadline_time| Command::Return { comments: vec![comment()], deadline_time };
    let without = decide(&evaluation, give_back(None), &assessor("andi"), at(150));
    assert!(matches!(without, Err(Refusal::Invalid(fault)) if fault.field == "deadline_time"));
    run(
        &mut evaluation,
        vec![(assessor("andi"), give_back(Some(at(170))), 150), (operator(), submit(), 160)],
    );
    assert_eq!((evaluation.state, evaluation.life.late), (State::Submitted, false));
}

#[test]
fn what_assessors_agree_on_is_taken_over_and_a_recused_one_does_not_count() {
    let living = Item::Pillar(Pillar::Living);
    let output = Item::Component(Component::Output);
    let mut evaluation = in_review();
    run(
        &mut evaluation,
        vec![
            (
                assessor("andi"),
                Command::Score(vec![(living, answer("3.0")), (output, answer("2"))]),
                4,
            ),
            (
                assessor("budi"),
                Command::Score(vec![(living, answer("3")), (output, answer("4"))]),
                5,
            ),
        ],
    );
    let differing = decide(&evaluation, Command::Conclude, &secretariat(), at(6));
    assert_eq!(differing, Err(Refusal::ModerationNeeded(vec![output])));

    let conflict = Command::DeclareConflict { text: "my brother".to_owned() };
    run(&mut evaluation, vec![(assessor("budi"), conflict, 7)]);
    let after =
        decide(&evaluation, Command::Score(vec![(living, answer("1"))]), &assessor("budi"), at(8));
    assert_eq!(after, Err(Refusal::NotAssessor(assessor("budi").principal)));
    run(&mut evaluation, vec![(secretariat(), Command::Conclude, 9)]);
    let score =
        |score: &Score| (score.value().to_string(), score.given().unwrap().principal.to_string());
    assert_eq!(
        score(&evaluation.pillar_scores[&Pillar::Living]),
        ("3.0".to_owned(), "users/andi".to_owned())
    );
    assert_eq!(score(&evaluation.component_scores[&Component::Output]).0, "2");
}

#[test]
fn nothing_is_submitted_before_the_cycle_opens() {
    let mut evaluation = draft();
    evaluation.life.cycle_open_time = Some(at(10));
    let early = decide(&evaluation, submit(), &operator(), at(9));
    assert_eq!(early, Err(Refusal::NotOpen(NotOpen { open_time: at(10), now: at(9) })));
    assert!(decide(&evaluation, submit(), &operator(), at(10)).is_ok());
}

#[test]
fn a_moderated_score_is_not_taken_over_again() {
    let output = Item::Component(Component::Output);
    let mut evaluation = in_review();
    let moderated = Score::parse("3.2", "moderated", Scale::parse("0", "4").unwrap()).unwrap();
    let moderate =
        Command::Moderate { pillars: Vec::new(), components: vec![(Component::Output, moderated)] };
    run(
        &mut evaluation,
        vec![
            (assessor("andi"), Command::Score(vec![(output, answer("2"))]), 4),
            (secretariat(), moderate, 5),
            (secretariat(), Command::Conclude, 6),
        ],
    );
    let score = &evaluation.component_scores[&Component::Output];
    assert_eq!((score.value().to_string().as_str(), score.source()), ("3.2", "moderated"));
    assert_eq!(score.given().map(|given| given.principal.as_str()), Some("users/rina"));
}

#[test]
fn an_assignment_ends_before_anything_is_scored_and_nobody_else_is_assigned() {
    let mut evaluation = in_review();
    let unassign = |name: &str| Command::Unassign { principal: assessor(name).principal };
    let output = Item::Component(Component::Output);
    run(&mut evaluation, vec![(assessor("andi"), Command::Score(vec![(output, answer("2"))]), 4)]);
    let scored = decide(&evaluation, unassign("andi"), &secretariat(), at(5));
    assert_eq!(scored, Err(Refusal::HasScored(assessor("andi").principal)));
    let unknown = decide(&evaluation, unassign("citra"), &secretariat(), at(5));
    assert_eq!(unknown, Err(Refusal::NotAssigned(assessor("citra").principal)));
    run(&mut evaluation, vec![(secretariat(), unassign("budi"), 5)]);
    assert!(!evaluation.life.assesses(&assessor("budi").principal));
    for nobody in [Principal::anonymous(), Principal::system()] {
        let command = Command::Assign { principal: nobody, display_name: "Nobody".to_owned() };
        assert!(matches!(
            decide(&evaluation, command, &secretariat(), at(6)),
            Err(Refusal::Invalid(_))
        ));
    }
}

fn commands() -> impl Strategy<Value = Command> {
    let output = Item::Component(Component::Output);
    let reason = || "a reason".to_owned();
    prop_oneof![
        Just(submit()),
        Just(Command::Review),
        (0..400_i64).prop_map(|hours| Command::Return {
            comments: vec![comment()],
            deadline_time: (hours % 2 == 0).then(|| at(hours)),
        }),
        Just(Command::Conclude),
        Just(Command::Object { comments: vec![comment()] }),
        any::<bool>().prop_map(|upheld| Command::AnswerObjection { text: "so".to_owned(), upheld }),
        Just(Command::Finalize),
        Just(Command::Withdraw { reason: reason() }),
        Just(Command::MarkNotAssessable { reason: reason() }),
        (0..400_i64).prop_map(extend),
        Just(assign("andi")),
        Just(Command::DeclareConflict { text: reason() }),
        (0..=4_u32)
            .prop_map(move |score| Command::Score(vec![(output, answer(&score.to_string()))])),
        (0..=4_u32).prop_map(move |score| {
            Command::SelfAssess(vec![(output, answer(&score.to_string()))])
        }),
    ]
}

fn callers() -> impl Strategy<Value = Caller> {
    prop_oneof![Just(operator()), Just(secretariat()), Just(assessor("andi"))]
}

proptest! {
    #[test]
    fn whatever_is_asked_the_steps_make_one_chain_of_legal_states(
        asked in prop::collection::vec((commands(), callers(), 1..20_i64, any::<bool>()), 1..80),
    ) {
        let mut evaluation = draft();
        let mut hours = 0;
        for (command, caller, later, publish) in asked {
            hours += later;
            let before = evaluation.clone();
            let decided = if publish {
                publication(&evaluation, &caller, at(hours)).map(|change| vec![change])
            } else {
                decide(&evaluation, command, &caller, at(hours))
            };
            match decided {
                Ok(changes) => apply(&mut evaluation, changes, at(hours)),
                Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
            }
            if evaluation.state != before.state {
                let is_legal = Action::ALL.into_iter().any(|action| {
                    action.from().contains(&before.state) && action.to() == evaluation.state
                });
                prop_assert!(is_legal, "{} to {}", before.state, evaluation.state);
            }
            let ended = [State::Published, State::Withdrawn, State::NotAssessable];
            prop_assert!(!ended.contains(&before.state) || evaluation.state == before.state);
            // Scores stay as they are once nothing may change any more.
            if [State::Scored, State::Final].contains(&before.state) {
                prop_assert_eq!(&before.component_scores, &evaluation.component_scores);
            }
        }
        let mut state = State::Draft;
        for transition in &evaluation.life.transitions {
            prop_assert_eq!(transition.from, state);
            state = transition.to;
        }
        prop_assert_eq!(state, evaluation.state);
        let open = evaluation.life.objections.iter().filter(|one| one.answer.is_none()).count();
        let is_objection = evaluation.life.transitions.last().is_some_and(|last| last.to == State::Objection);
        // Withdrawn while it was open, it stays open.
        prop_assert!(open == usize::from(is_objection) || evaluation.state == State::Withdrawn);
    }

    #[test]
    fn desk_scores_come_from_assessors_and_own_ones_from_the_region(
        asked in prop::collection::vec((commands(), callers()), 1..60),
    ) {
        let mut evaluation = draft();
        for (hours, (command, caller)) in (1..).zip(asked) {
            if let Ok(changes) = decide(&evaluation, command, &caller, at(hours)) {
                apply(&mut evaluation, changes, at(hours));
            }
        }
        for assessment in &evaluation.assessments {
            let is_assessor = assessment.principal == assessor("andi").principal;
            prop_assert_eq!(is_assessor, assessment.level == Level::Desk);
        }
    }
}
