-- The exact figures of every revision, narrow: what is said of many regions at once reads these rows,
-- not whole scorecards. A trigger keeps them, so whichever version of the server publishes.

-- A figure's exact value, such as `1243/375`; null where it has none.
create function exact_of(figure jsonb) returns text immutable parallel safe language sql
    return figure #>> '{outcome,value,exact}';

-- Why a figure has no value; null where it has one.
create function null_reason_of(figure jsonb) returns text immutable parallel safe language sql
    return figure -> 'outcome' ->> 'null';

-- The figures of a scorecard in one order: index, improvement, pooled realisation, mean of the pillars'
-- realisations, the six realisations, the six scores of pillars, the five of components. A component
-- that the instrument does not have is null.
create function figures_of(scorecard jsonb) returns jsonb[] immutable parallel safe language sql
    return array[
        scorecard -> 'index',
        scorecard #> '{improvement,difference}',
        scorecard -> 'pooled_realisation',
        scorecard -> 'mean_of_pillars_realisation'
    ] || array(
        select pillar -> 'realisation'
        from unnest(array['governance', 'branding', 'economy', 'living', 'society', 'environment'])
            with ordinality as word (pillar_word, position)
        left join jsonb_array_elements(scorecard -> 'pillars') pillar on pillar ->> 'pillar' = pillar_word
        order by position
    ) || array(
        select pillar -> 'score'
        from unnest(array['governance', 'branding', 'economy', 'living', 'society', 'environment'])
            with ordinality as word (pillar_word, position)
        left join jsonb_array_elements(scorecard -> 'pillars') pillar on pillar ->> 'pillar' = pillar_word
        order by position
    ) || array(
        select component -> 'score'
        from unnest(array['baseline', 'output', 'outcome', 'impact', 'quick_win'])
            with ordinality as word (component_word, position)
        left join jsonb_array_elements(scorecard -> 'components') component
            on component ->> 'component' = component_word
        order by position
    );

create table publication_figures (
    evaluation_id bigint not null,
    revision int not null,
    -- Those of its evaluation and publication, which never change.
    cycle_id text collate "C" not null,
    publish_time timestamptz not null,
    -- By position, in the order of figures_of().
    exact text[] not null,
    null_reason text[] not null,
    -- Whether another instrument scored the index that improvement is measured from.
    improvement_is_break boolean not null,
    -- Programmes of each pillar, in the pillars' order; null where nothing was reported.
    running int[] not null,
    planned int[] not null,
    primary key (evaluation_id, revision),
    constraint publication_figures_publication_fkey foreign key (evaluation_id, revision)
        references publication (evaluation_id, revision)
);

-- The newest revisions of a cycle, now or as of a time.
create index publication_figures_of_cycle
    on publication_figures (cycle_id, evaluation_id, revision desc) include (publish_time);

create function keep_figures(kept publication) returns void language sql as $$
    insert into publication_figures
        (evaluation_id, revision, cycle_id, publish_time, exact, null_reason, improvement_is_break,
         running, planned)
    select kept.evaluation_id, kept.revision, evaluation.cycle_id, kept.publish_time,
           array(select exact_of(figure) from unnest(figures) with ordinality as f (figure, position)
                 order by position),
           array(select null_reason_of(figure) from unnest(figures) with ordinality as f (figure, position)
                 order by position),
           coalesce((kept.scorecard #>> '{improvement,is_break}')::boolean, false),
           array(select (pillar #>> '{counts,running}')::int
                 from jsonb_array_elements(kept.scorecard -> 'pillars') with ordinality as p (pillar, position)
                 order by position),
           array(select (pillar #>> '{counts,planned}')::int
                 from jsonb_array_elements(kept.scorecard -> 'pillars') with ordinality as p (pillar, position)
                 order by position)
    from evaluation, figures_of(kept.scorecard) figures
    where evaluation.evaluation_id = kept.evaluation_id
$$;

create function keep_figures_of_new() returns trigger language plpgsql as $$
begin
    perform keep_figures(new);
    return null;
end
$$;

create trigger publication_has_figures after insert on publication
    for each row execute function keep_figures_of_new();

do $$
declare
    kept publication;
begin
    for kept in select * from publication order by evaluation_id, revision loop
        perform keep_figures(kept);
    end loop;
end
$$;

create trigger publication_figures_append_only before update or delete or truncate on publication_figures
    for each statement execute function refuse_change();

grant select, insert on publication_figures to takar_app;
