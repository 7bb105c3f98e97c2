-- How an instrument's components become an index: first normalised, then aggregated. What was there
-- before is the weighted arithmetic mean of scores as they are, which a version that knows no other
-- computes; so others are for when no such version runs any more.

alter table instrument
    add column normalisation text not null default 'none'
        constraint instrument_normalisation_word check (normalisation in
            ('none', 'min_max', 'z_score', 'goalposts', 'borda')),
    add column aggregation text not null default 'arithmetic'
        constraint instrument_aggregation_word check (aggregation in
            ('arithmetic', 'geometric', 'harmonic', 'copeland')),
    add constraint instrument_aggregation_of_z_scores check
        (normalisation <> 'z_score' or aggregation in ('arithmetic', 'copeland'));

alter table instrument_component
    add column goalpost_lower numeric,
    add column goalpost_upper numeric,
    add constraint instrument_component_goalposts check
        (num_nulls(goalpost_lower, goalpost_upper) = 2
         or num_nulls(goalpost_lower, goalpost_upper) = 0 and goalpost_lower < goalpost_upper);
