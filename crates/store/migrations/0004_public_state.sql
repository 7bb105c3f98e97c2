-- What the public is shown has a version, so that gateways know when the answers that they keep have
-- become old.

create table public_state (
    only_one boolean primary key default true constraint public_state_only_one check (only_one),
    version bigint not null
);

insert into public_state (version) values (1);

-- Once for each transaction, and when it is committed: so this row is the last lock that a write takes,
-- after the end of the audit trail, and no two writes wait for each other.
create function renew_public_state() returns trigger language plpgsql as $$
begin
    if current_setting('takar.public_state_renewed_by', true) is distinct from pg_current_xact_id()::text then
        perform set_config('takar.public_state_renewed_by', pg_current_xact_id()::text, true);
        update public_state set version = version + 1;
        notify public_state;
    end if;
    return null;
end
$$;

-- Reference data is public, and so is what was published.
do $$
declare
    shown text;
begin
    foreach shown in array array[
        'region', 'region_code', 'region_name', 'region_lineage', 'cohort', 'cohort_member', 'instrument',
        'instrument_component', 'instrument_band', 'cycle', 'cycle_region', 'program', 'publication'
    ] loop
        execute format(
            'create constraint trigger %I after insert or update or delete on %I
                 deferrable initially deferred for each row execute function renew_public_state()',
            shown || '_is_shown', shown);
        -- Nobody but the owner could, and at a prompt.
        execute format(
            'create trigger %I after truncate on %I for each statement execute function renew_public_state()',
            shown || '_is_emptied', shown);
    end loop;
end
$$;

-- Of evaluations the public sees which ones have a scorecard; drafts come and go unseen.
create constraint trigger evaluation_is_shown after update of region_id, cycle_id, state on evaluation
    deferrable initially deferred for each row
    when (old.region_id <> new.region_id or old.cycle_id <> new.cycle_id
          or old.state <> new.state and (old.state in ('published', 'withdrawn', 'not_assessable')
                                         or new.state in ('withdrawn', 'not_assessable')))
    execute function renew_public_state();

grant select, update on public_state to takar_app;
