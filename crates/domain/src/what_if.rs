//! What if a cycle were scored by another instrument.
