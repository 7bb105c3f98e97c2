//! Evidence: added, judged, removed, listed, and kept with what is published.

use takar_domain::{
    access::Principal,
    digest::Sha256Digest,
    evaluation::Given,
    evidence::{Content, Evidence, File, Link, Subject},
    evidence_file::MediaType,
    name::EvidenceId,
    vocabulary::{Component, EvidenceState, Pillar, RegionKind},
};
use takar_store::{
    EvaluationKey, EvidenceFilter, LockedEvaluation, Page, Resource, Result, StoredEvidence, Write,
};

use crate::support::{
    Scene, after, all, citation, code, existing, formerly, kebumen, key, length, missing, program,
    program_id, region, tally,
};

fn id(id: &str) -> EvidenceId {
    EvidenceId::parse(id).expect("an id")
}

fn principal(name: &str) -> Principal {
    Principal::parse(&format!("users/{name}")).expect("a principal")
}

fn link(name: &str, subject: Subject, locked: &LockedEvaluation) -> Evidence {
    Evidence {
        id: id(name),
        title: format!("Bukti {name}"),
        subject,
        content: Content::Link(Link::parse("https://kebumenkab.go.id/sk").expect("a link")),
        given: Given { principal: principal("siti"), time: locked.now },
        state: EvidenceState::Submitted,
        state_reason: String::new(),
        judged: None,
    }
}

fn of_living() -> Subject {
    Subject::Pillar(Pillar::Living)
}

/// Does something with an evaluation, in a write of its own.
async fn on<T>(
    scene: &Scene,
    key: &EvaluationKey,
    work: impl AsyncFnOnce(&mut Write, &LockedEvaluation) -> Result<T>,
) -> Result<T> {
    let mut write = scene.hand.begin().await;
    let locked = write.lock_evaluation(key).await?;
    let done = work(&mut write, &locked).await?;
    write.commit(&[]).await?;
    Ok(done)
}

/// Adds a link to an evaluation.
async fn add(scene: &Scene, key: &EvaluationKey, name: &str, subject: Subject) -> Result<Evidence> {
    on(scene, key, async |write, locked| {
        let evidence = link(name, subject, locked);
        write.add_evidence(locked, &evidence).await?;
        Ok(evidence)
    })
    .await
}

async fn judge(scene: &Scene, name: &str, state: EvidenceState, reason: &str) -> Evidence {
    let judged = on(scene, &kebumen(), async |write, locked| {
        let judged = Evidence {
            state,
            state_reason: reason.to_owned(),
            judged: Some(Given { principal: principal("sari"), time: locked.now }),
            ..locked.piece(&id(name))?.evidence
        };
        write.judge_evidence(locked, &judged).await?;
        Ok(judged)
    })
    .await;
    judged.expect("a judgement")
}

async fn names(scene: &Scene, filter: &EvidenceFilter, page: &Page<EvidenceId>) -> Vec<String> {
    let whole = scene.store.evidence_of(&kebumen(), filter, &all()).await.expect("a list");
    let count = scene.store.count_evidence(&kebumen(), filter).await.expect("a count");
    assert_eq!(count, length(&whole));
    let found = scene.store.evidence_of(&kebumen(), filter, page).await.expect("a list");
    found.into_iter().map(|stored| stored.evidence.id.to_string()).collect()
}

#[tokio::test]
async fn a_link_and_a_file_are_read_as_they_were_written() {
    let scene = Scene::with_evaluation().await;
    let file = File {
        media_type: MediaType::Pdf,
        size_bytes: 10_485_760,
        sha256: Sha256Digest::of(b"a scan"),
    };
    let added = on(&scene, &kebumen(), async |write, locked| {
        let of_link = link("a", of_living(), locked);
        let of_file = Evidence {
            content: Content::File(file),
            ..link("b", Subject::Component(Component::Output), locked)
        };
        write.add_evidence(locked, &of_link).await?;
        write.add_evidence(locked, &of_file).await?;
        Ok([of_link, of_file])
    })
    .await;
    for evidence in added.unwrap() {
        let stored = scene.store.evidence(&kebumen(), &evidence.id).await.unwrap();
        assert_eq!(stored, StoredEvidence { key: kebumen(), evidence });
    }
    let evaluation = scene.store.evaluation(&kebumen()).await.unwrap();
    assert_eq!(evaluation.evidence.len(), 2);
    assert_eq!(evaluation.evidence[1].content, Content::File(file));
}

