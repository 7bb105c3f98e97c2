//! When a cycle opens and when it ends, by a clock on the wall.

use std::fmt;

use chrono::{
    DateTime, Datelike as _, NaiveDateTime, SecondsFormat, TimeDelta, Timelike as _, Utc,
};

use crate::{fault::Fault, registry::YEARS, vocabulary::Zone};

/// The form of a local time; one form only.
const LOCAL_TIME: &str = "%Y-%m-%dT%H:%M:%S";

/// Until when regions may submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    local_time: NaiveDateTime,
    zone: Zone,
}

/// Reads a local time, `2026-01-31T23:59:59`.
///
/// # Errors
/// A [`Fault`] where it is no such time, or none of the years 1990 to 2100.
pub fn parse_local_time(text: &str) -> Result<NaiveDateTime, Fault> {
    NaiveDateTime::parse_from_str(text, LOCAL_TIME)
        .ok()
        // chrono keeps a leap second, 60, as more than a second's nanoseconds.
        .filter(|time| YEARS.contains(&time.year()) && time.nanosecond() == 0)
        // chrono also takes `2026-1-31`; one form only.
        .filter(|time| time.format(LOCAL_TIME).to_string() == text)
        .ok_or_else(|| {
            let (first, last) = (YEARS.start(), YEARS.end());
            let allowed =
                format!("a local time as YYYY-MM-DDThh:mm:ss, of the years {first} to {last}");
            Fault::new(text, allowed)
        })
}

impl Deadline {
    /// A local time of a zone.
    pub const fn new(local_time: NaiveDateTime, zone: Zone) -> Self {
        Self { local_time, zone }
    }

    /// What clocks of the zone show.
    pub const fn local_time(&self) -> NaiveDateTime {
        self.local_time
    }

    /// The same as text, `2026-01-31T23:59:59`.
    pub fn written(&self) -> String {
        self.local_time.format(LOCAL_TIME).to_string()
    }

    /// The zone of those clocks.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// The same moment everywhere.
    pub fn time(&self) -> DateTime<Utc> {
        let hours = match self.zone {
            Zone::Wib => 7,
            Zone::Wita => 8,
            Zone::Wit => 9,
        };
        (self.local_time - TimeDelta::hours(hours)).and_utc()
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.written(), self.zone)
    }
}

/// A cycle that is not open yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cycle opens at {}; it is {} now, by the server's clock", seconds(.open_time), seconds(.now))]
pub struct NotOpen {
    /// When it opens.
    pub open_time: DateTime<Utc>,
    /// When it was asked for.
    pub now: DateTime<Utc>,
}

/// Checks that a cycle is open; one without a time always is.
///
/// # Errors
/// [`NotOpen`].
pub fn check_open(open_time: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), NotOpen> {
    match open_time {
        Some(open_time) if now < open_time => Err(NotOpen { open_time, now }),
        _ => Ok(()),
    }
}

/// A time for people to read.
pub(crate) fn seconds(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_on_the_wall_and_its_zone_are_a_moment() {
        for (zone, time) in [
            (Zone::Wib, "2026-01-31T16:59:59Z"),
            (Zone::Wita, "2026-01-31T15:59:59Z"),
            (Zone::Wit, "2026-01-31T14:59:59Z"),
        ] {
            let local_time = parse_local_time("2026-01-31T23:59:59").unwrap();
            let deadline = Deadline::new(local_time, zone);
            assert_eq!(seconds(&deadline.time()), time);
            assert_eq!(deadline.to_string(), format!("2026-01-31T23:59:59 {zone}"));
        }
    }

    #[test]
    fn a_local_time_has_one_form() {
        for text in [
            "",
            "2026-01-31",
            "2026-01-31 23:59:59",
            "2026-01-31T23:59:59Z",
            "2026-01-31T23:59:59.5",
            "2026-01-31T23:59",
            "2026-1-31T23:59:59",
            "2026-02-30T23:59:59",
            "2026-01-31T23:59:60",
            "1989-12-31T23:59:59",
            "2101-01-01T00:00:00",
        ] {
            assert_eq!(parse_local_time(text).unwrap_err().value, text);
        }
    }

    #[test]
    fn a_cycle_is_open_from_its_time_on() {
        let open_time = DateTime::UNIX_EPOCH;
        let before = open_time - TimeDelta::seconds(1);
        assert_eq!(check_open(None, before), Ok(()));
        assert_eq!(check_open(Some(open_time), open_time), Ok(()));
        assert_eq!(check_open(Some(open_time), before), Err(NotOpen { open_time, now: before }));
    }
}
