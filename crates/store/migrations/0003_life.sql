-- The life of an evaluation: who may call, who did what and when, and what is kept of it.

-- Words of the workflow.

alter table evaluation
    drop constraint evaluation_state_word,
    add constraint evaluation_state_word check (state in
        ('draft', 'submitted', 'in_review', 'returned', 'scored', 'objection', 'final', 'published',
         'withdrawn', 'not_assessable')),
    add column submit_time timestamptz,
    add column late boolean not null default false,
    -- The time given with the newest return.
    add column return_deadline_time timestamptz;

create function is_optional_text(content text) returns boolean immutable parallel safe language sql
    return char_length(content) <= 1000;

create function is_principal(principal text) returns boolean immutable parallel safe language sql
    return principal in ('anonymous', 'system') or principal ~ '^(users|apiKeys)/[^[:cntrl:] ]+$';

-- Only ever added to, as publications are.
create table evaluation_transition (
    evaluation_id bigint not null references evaluation,
    position int not null constraint evaluation_transition_position_range check (position >= 1),
    from_state text not null,
    to_state text not null,
    principal text not null
        constraint evaluation_transition_principal_form check (is_principal(principal)),
    role text not null,
    transition_time timestamptz not null default clock_timestamp(),
    reason text not null default ''
        constraint evaluation_transition_reason_length check (is_optional_text(reason)),
    comments jsonb not null default '[]',
    primary key (evaluation_id, position)
);

create trigger evaluation_transition_append_only before update or delete or truncate
    on evaluation_transition for each statement execute function refuse_change();

create table evaluation_extension (
    evaluation_id bigint not null references evaluation,
    position int not null constraint evaluation_extension_position_range check (position >= 1),
    deadline_time timestamptz not null,
    reason text not null
        constraint evaluation_extension_reason_length check (is_required_text(reason)),
    principal text not null
        constraint evaluation_extension_principal_form check (is_principal(principal)),
    record_time timestamptz not null default clock_timestamp(),
    primary key (evaluation_id, position)
);

create trigger evaluation_extension_append_only before update or delete or truncate
    on evaluation_extension for each statement execute function refuse_change();

create table assignment (
    evaluation_id bigint not null references evaluation,
    principal text collate "C" not null
        constraint assignment_principal_form check (is_principal(principal) and principal not in ('anonymous', 'system')),
    display_name text not null
        constraint assignment_display_name_length check (is_display_name(display_name)),
    assign_time timestamptz not null default clock_timestamp(),
    conflict text not null default ''
        constraint assignment_conflict_length check (is_optional_text(conflict)),
    conflict_time timestamptz,
    primary key (evaluation_id, principal),
    constraint assignment_conflict_has_time check ((conflict <> '') = (conflict_time is not null))
);

create index assignment_of_principal on assignment (principal);

create table objection (
    evaluation_id bigint not null references evaluation,
    position int not null constraint objection_position_range check (position >= 1),
    comments jsonb not null,
    principal text not null constraint objection_principal_form check (is_principal(principal)),
    object_time timestamptz not null default clock_timestamp(),
    answer text not null default ''
        constraint objection_answer_length check (is_optional_text(answer)),
    upheld boolean,
    answer_principal text
        constraint objection_answer_principal_form check (is_principal(answer_principal)),
    answer_time timestamptz,
    primary key (evaluation_id, position),
    constraint objection_answered_whole check (
        num_nonnulls(upheld, answer_principal, answer_time) in (0, 3)
        and (answer <> '') = (answer_time is not null))
);

-- One objection at a time is open.
create unique index objection_one_open on objection (evaluation_id) where answer_time is null;

-- Final scores stay in pillar_score and component_score; these are the ones before.
create table assessment (
    evaluation_id bigint not null references evaluation,
    level text not null constraint assessment_level_word check (level in ('self_assessed', 'desk')),
    -- Whose desk; the region's own scores are the region's, whoever of it gave them.
    assessor text collate "C" not null,
    pillar text constraint assessment_pillar_word check (is_pillar(pillar)),
    component text constraint assessment_component_word check (is_component(component)),
    score numeric,
    observation_status text not null
        constraint assessment_status_word check (observation_status in
            ('normal', 'provisional', 'missing', 'not_collected', 'suppressed')),
    source text not null constraint assessment_source_length check (is_required_text(source)),
    principal text not null constraint assessment_principal_form check (is_principal(principal)),
    record_time timestamptz not null default clock_timestamp(),
    constraint assessment_key unique nulls not distinct
        (evaluation_id, level, assessor, pillar, component),
    constraint assessment_one_item check (num_nonnulls(pillar, component) = 1),
    constraint assessment_assessor_of_desk check ((level = 'desk') = (assessor <> '')),
    constraint assessment_score_or_status check
        ((score is not null) = (observation_status in ('normal', 'provisional')))
);