#[tokio::test]
async fn an_id_is_taken_once_in_an_evaluation_and_again_in_another() {
    let scene = Scene::with_evaluation().await;
    let other = key("33.05", "2024-1");
    scene.hand.create_evaluation(&other).await.unwrap();
    add(&scene, &kebumen(), "sk", of_living()).await.unwrap();
    let again = add(&scene, &kebumen(), "sk", of_living()).await;
    assert_eq!(existing(again), Resource::Evidence(kebumen(), id("sk")));
    add(&scene, &other, "sk", of_living()).await.unwrap();
    assert_eq!(names(&scene, &EvidenceFilter::default(), &all()).await, ["sk"]);
}

#[tokio::test]
async fn evidence_is_of_a_programme_of_the_evaluations_region_only() {
    let scene = Scene::with_evaluation().await;
    scene.hand.create_program(&program("33.06", "balada", Pillar::Living)).await.unwrap();
    let of_program = || Subject::Program(program_id("balada"));
    let refused = add(&scene, &kebumen(), "a", of_program()).await;
    assert_eq!(missing(refused), Resource::Program(code("33.05"), program_id("balada")));
    scene.hand.create_program(&program("33.05", "balada", Pillar::Living)).await.unwrap();
    let added = add(&scene, &kebumen(), "a", of_program()).await.unwrap();
    let read = scene.store.evidence(&kebumen(), &id("a")).await.unwrap();
    assert_eq!(read.evidence, added);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let scene = Scene::with_evaluation().await;
    add(&scene, &kebumen(), "a", of_living()).await.unwrap();
    let unknown = scene.store.evidence(&kebumen(), &id("b")).await;
    assert_eq!(missing(unknown), Resource::Evidence(kebumen(), id("b")));
    for other in [key("33.06", "2022"), key("33.05", "2021"), key("33.99", "2022")] {
        let unknown = scene.store.evidence(&other, &id("a")).await;
        assert_eq!(missing(unknown), Resource::Evidence(other.clone(), id("a")));
        let filter = EvidenceFilter::default();
        let unknown = scene.store.evidence_of(&other, &filter, &all()).await;
        assert_eq!(missing(unknown), Resource::Evaluation(other));
    }
    let piece = on(&scene, &kebumen(), async |_, locked| locked.piece(&id("b"))).await;
    assert_eq!(missing(piece), Resource::Evidence(kebumen(), id("b")));
}

#[tokio::test]
async fn evidence_is_found_by_a_former_code_and_names_the_current_one() {
    let scene = Scene::with_cycles().await;
    let renumbered = formerly(region("33.98", RegionKind::Kabupaten, "Kabupaten Lama"), &["33.01"]);
    scene.hand.create_regions(&[renumbered]).await.unwrap();
    let (former, current) = (key("33.01", "2022"), key("33.98", "2022"));
    scene.hand.create_evaluation(&former).await.unwrap();
    let evidence = add(&scene, &former, "a", of_living()).await.unwrap();
    let expected = StoredEvidence { key: current, evidence };
    assert_eq!(scene.store.evidence(&former, &id("a")).await.unwrap(), expected);
    let listed = scene.store.evidence_of(&former, &EvidenceFilter::default(), &all()).await;
    assert_eq!(listed.unwrap(), [expected]);
}

