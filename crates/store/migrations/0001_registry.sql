-- Regions, cohorts, instruments, cycles and programmes: what evaluations refer to.
-- Words (pillar, component, kind ...) are text with a check: readable in every tool, and a new word
-- is a new check, not a rewrite.

create function is_pillar(word text) returns boolean immutable parallel safe language sql
    return word in ('governance', 'branding', 'economy', 'living', 'society', 'environment');

create function is_component(word text) returns boolean immutable parallel safe language sql
    return word in ('baseline', 'output', 'outcome', 'impact', 'quick_win');

create function is_id(id text) returns boolean immutable parallel safe language sql
    return id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';

create function is_display_name(name text) returns boolean immutable parallel safe language sql
    return char_length(name) between 1 and 200;

create function is_required_text(content text) returns boolean immutable parallel safe language sql
    return char_length(content) between 1 and 1000;

create table region (
    region_id bigint generated always as identity primary key,
    kind text not null constraint region_kind_word check (kind in ('province', 'kabupaten', 'kota')),
    display_name text not null
        constraint region_display_name_length check (is_display_name(display_name)),
    create_time timestamptz not null default clock_timestamp()
);

-- Current and former codes share one table, so no code ever means two regions.
create table region_code (
    code text collate "C" primary key
        constraint region_code_form check (code ~ '^[0-9]{2}(\.[0-9]{2})?$'),
    region_id bigint not null references region,
    is_current boolean not null,
    end_date date,
    source text not null default '',
    province_code text collate "C" generated always as
        (case when char_length(code) > 2 then left(code, 2) end) stored
        constraint region_code_province_fkey references region_code (code),
    constraint region_code_current_is_open check (not (is_current and end_date is not null)),
    constraint region_code_former_has_source check (is_current or source <> '')
);

create unique index region_code_one_current on region_code (region_id) where is_current;

create table cohort (
    cohort_id text collate "C" primary key
        constraint cohort_id_form check (is_id(cohort_id)),
    display_name text not null
        constraint cohort_display_name_length check (is_display_name(display_name)),
    source text not null constraint cohort_source_length check (is_required_text(source)),
    create_time timestamptz not null default clock_timestamp()
);

create table cohort_member (
    cohort_id text collate "C" not null references cohort,
    region_id bigint not null references region,
    primary key (cohort_id, region_id)
);

create table instrument (
    instrument_id text collate "C" primary key
        constraint instrument_id_form check (is_id(instrument_id)),
    display_name text not null
        constraint instrument_display_name_length check (is_display_name(display_name)),
    source text not null constraint instrument_source_length check (is_required_text(source)),
    scale_minimum numeric not null,
    scale_maximum numeric not null,
    threshold_percent numeric not null
        constraint instrument_threshold_range check (threshold_percent between 0 and 100),
    availability_threshold_percent numeric
        constraint instrument_availability_range check (availability_threshold_percent between 0 and 100),
    percent_decimals int not null
        constraint instrument_percent_decimals_range check (percent_decimals between 0 and 6),
    score_decimals int not null
        constraint instrument_score_decimals_range check (score_decimals between 0 and 6),
    create_time timestamptz not null default clock_timestamp(),
    constraint instrument_scale_order check (scale_minimum < scale_maximum)
);

create table instrument_component (
    instrument_id text collate "C" not null references instrument,
    component text not null
        constraint instrument_component_component_word check (is_component(component)),
    weight numeric not null
        constraint instrument_component_weight_range check (weight > 0 and weight <= 100),
    derivation text not null
        constraint instrument_component_derivation_word check (derivation in
            ('direct', 'mean_of_pillars', 'pooled_realisation', 'mean_realisation')),
    primary key (instrument_id, component)
);

create table instrument_band (
    instrument_id text collate "C" not null references instrument,
    position int not null,
    label text not null constraint instrument_band_label_length check (is_display_name(label)),
    minimum numeric not null,
    maximum numeric not null,
    primary key (instrument_id, position),
    constraint instrument_band_order check (minimum < maximum)
);

create table cycle (
    cycle_id text collate "C" primary key
        constraint cycle_id_form check (is_id(cycle_id)),
    display_name text not null
        constraint cycle_display_name_length check (is_display_name(display_name)),
    instrument_id text collate "C" not null constraint cycle_instrument_fkey references instrument,
    -- There before this one, so no chain of cycles comes back to itself.
    previous_cycle_id text collate "C" constraint cycle_previous_cycle_fkey references cycle
        constraint cycle_previous_is_another check (previous_cycle_id <> cycle_id),
    create_time timestamptz not null default clock_timestamp()
);

create table program (
    region_id bigint not null references region,
    program_id text collate "C" not null
        constraint program_id_form check (is_id(program_id)),
    pillar text not null constraint program_pillar_word check (is_pillar(pillar)),
    display_name text not null
        constraint program_display_name_length check (is_display_name(display_name)),
    owner_agency text not null default ''
        constraint program_owner_agency_length check (char_length(owner_agency) <= 1000),
    flagship boolean not null,
    quick_win boolean not null,
    source text not null constraint program_source_length check (is_required_text(source)),
    create_time timestamptz not null default clock_timestamp(),
    primary key (region_id, program_id),
    -- So that a report can refer to the programme in its pillar.
    constraint program_in_its_pillar unique (region_id, program_id, pillar)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name
        using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end
$$;

-- A cycle's scores follow from its instrument: another method is another instrument.
create trigger instrument_append_only before update or delete or truncate on instrument
    for each statement execute function refuse_change();
create trigger instrument_component_append_only before update or delete or truncate on instrument_component
    for each statement execute function refuse_change();
create trigger instrument_band_append_only before update or delete or truncate on instrument_band
    for each statement execute function refuse_change();
