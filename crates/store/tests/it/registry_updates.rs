//! Changes of the registry's things while others begin to rest on them.

use takar_domain::{instrument::Instrument, vocabulary::Pillar};
use takar_store::{Error, Precondition};

use crate::support::{Scene, code, cycle, definition, instrument_id, program, program_id};

#[tokio::test]
async fn an_instrument_that_a_cycle_begins_to_use_does_not_change() {
    let scene = Scene::with_cycles().await;
    let id = instrument_id("draft");
    let draft = Instrument::new(id.clone(), definition()).unwrap();
    let mut write = scene.hand.begin().await;
    write.create_instrument(&draft).await.unwrap();
    write.commit(&[]).await.unwrap();

    let mut opening = scene.hand.begin().await;
    let opened = takar_domain::registry::Cycle { instrument: id.clone(), ..cycle("2030") };
    opening.create_cycle(&opened).await.unwrap();
    let mut changing = scene.hand.begin().await;
    let changing = async {
        changing.lock_instrument(&id).await.unwrap();
        changing.update_instrument(&draft).await
    };
    let (changed, ()) = tokio::join!(changing, async { opening.commit(&[]).await.unwrap() });
    let refused = changed.unwrap_err();
    assert!(matches!(refused, Error::Precondition(Precondition::InstrumentInUse(_))), "{refused}");
}

#[tokio::test]
async fn a_programme_is_answered_by_its_current_code_and_keeps_the_zeros_of_its_budget() {
    let scene = Scene::with_regions().await;
    let given = takar_domain::registry::Program {
        budget: Some(takar_domain::rupiah::Rupiah::parse("0.00").unwrap()),
        ..program("33.05", "soimah", Pillar::Living)
    };
    let mut write = scene.hand.begin().await;
    let created = write.create_program(&given).await.unwrap();
    write.commit(&[]).await.unwrap();
    assert_eq!(created, scene.store.program(&code("33.05"), &program_id("soimah")).await.unwrap());
    assert_eq!(created.budget.unwrap().to_string(), "0.00");
}
