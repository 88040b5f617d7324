//! Labels of a time axis: round times, few enough to be read.

use jiff::civil::DateTime;
use mien_core::timeline::Clock;

use crate::time::local;

/// Max number of labels, less one.
const MAX_TICKS: u64 = 8;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Lengths of the shortest month and year.
const MONTH: u64 = 28 * DAY;
const YEAR: u64 = 365 * DAY;
/// Steps between time labels; longer steps are months.
const STEPS: [u64; 24] = [
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
];

/// Returns round times from `first` to `end`, at most `MAX_TICKS + 1`.
pub fn ticks(first: u64, end: u64, clock: &Clock, offset_ms: i64) -> Vec<u64> {
    let step = STEPS.into_iter().find(|step| (end - first) / step <= MAX_TICKS);
    match (step, clock) {
        (Some(step), _) => multiples(first, end, step, offset_ms),
        (None, Clock::Wall) => months(first, end, offset_ms),
        (None, Clock::Media(_)) => multiples(first, end, (end - first).div_ceil(MAX_TICKS), 0),
    }
}

/// Returns the multiples of `step` at the UTC offset.
fn multiples(first: u64, end: u64, step: u64, offset_ms: i64) -> Vec<u64> {
    let from = first.saturating_add_signed(offset_ms).next_multiple_of(step);
    (0..).map(|index| (from + index * step).saturating_add_signed(-offset_ms)).take_while(|&at| at <= end).collect()
}

/// Returns starts of months, in steps that yield at most `MAX_TICKS + 1`.
fn months(first: u64, end: u64, offset_ms: i64) -> Vec<u64> {
    let number = |date: DateTime| i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let (from, to) = (number(local(first, offset_ms)), number(local(end, offset_ms)));
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240].into_iter().find(|step| (to - from) / step <= MAX_TICKS as i64);
    let step = step.unwrap_or(1200);
    let start = |number: i64| {
        let date = DateTime::new((number / 12) as i16, (number % 12 + 1) as i8, 1, 0, 0, 0, 0).ok()?;
        let at = jiff::tz::Offset::UTC.to_timestamp(date).ok()?.as_millisecond() - offset_ms;
        u64::try_from(at).ok()
    };
    (from..=to).filter(|number| number % step == 0).filter_map(start).filter(|at| (first..=end).contains(at)).collect()
}

/// Returns the two lines of a label; `step` is the distance to the next. The second line is shown if it changes.
pub fn tick_text(at_ms: u64, step: u64, clock: &Clock, offset_ms: i64) -> (String, String) {
    if *clock != Clock::Wall {
        let (hours, minutes, seconds) = (at_ms / HOUR, at_ms / MINUTE, at_ms % MINUTE / SECOND);
        let text = match (hours, step) {
            (_, 0..SECOND) => format!("{minutes}:{seconds:02}.{}", at_ms % SECOND / 100),
            (0, _) => format!("{minutes}:{seconds:02}"),
            _ => format!("{hours}:{:02}:{seconds:02}", minutes % 60),
        };
        return (text, String::new());
    }
    let date = local(at_ms, offset_ms);
    let (upper, lower) = match step {
        0..MINUTE => ("%H:%M:%S", "%-d %b"),
        MINUTE..DAY => ("%H:%M", "%-d %b"),
        DAY..MONTH => ("%-d %b", "%Y"),
        MONTH..YEAR => ("%b", "%Y"),
        YEAR.. => ("%Y", ""),
    };
    (date.strftime(upper).to_string(), date.strftime(lower).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 20_605 * DAY;

    #[test]
    fn labels_of_time_are_round_and_few() {
        for (length, count) in [(600, 7), (20 * SECOND, 5), (10 * MINUTE, 6), (DAY, 9), (3 * DAY, 7), (31 * DAY, 8)] {
            let ticks = ticks(START, START + length, &Clock::Wall, 0);
            assert_eq!(ticks.len(), count, "{length}");
            assert!(ticks[0] - START < ticks[1] - ticks[0]);
        }
        let year = ticks(START, START + 365 * DAY, &Clock::Wall, 2 * HOUR as i64);
        let text = |at: u64| tick_text(at, 61 * DAY, &Clock::Wall, 2 * HOUR as i64);
        assert_eq!(text(year[0]), ("Jul".to_owned(), "2026".to_owned()));
        assert_eq!(text(year[3]), ("Jan".to_owned(), "2027".to_owned()));
        assert!(ticks(0, 100 * 365 * DAY, &Clock::Wall, 0).len() <= 9);
        assert!(ticks(0, 100 * DAY, &Clock::Media(String::new()), 0).len() <= 9);
    }

    #[test]
    fn a_label_says_as_much_as_is_needed() {
        let wall = |step| tick_text(START + 90 * MINUTE, step, &Clock::Wall, 0);
        let texts = [30 * SECOND, 12 * HOUR, 7 * DAY, 31 * DAY, 365 * DAY].map(|step| wall(step).0);
        assert_eq!(texts, ["01:30:00", "01:30", "1 Jun", "Jun", "2026"]);
        assert_eq!((wall(HOUR).1, wall(DAY).1), ("1 Jun".to_owned(), "2026".to_owned()));
        let media = |at_ms, step| tick_text(at_ms, step, &Clock::Media(String::new()), 0).0;
        let texts = [media(90 * SECOND, MINUTE), media(2 * HOUR + 90 * SECOND, MINUTE), media(1500, 500)];
        assert_eq!(texts, ["1:30", "2:01:30", "0:01.5"]);
    }
}
