//! The messages that JSON shows in ways of their own.

use crate::transcode::json::{
    Unusual,
    scribe::{Scribe, Written},
    tables::{Holds, Kind, Shape, Table},
    text,
    wire::{Wire, WireType},
};

const NANOS_PER_SECOND: u32 = 1_000_000_000;
const NANOS_PER_MILLISECOND: u32 = 1_000_000;
const NANOS_PER_MICROSECOND: u32 = 1_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// From the year 1 to the year 9999, as the definition of `Timestamp` says.
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// About 10,000 years, as the definition of `Duration` says.
const MAX_DURATION_SECONDS: u64 = 315_576_000_000;

impl Scribe<'_> {
    pub(super) fn empty(&mut self, bytes: &[u8]) -> Written {
        let mut wire = Wire::new(bytes);
        while !wire.is_empty() {
            let (_, wire_type) = wire.key()?;
            wire.skip(wire_type)?;
        }
        self.json.extend_from_slice(b"{}");
        Ok(())
    }

    /// A message with the name of its type; one that is no object stands under `value`.
    pub(super) fn any(&mut self, bytes: &[u8], depth_left: u32) -> Written {
        let depth_left = depth_left.checked_sub(1).ok_or(Unusual)?;
        let (type_url, message) = any_parts(bytes)?;
        let (_, name) = type_url.rsplit_once('/').ok_or(Unusual)?;
        let table = self.tables.message_named(name).ok_or(Unusual)?;
        self.json.extend_from_slice(b"{\"@type\":");
        text::string(self.json, type_url);
        self.json.push(b',');
        if table.shape == Shape::Object {
            self.members(table, message, depth_left)?;
        } else {
            self.json.extend_from_slice(b"\"value\":");
            self.message(table, message, depth_left)?;
        }
        self.close(b'}');
        Ok(())
    }

    /// Any JSON: the one field that is set, or `null`.
    pub(super) fn value(&mut self, table: &Table, bytes: &[u8], depth_left: u32) -> Written {
        let mut wire = Wire::new(bytes);
        let mut is_written = false;
        while !wire.is_empty() {
            let (number, wire_type) = wire.key()?;
            let Some(field) = table.field(number) else {
                wire.skip(wire_type)?;
                continue;
            };
            if std::mem::replace(&mut is_written, true) {
                return Err(Unusual);
            }
            let start = self.json.len();
            self.held(field, wire_type, &mut wire, depth_left)?;
            // What is no number has no form here, where a string would be another value.
            let is_string = self.json[start..].starts_with(b"\"");
            if is_string && matches!(field.holds, Holds::One(Kind::Double)) {
                return Err(Unusual);
            }
        }
        if !is_written {
            self.json.extend_from_slice(b"null");
        }
        Ok(())
    }

    /// The paths joined by commas, each name in JSON's spelling.
    pub(super) fn field_mask(&mut self, bytes: &[u8]) -> Written {
        let mut wire = Wire::new(bytes);
        self.json.push(b'"');
        while !wire.is_empty() {
            match wire.key()? {
                (1, WireType::Length) => self.path(wire.bytes()?)?,
                (1, _) => return Err(Unusual),
                (_, wire_type) => wire.skip(wire_type)?,
            }
        }
        self.close(b'"');
        Ok(())
    }

    /// A path with a comma behind it, if it is one that can be read back.
    fn path(&mut self, path: &[u8]) -> Written {
        let mut is_after_underscore = false;
        for byte in path {
            match byte {
                b'a'..=b'z' if is_after_underscore => self.json.push(byte.to_ascii_uppercase()),
                b'_' if !is_after_underscore => {}
                b'a'..=b'z' | b'0'..=b'9' | b'.' if !is_after_underscore => self.json.push(*byte),
                _ => return Err(Unusual),
            }
            is_after_underscore = *byte == b'_';
        }
        if path.is_empty() || is_after_underscore {
            return Err(Unusual);
        }
        self.json.push(b',');
        Ok(())
    }

    pub(super) fn duration(&mut self, bytes: &[u8]) -> Written {
        let (seconds, nanos) = seconds_and_nanos(bytes)?;
        let is_in_range = seconds.unsigned_abs() <= MAX_DURATION_SECONDS
            && nanos.unsigned_abs() < NANOS_PER_SECOND;
        let are_signs_mixed = seconds.signum() * i64::from(nanos.signum()) < 0;
        if !is_in_range || are_signs_mixed {
            return Err(Unusual);
        }
        self.json.push(b'"');
        if seconds < 0 || nanos < 0 {
            self.json.push(b'-');
        }
        text::integer(self.json, seconds.unsigned_abs());
        self.fraction(nanos.unsigned_abs());
        self.json.extend_from_slice(b"s\"");
        Ok(())
    }

    pub(super) fn timestamp(&mut self, bytes: &[u8]) -> Written {
        let (seconds, nanos) = seconds_and_nanos(bytes)?;
        let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < NANOS_PER_SECOND);
        let nanos = nanos.filter(|_| TIMESTAMP_SECONDS.contains(&seconds)).ok_or(Unusual)?;
        let (year, month, day) = date(seconds.div_euclid(SECONDS_PER_DAY));
        let second = seconds.rem_euclid(SECONDS_PER_DAY);
        let mut text = *b"\"0000-00-00T00:00:00";
        for (place, number) in [
            (1, year / 100),
            (3, year % 100),
            (6, month),
            (9, day),
            (12, second / 3600),
            (15, second / 60 % 60),
            (18, second % 60),
        ] {
            text[place..place + 2].copy_from_slice(&two_digits(number));
        }
        self.json.extend_from_slice(&text);
        self.fraction(nanos);
        self.json.extend_from_slice(b"Z\"");
        Ok(())
    }

    /// A fraction of a second in as many digits as it takes, by threes.
    fn fraction(&mut self, nanos: u32) {
        let (number, width) = match nanos {
            0 => return,
            _ if nanos.is_multiple_of(NANOS_PER_MILLISECOND) => (nanos / NANOS_PER_MILLISECOND, 3),
            _ if nanos.is_multiple_of(NANOS_PER_MICROSECOND) => (nanos / NANOS_PER_MICROSECOND, 6),
            _ => (nanos, 9),
        };
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(number).as_bytes();
        self.json.push(b'.');
        self.json.extend(std::iter::repeat_n(b'0', width - digits.len()));
        self.json.extend_from_slice(digits);
    }
}