alter table pillar_score
    add column principal text not null default '',
    add column record_time timestamptz not null default clock_timestamp();
alter table component_score
    add column principal text not null default '',
    add column record_time timestamptz not null default clock_timestamp();
alter table tally
    add column principal text not null default '',
    add column record_time timestamptz not null default clock_timestamp();
alter table program_report
    add column principal text not null default '',
    add column record_time timestamptz not null default clock_timestamp();

-- What the scorecard of a revision was computed from; null in revisions from before this column.
alter table publication
    add column evaluation jsonb,
    add column principal text not null default '';

create index publication_as_of on publication (evaluation_id, publish_time desc) include (revision);

-- When a cycle opens and ends, by a clock on the wall of its zone.

alter table cycle
    add column open_time timestamptz,
    add column deadline timestamp,
    add column deadline_zone text
        constraint cycle_deadline_zone_word check (deadline_zone in ('WIB', 'WITA', 'WIT')),
    -- Indonesia's zones have no summer time, so their offsets are all there is to them.
    add column deadline_time timestamptz generated always as (
        (deadline - case deadline_zone
            when 'WIB' then interval '7 hours'
            when 'WITA' then interval '8 hours'
            when 'WIT' then interval '9 hours'
        end) at time zone 'UTC') stored,
    add constraint cycle_deadline_has_zone check ((deadline is null) = (deadline_zone is null));

-- The regions that a cycle evaluates; none listed: every kabupaten and kota.
create table cycle_region (
    cycle_id text collate "C" not null references cycle,
    region_id bigint not null references region,
    primary key (cycle_id, region_id)
);

-- Files and links that a region shows for what it reports.
create table evidence (
    evaluation_id bigint not null references evaluation,
    evidence_id text collate "C" not null constraint evidence_id_form check (is_id(evidence_id)),
    title text not null constraint evidence_title_length check (is_display_name(title)),
    pillar text constraint evidence_pillar_word check (is_pillar(pillar)),
    component text constraint evidence_component_word check (is_component(component)),
    region_id bigint not null,
    program_id text collate "C",
    uri text not null default ''
        constraint evidence_uri_form check (uri = '' or uri ~ '^https?://' and char_length(uri) <= 2000),
    media_type text not null default '',
    size_bytes bigint constraint evidence_size_bytes_range check (size_bytes >= 1),
    -- The file itself is in the object store, by this digest.
    sha256 bytea constraint evidence_sha256_length check (octet_length(sha256) = 32),
    state text not null default 'submitted'
        constraint evidence_state_word check (state in ('submitted', 'verified', 'rejected')),
    state_reason text not null default ''
        constraint evidence_state_reason_length check (is_optional_text(state_reason)),
    principal text not null constraint evidence_principal_form check (is_principal(principal)),
    create_time timestamptz not null default clock_timestamp(),
    judge_principal text constraint evidence_judge_principal_form check (is_principal(judge_principal)),
    judge_time timestamptz,
    primary key (evaluation_id, evidence_id),
    constraint evidence_evaluation_fkey foreign key (evaluation_id, region_id)
        references evaluation (evaluation_id, region_id),
    constraint evidence_program_fkey foreign key (region_id, program_id)
        references program (region_id, program_id),
    constraint evidence_one_item check (num_nonnulls(pillar, component, program_id) = 1),
    constraint evidence_link_or_file check (
        (uri <> '') = (sha256 is null)
        and (media_type <> '') = (sha256 is not null)
        and (size_bytes is not null) = (sha256 is not null)),
    constraint evidence_rejection_has_reason check (state <> 'rejected' or state_reason <> ''),
    constraint evidence_judged_whole check
        ((state = 'submitted') = (judge_time is null) and (judge_time is null) = (judge_principal is null))
);

-- Regions come and go: split, merged, renamed.

alter table region
    -- The day of the merger by which it ceased to exist.
    add column end_date date;

create table region_lineage (
    predecessor_id bigint not null references region,
    successor_id bigint not null references region,
    kind text not null constraint region_lineage_kind_word check (kind in ('split', 'merge')),
    change_date date not null,
    source text not null constraint region_lineage_source_length check (is_required_text(source)),
    primary key (predecessor_id, successor_id),
    constraint region_lineage_is_another check (predecessor_id <> successor_id)
);

create index region_lineage_of_successor on region_lineage (successor_id);

create table region_name (
    region_id bigint not null references region,
    display_name text not null
        constraint region_name_display_name_length check (is_display_name(display_name)),
    end_time timestamptz not null default clock_timestamp(),
    primary key (region_id, end_time)
);

alter table program
    add column first_year int constraint program_first_year_range check (first_year between 1990 and 2100),
    add column last_year int constraint program_last_year_range check (last_year between 1990 and 2100),
    -- In rupiah, over all its years.
    add column budget numeric constraint program_budget_range check (budget >= 0),
    add constraint program_years_order check (first_year <= last_year);

