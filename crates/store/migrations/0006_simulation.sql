-- Cycles filled with made-up results, for load and demonstration.

alter table cycle
    add column simulated boolean not null default false,
    -- Wherever a cycle is named, it shows.
    add constraint cycle_simulated_by_name check (not simulated or cycle_id like 'simulation-%'),
    add constraint cycle_simulated_reference unique (cycle_id, simulated),
    -- So that no real result is ever measured from a simulated one.
    add constraint cycle_previous_is_as_real foreign key (previous_cycle_id, simulated)
        references cycle (cycle_id, simulated);

create function refuse_simulated_change() returns trigger language plpgsql as $$
begin
    raise exception 'a cycle stays simulated or real'
        using errcode = 'restrict_violation', constraint = 'cycle_stays_simulated';
end
$$;

create trigger cycle_stays_simulated before update of simulated on cycle
    for each row when (old.simulated <> new.simulated) execute function refuse_simulated_change();