/// A number below 100.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is below 100")]
fn two_digits(number: i64) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// The name of the type and the message, each given once.
fn any_parts(bytes: &[u8]) -> Result<(&str, &[u8]), Unusual> {
    let mut wire = Wire::new(bytes);
    let (mut type_url, mut message) = (None, None);
    while !wire.is_empty() {
        match wire.key()? {
            (1, WireType::Length) if type_url.is_none() => type_url = Some(wire.text()?),
            (2, WireType::Length) if message.is_none() => message = Some(wire.bytes()?),
            (1 | 2, _) => return Err(Unusual),
            (_, wire_type) => wire.skip(wire_type)?,
        }
    }
    Ok((type_url.ok_or(Unusual)?, message.unwrap_or_default()))
}

/// The fields of a `Timestamp` or a `Duration`; of one that is given twice the last counts.
#[expect(clippy::cast_possible_truncation, reason = "prost drops what is too much, too")]
fn seconds_and_nanos(bytes: &[u8]) -> Result<(i64, i32), Unusual> {
    let mut wire = Wire::new(bytes);
    let (mut seconds, mut nanos) = (0, 0);
    while !wire.is_empty() {
        match wire.key()? {
            (1, WireType::Varint) => seconds = wire.varint()?.cast_signed(),
            (2, WireType::Varint) => nanos = wire.varint()? as i32,
            (1 | 2, _) => return Err(Unusual),
            (_, wire_type) => wire.skip(wire_type)?,
        }
    }
    Ok((seconds, nanos))
}

/// The year, month and day of a day since 1970, by the Gregorian calendar.
///
/// As in Howard Hinnant's `civil_from_days`: years begin in March, so that leap days come last.
fn date(days_since_1970: i64) -> (i64, i64, i64) {
    const DAYS_PER_ERA: i64 = 146_097;
    const DAYS_FROM_0000_MARCH_TO_1970: i64 = 719_468;

    let days = days_since_1970 + DAYS_FROM_0000_MARCH_TO_1970;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}