-- In rupiah, of the cycle.
alter table program_report
    add column budget numeric constraint program_report_budget_range check (budget >= 0),
    add column realised_budget numeric
        constraint program_report_realised_budget_range check (realised_budget >= 0),
    add column quick_win boolean not null default false;

alter table instrument
    -- In how many cycles a programme may be reported as a quick win; null for any number.
    add column quick_win_repeat_limit int
        constraint instrument_quick_win_repeat_limit_range check (quick_win_repeat_limit between 1 and 100);

-- A draft may change until a cycle uses it.

create function refuse_change_in_use() returns trigger language plpgsql as $$
begin
    if exists (
        select from cycle where instrument_id = coalesce(old.instrument_id, new.instrument_id)
    ) then
        raise exception 'an instrument in use does not change'
            using errcode = 'restrict_violation', constraint = 'instrument_in_use';
    end if;
    return coalesce(new, old);
end
$$;

drop trigger instrument_append_only on instrument;
drop trigger instrument_component_append_only on instrument_component;
drop trigger instrument_band_append_only on instrument_band;

create trigger instrument_in_use before update or delete on instrument
    for each row execute function refuse_change_in_use();
create trigger instrument_component_in_use before insert or update or delete on instrument_component
    for each row execute function refuse_change_in_use();
create trigger instrument_band_in_use before insert or update or delete on instrument_band
    for each row execute function refuse_change_in_use();
create trigger instrument_not_emptied before truncate on instrument
    for each statement execute function refuse_change();
create trigger instrument_component_not_emptied before truncate on instrument_component
    for each statement execute function refuse_change();
create trigger instrument_band_not_emptied before truncate on instrument_band
    for each statement execute function refuse_change();

-- Keys of systems. The secret is 256 random bits, so a plain hash of it tells nothing.
create table api_key (
    api_key_id text collate "C" primary key
        constraint api_key_id_form check (api_key_id ~ '^[a-z0-9]{12}$'),
    display_name text not null
        constraint api_key_display_name_length check (is_display_name(display_name)),
    secret_hash bytea not null constraint api_key_secret_hash_length check (octet_length(secret_hash) = 32),
    grants jsonb not null,
    create_time timestamptz not null default clock_timestamp(),
    create_principal text not null
        constraint api_key_create_principal_form check (is_principal(create_principal)),
    expire_time timestamptz,
    last_use_time timestamptz,
    revoke_time timestamptz
);

-- Answers to requests that may come again, written with what they tell of.
create table idempotent_answer (
    principal text collate "C" not null,
    request_id text collate "C" not null
        constraint idempotent_answer_request_id_length check (char_length(request_id) between 1 and 200),
    -- Of the method and the request.
    fingerprint bytea not null,
    -- Null only while the request is carried out, so never to others.
    answer bytea,
    create_time timestamptz not null default clock_timestamp(),
    primary key (principal, request_id)
);

create index idempotent_answer_by_age on idempotent_answer (create_time);

-- The audit trail: a chain of hashes. `content` is text, so that its bytes stay what was hashed; the
-- other columns follow from it.
create table audit_entry (
    sequence bigint primary key constraint audit_entry_sequence_range check (sequence >= 1),
    content text not null,
    hash bytea not null constraint audit_entry_hash_length check (octet_length(hash) = 32),
    principal text collate "C" not null generated always as (content::jsonb ->> 'principal') stored,
    resource text collate "C" generated always as (content::jsonb ->> 'resource') stored
);

create index audit_entry_of_resource on audit_entry (resource, sequence);
create index audit_entry_of_principal on audit_entry (principal, sequence);

create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function refuse_change();

-- The end of the chain; whoever adds to it locks this row, so entries follow each other.
create table audit_head (
    only_one boolean primary key default true constraint audit_head_only_one check (only_one),
    sequence bigint not null,
    hash bytea not null
);

insert into audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'));

-- The application's role: it owns nothing, so it can't lift a trigger, and it may not change what is
-- only ever added to.
do $$
begin
    create role takar_app nologin;
exception
    -- Roles are the cluster's: another database of it may have made it.
    when duplicate_object or unique_violation then null;
end
$$;

do $$
begin
    if not pg_has_role(current_user, 'takar_app', 'member') then
        execute format('grant takar_app to %I', current_user);
    end if;
end
$$;

grant usage on schema public to takar_app;
grant select, insert, update, delete on all tables in schema public to takar_app;
revoke update, delete on publication, audit_entry, evaluation_transition, evaluation_extension
    from takar_app;
revoke insert, delete on audit_head from takar_app;

do $$
begin
    if to_regclass('_sqlx_migrations') is not null then
        revoke insert, update, delete on _sqlx_migrations from takar_app;
    end if;
end
$$;
