//! The database's own rules, past the store: what another version or a person's hand cannot break.

use takar_domain::vocabulary::Pillar;

use crate::support::{Scene, kebumen, program, program_id, runs, tally};

/// With a tally of economy, a report of governance, and a programme of another region.
async fn scene() -> Scene {
    let scene = Scene::with_evaluation().await;
    let hand = &scene.hand;
    hand.create_program(&program("33.05", "balada", Pillar::Governance)).await.unwrap();
    hand.create_program(&program("33.06", "lain", Pillar::Living)).await.unwrap();
    hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(10, 12))]).await.unwrap();
    hand.report_programs(&kebumen(), &[(program_id("balada"), runs())]).await.unwrap();
    scene
}

async fn assert_refused(cases: &[(&'static str, &str)]) {
    let scene = scene().await;
    for (sql, constraint) in cases {
        assert_eq!(scene.refused_by(sql).await, *constraint, "{sql}");
    }
}

#[tokio::test]
async fn counts_are_in_range() {
    assert_refused(&[
        ("update tally set running = planned + 1", "tally_running_range"),
        ("update tally set running = -1", "tally_running_range"),
        ("update tally set planned = 10001", "tally_planned_range"),
        ("update tally set planned = -1, running = -1", "tally_planned_range"),
        ("update tally set not_due = -1", "tally_not_due_range"),
        ("update tally set source = ''", "tally_source_length"),
        ("update tally set pillar = 'health'", "tally_pillar_word"),
    ])
    .await;
}

#[tokio::test]
async fn a_pillar_has_one_origin() {
    assert_refused(&[
        (
            "update pillar_origin set origin = 'programs' where origin = 'counts'",
            "tally_one_origin",
        ),
        ("delete from pillar_origin where origin = 'counts'", "tally_one_origin"),
        (
            "update pillar_origin set origin = 'counts' where origin = 'programs'",
            "program_report_one_origin",
        ),
        ("update pillar_origin set origin = 'guess'", "pillar_origin_word"),
        ("update tally set pillar = 'governance'", "tally_one_origin"),
    ])
    .await;
}

#[tokio::test]
async fn a_report_is_of_a_programme_of_the_evaluations_region_in_its_pillar() {
    assert_refused(&[
        (
            "insert into pillar_origin select evaluation_id, 'living', 'programs' from evaluation;
             insert into program_report (evaluation_id, region_id, program_id, pillar, status)
             select evaluation_id, region_id, 'lain', 'living', 'running' from evaluation",
            "program_report_program_fkey",
        ),
        (
            "insert into pillar_origin select evaluation_id, 'living', 'programs' from evaluation;
             insert into program_report (evaluation_id, region_id, program_id, pillar, status)
             select evaluation_id, program.region_id, 'lain', 'living', 'running'
             from evaluation, program where program_id = 'lain'",
            "program_report_evaluation_fkey",
        ),
        (
            "insert into pillar_origin select evaluation_id, 'living', 'programs' from evaluation;
             update program_report set pillar = 'living'",
            "program_report_program_fkey",
        ),
        ("update program set pillar = 'living'", "program_report_program_fkey"),
        ("update program_report set status = 'stopped'", "program_report_reason"),
        (
            "update program_report set status = 'late', reason = 'rain'",
            "program_report_status_word",
        ),
    ])
    .await;
}

#[tokio::test]
async fn evaluations_and_revisions_are_named_once() {
    assert_refused(&[
        (
            "insert into evaluation (region_id, cycle_id) select region_id, cycle_id from evaluation",
            "evaluation_once",
        ),
        ("update evaluation set state = 'lost'", "evaluation_state_word"),
        ("update evaluation set cycle_id = '1999'", "evaluation_cycle_fkey"),
        (
            "insert into publication (evaluation_id, revision, source, scorecard)
             select evaluation_id, 2, 'a test', '{}' from evaluation",
            "publication_correction_has_reason",
        ),
        (
            "insert into publication (evaluation_id, revision, reason, source, scorecard)
             select evaluation_id, 0, 'a test', 'a test', '{}' from evaluation",
            "publication_revision_range",
        ),
        (
            "insert into publication (evaluation_id, revision, source, scorecard)
             select evaluation_id, 1, 'a test', '{}' from evaluation, generate_series(1, 2)",
            "publication_pkey",
        ),
    ])
    .await;
}

#[tokio::test]
async fn codes_and_ids_are_well_formed_and_mean_one_thing() {
    assert_refused(&[
        ("update region_code set code = '3305' where code = '33.05'", "region_code_form"),
        ("update region_code set code = '33.06' where code = '33.05'", "region_code_pkey"),
        ("update region_code set code = '51.05' where code = '33.05'", "region_code_province_fkey"),
        (
            "insert into region_code (code, region_id, is_current)
             select '33.99', region_id, true from region_code where code = '33.05'",
            "region_code_one_current",
        ),
        (
            "insert into region_code (code, region_id, is_current)
             select '33.99', region_id, false from region_code where code = '33.05'",
            "region_code_former_has_source",
        ),
        (
            "update region_code set end_date = current_date where code = '33.05'",
            "region_code_current_is_open",
        ),
        ("update region set kind = 'country'", "region_kind_word"),
        ("update region set display_name = ''", "region_display_name_length"),
        ("insert into cohort values ('-a', 'a cohort', 'a test')", "cohort_id_form"),
        ("insert into cycle values ('A', 'a cycle', 'kominfo-2022')", "cycle_id_form"),
    ])
    .await;
}

#[tokio::test]
async fn an_instruments_numbers_are_in_range() {
    assert_refused(&[
        (
            "insert into instrument values ('x', 'x', 'x', 4, 4, 80, null, 2, 2)",
            "instrument_scale_order",
        ),
        (
            "insert into instrument values ('x', 'x', 'x', 0, 4, 100.1, null, 2, 2)",
            "instrument_threshold_range",
        ),
        (
            "insert into instrument values ('x', 'x', 'x', 0, 4, 80, -1, 2, 2)",
            "instrument_availability_range",
        ),
        (
            "insert into instrument values ('x', 'x', 'x', 0, 4, 80, null, 7, 2)",
            "instrument_percent_decimals_range",
        ),
        (
            "insert into instrument values ('x', 'x', 'x', 0, 4, 80, null, 2, -1)",
            "instrument_score_decimals_range",
        ),
        (
            "insert into instrument_component values ('draft', 'impact', 0, 'direct')",
            "instrument_component_weight_range",
        ),
        (
            "insert into instrument values ('draft', 'x', 'x', 0, 4, 80, null, 2, 2);
             insert into instrument_component values ('draft', 'output', 1, 'direct');
             insert into instrument_component values ('draft', 'output', 1, 'direct')",
            "instrument_component_pkey",
        ),
        ("insert into instrument_band values ('draft', 1, 'none', 1, 1)", "instrument_band_order"),
    ])
    .await;
}