#[tokio::test]
async fn each_condition_of_the_list_excludes_by_itself() {
    let scene = Scene::with_evaluation().await;
    scene.hand.create_program(&program("33.05", "balada", Pillar::Living)).await.unwrap();
    for (name, subject) in [
        ("d", of_living()),
        ("c", Subject::Pillar(Pillar::Economy)),
        ("b", Subject::Component(Component::Output)),
        ("a", Subject::Program(program_id("balada"))),
    ] {
        add(&scene, &kebumen(), name, subject).await.unwrap();
    }
    judge(&scene, "d", EvidenceState::Verified, "").await;
    let none = EvidenceFilter::default();
    assert_eq!(names(&scene, &none, &all()).await, ["a", "b", "c", "d"]);
    for (subject, name) in [
        (of_living(), "d"),
        (Subject::Component(Component::Output), "b"),
        (Subject::Program(program_id("balada")), "a"),
    ] {
        let filter = EvidenceFilter { subject: Some(subject), state: None };
        assert_eq!(names(&scene, &filter, &all()).await, [name]);
    }
    let verified = EvidenceFilter { subject: None, state: Some(EvidenceState::Verified) };
    assert_eq!(names(&scene, &verified, &all()).await, ["d"]);
    assert_eq!(names(&scene, &none, &after(id("b"))).await, ["c", "d"]);
    let first = Page { after: None, size: 2 };
    assert_eq!(names(&scene, &none, &first).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn what_was_judged_is_read_so_and_what_was_removed_is_gone() {
    let scene = Scene::with_evaluation().await;
    for name in ["a", "b"] {
        add(&scene, &kebumen(), name, of_living()).await.unwrap();
    }
    let rejected = judge(&scene, "a", EvidenceState::Rejected, "unsigned").await;
    let read = scene.store.evidence(&kebumen(), &id("a")).await.unwrap();
    assert_eq!(read.evidence, rejected);
    on(&scene, &kebumen(), async |write, locked| write.remove_evidence(locked, &id("a")).await)
        .await
        .unwrap();
    assert_eq!(names(&scene, &EvidenceFilter::default(), &all()).await, ["b"]);
}

#[tokio::test]
async fn a_publication_keeps_the_evidence_as_it_was() {
    let scene = Scene::with_evaluation().await;
    let added = add(&scene, &kebumen(), "a", of_living()).await.unwrap();
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Living, tally(1, 2))]).await.unwrap();
    scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    judge(&scene, "a", EvidenceState::Rejected, "unsigned").await;
    add(&scene, &kebumen(), "b", of_living()).await.unwrap();

    let (_, kept) = scene.store.explained(&kebumen(), None).await.unwrap();
    assert_eq!(kept.unwrap().evidence, [added]);
    assert_eq!(scene.store.evaluation(&kebumen()).await.unwrap().evidence.len(), 2);
}

#[tokio::test]
async fn the_database_refuses_evidence_that_cannot_be() {
    let scene = Scene::with_evaluation().await;
    for (changes, constraint) in [
        ("update evidence set pillar = null", "evidence_one_item"),
        ("update evidence set component = 'output'", "evidence_one_item"),
        ("update evidence set uri = ''", "evidence_link_or_file"),
        ("update evidence set uri = 'ftp://a'", "evidence_uri_form"),
        ("update evidence set size_bytes = 1", "evidence_link_or_file"),
        (
            "update evidence set uri = '', media_type = 'text/csv', size_bytes = 1, sha256 = 'a'",
            "evidence_sha256_length",
        ),
        (
            "update evidence
             set uri = '', media_type = 'text/csv', size_bytes = 0, sha256 = sha256('a')",
            "evidence_size_bytes_range",
        ),
        ("update evidence set title = ''", "evidence_title_length"),
        ("update evidence set state = 'verified'", "evidence_judged_whole"),
        ("update evidence set judge_principal = 'users/sari'", "evidence_judged_whole"),
        (
            "update evidence set state = 'rejected', judge_time = now(), judge_principal = 'system'",
            "evidence_rejection_has_reason",
        ),
    ] {
        // For there to be a row, whichever comes first.
        let _ = add(&scene, &kebumen(), "a", of_living()).await;
        assert_eq!(scene.refused_by(changes).await, constraint, "{changes}");
    }
}
