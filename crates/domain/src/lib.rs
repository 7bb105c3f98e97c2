//! Words, rules and exact arithmetic of the smart-city evaluation; no I/O.
