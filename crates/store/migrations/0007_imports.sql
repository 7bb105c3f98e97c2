-- Imports of spreadsheets: what became of each file, and the table that its rows pass through.

create table import (
    -- Follows from the file and the options, so that the same ones are the same import.
    import_id text collate "C" primary key constraint import_id_form check (import_id ~ '^[0-9a-f]{32}$'),
    -- The order of lists, newest first.
    position bigint not null generated always as identity constraint import_position_once unique,
    -- The region that it is limited to.
    region_id bigint references region,
    kind text not null constraint import_kind_word check (kind in
        ('programs', 'program_reports', 'tallies', 'scores')),
    cycle_id text collate "C" constraint import_cycle_fkey references cycle,
    atomicity text not null constraint import_atomicity_word check (atomicity in ('file', 'region')),
    source text not null constraint import_source_length check (is_optional_text(source)),
    sheet text not null constraint import_sheet_length check (is_optional_text(sheet)),
    sha256 bytea not null constraint import_sha256_length check (octet_length(sha256) = 32),
    state text not null constraint import_state_word check (state in
        ('running', 'succeeded', 'partial', 'refused')),
    rows int not null,
    rows_created int not null,
    rows_updated int not null,
    rows_unchanged int not null,
    regions int not null,
    regions_written int not null,
    evaluations_created int not null,
    error_count int not null,
    -- The first of them.
    errors jsonb not null,
    principal text not null constraint import_principal_form check (is_principal(principal)),
    create_time timestamptz not null default clock_timestamp(),
    update_time timestamptz not null default clock_timestamp(),
    constraint import_of_cycle check ((kind = 'programs') = (cycle_id is null))
);

create index import_of_region on import (region_id, position);

-- What an import that goes region by region has written already: it goes on behind these.
create table import_region (
    import_id text collate "C" not null references import,
    region_id bigint not null references region,
    rows_created int not null,
    rows_updated int not null,
    rows_unchanged int not null,
    evaluations_created int not null,
    primary key (import_id, region_id)
);

-- Where rows lie between COPY and the tables that they are for. Whoever brings them removes them in the
-- same transaction, so that none is ever seen by another; what a crash loses here is nobody's.
create unlogged table import_row (
    row_number int not null,
    region_id bigint not null,
    -- Of reports, tallies and scores.
    evaluation_id bigint,
    program_id text collate "C",
    pillar text,
    component text,
    display_name text,
    owner_agency text,
    flagship boolean,
    quick_win boolean,
    first_year int,
    last_year int,
    budget numeric,
    status text,
    reason text,
    realised_budget numeric,
    running int,
    planned int,
    not_due int,
    score numeric,
    source text
);

grant select, insert, update on import, import_region to takar_app;
grant select, insert, delete on import_row to takar_app;
