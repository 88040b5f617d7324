//! Times as people write and read them.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use mien_core::timeline::Clock;

/// Returns the current time in milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Parses a time into milliseconds since 1970. A time without a UTC offset is taken at `offset_ms`, or refused if
/// that is `None`.
pub fn parse_time(text: &str, offset_ms: Option<i64>) -> Option<u64> {
    if let Ok(ms) = text.parse() {
        return Some(ms);
    }
    let ms = match (text.parse::<Timestamp>(), offset_ms) {
        (Ok(at), _) => at.as_millisecond(),
        (Err(_), Some(offset)) => {
            Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?.as_millisecond() - offset
        }
        (Err(_), None) => return None,
    };
    u64::try_from(ms).ok()
}

/// Formats a time in milliseconds since 1970, in UTC.
pub fn date_time(ms: u64) -> String {
    match i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
        Some(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        None => "at an unknown time".to_owned(),
    }
}

/// Formats a duration in one unit.
pub fn length_text(ms: u64) -> String {
    match ms as f64 / 1000.0 {
        seconds if seconds < 100.0 => format!("{seconds:.1} s"),
        seconds if seconds < 6000.0 => format!("{:.1} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Formats a time of a timeline: date and time at the UTC offset, or minutes and seconds of a medium.
pub fn time_text(clock: &Clock, at_ms: u64, offset_ms: i64) -> String {
    if *clock != Clock::Wall {
        return format!("{}:{:06.3}", at_ms / 60_000, (at_ms % 60_000) as f64 / 1000.0);
    }
    local(at_ms, offset_ms).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns the date and time of `at_ms` at a UTC offset.
pub fn local(at_ms: u64, offset_ms: i64) -> DateTime {
    let at = i64::try_from(at_ms).unwrap_or(i64::MAX).saturating_add(offset_ms);
    Offset::UTC.to_datetime(Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let hour = 3_600_000;
        assert_eq!(parse_time("1234", None), Some(1234));
        assert_eq!(parse_time("1970-01-02T00:00:00Z", None), Some(24 * hour));
        assert_eq!(parse_time("1970-01-02T00:00:00+01:00", None), Some(23 * hour));
        assert_eq!(parse_time("1970-01-02", Some(hour as i64)), Some(23 * hour));
        assert_eq!(parse_time("1970-01-02T03:00", Some(0)), Some(27 * hour));
        for wrong in ["1970-01-02", "yesterday", "1969-01-01T00:00:00Z", "-5"] {
            assert_eq!(parse_time(wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_shown_at_the_offset() {
        assert_eq!(time_text(&Clock::Wall, 0, 5_400_000), "1970-01-01 01:30:00");
        assert_eq!(time_text(&Clock::Media("film".to_owned()), 61_040, 0), "1:01.040");
        assert_eq!([990, 1_200_000, 7_200_000].map(length_text), ["1.0 s", "20.0 min", "2.0 h"]);
    }
}
