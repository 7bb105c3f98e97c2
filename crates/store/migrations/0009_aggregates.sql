-- The figures of a revision as one line: what is said of the whole country reads five hundred of these,
-- and taking apart five arrays of each took longer than all else together.

-- The figures by commas, in the order of figures_of(): the exact value, or why there is none, or nothing
-- of a component that the instrument does not have; and behind them the programmes of each pillar,
-- `6/7`, nothing where nothing was reported.
create function line_of(exact text[], null_reason text[], running int[], planned int[]) returns text
    immutable parallel safe language sql
    return array_to_string(
        array(
            select coalesce(value, reason)
            from unnest(exact, null_reason) with ordinality as figure (value, reason, position)
            order by position
        ) || array(
            select runs || '/' || due
            from unnest(running, planned) with ordinality as ratio (runs, due, position)
            order by position
        ),
        ',', '');

alter table publication_figures
    add column line text not null
        generated always as (line_of(exact, null_reason, running, planned)) stored;

-- Who has no evaluation in a cycle is named as missing for want of one: that there is one is shown.
create constraint trigger evaluation_is_told after insert or delete on evaluation
    deferrable initially deferred for each row execute function renew_public_state();
