-- Evaluations: what was reported and scored of one region in one cycle, and what was published.

create table evaluation (
    evaluation_id bigint generated always as identity primary key,
    region_id bigint not null references region,
    cycle_id text collate "C" not null constraint evaluation_cycle_fkey references cycle,
    state text not null default 'draft'
        constraint evaluation_state_word check (state in ('draft', 'published')),
    create_time timestamptz not null default clock_timestamp(),
    update_time timestamptz not null default clock_timestamp(),
    constraint evaluation_once unique (region_id, cycle_id),
    -- So that a report can refer to a programme of the same region only.
    constraint evaluation_in_its_region unique (evaluation_id, region_id)
);

create index evaluation_of_cycle on evaluation (cycle_id);

-- A pillar is counted in one way: every tally and every report refers to this row with its own
-- origin, so the first of either kind shuts out the other.
create table pillar_origin (
    evaluation_id bigint not null references evaluation,
    pillar text not null constraint pillar_origin_pillar_word check (is_pillar(pillar)),
    origin text not null constraint pillar_origin_word check (origin in ('counts', 'programs')),
    primary key (evaluation_id, pillar),
    constraint pillar_origin_reference unique (evaluation_id, pillar, origin)
);

create table tally (
    evaluation_id bigint not null,
    pillar text not null constraint tally_pillar_word check (is_pillar(pillar)),
    origin text not null generated always as ('counts') stored,
    running int not null,
    planned int not null,
    not_due int not null,
    source text not null constraint tally_source_length check (is_required_text(source)),
    primary key (evaluation_id, pillar),
    constraint tally_one_origin foreign key (evaluation_id, pillar, origin)
        references pillar_origin (evaluation_id, pillar, origin),
    constraint tally_planned_range check (planned between 0 and 10000),
    constraint tally_running_range check (running between 0 and planned),
    constraint tally_not_due_range check (not_due between 0 and 10000)
);

create table program_report (
    evaluation_id bigint not null,
    region_id bigint not null,
    program_id text collate "C" not null,
    pillar text not null constraint program_report_pillar_word check (is_pillar(pillar)),
    origin text not null generated always as ('programs') stored,
    status text not null
        constraint program_report_status_word check (status in ('running', 'planned', 'stopped', 'not_due')),
    reason text not null default '',
    primary key (evaluation_id, program_id),
    constraint program_report_evaluation_fkey foreign key (evaluation_id, region_id)
        references evaluation (evaluation_id, region_id),
    constraint program_report_program_fkey foreign key (region_id, program_id, pillar)
        references program (region_id, program_id, pillar),
    constraint program_report_one_origin foreign key (evaluation_id, pillar, origin)
        references pillar_origin (evaluation_id, pillar, origin),
    constraint program_report_reason check (status in ('running', 'planned') or reason <> '')
);

create table pillar_score (
    evaluation_id bigint not null references evaluation,
    pillar text not null constraint pillar_score_pillar_word check (is_pillar(pillar)),
    score numeric not null,
    source text not null constraint pillar_score_source_length check (is_required_text(source)),
    primary key (evaluation_id, pillar)
);

create table component_score (
    evaluation_id bigint not null references evaluation,
    component text not null
        constraint component_score_component_word check (is_component(component)),
    score numeric not null,
    source text not null constraint component_score_source_length check (is_required_text(source)),
    primary key (evaluation_id, component)
);

-- A revision holds the whole scorecard, so what was published depends on no later data or code.
create table publication (
    evaluation_id bigint not null references evaluation,
    revision int not null constraint publication_revision_range check (revision >= 1),
    -- Stamped under the evaluation's row lock: later revisions have later times.
    publish_time timestamptz not null default clock_timestamp(),
    letter_number text,
    letter_date date,
    source text not null constraint publication_source_length check (is_required_text(source)),
    reason text,
    scorecard jsonb not null,
    primary key (evaluation_id, revision),
    constraint publication_correction_has_reason check (revision = 1 or reason is not null)
);

create trigger publication_append_only before update or delete or truncate on publication
    for each statement execute function refuse_change();
