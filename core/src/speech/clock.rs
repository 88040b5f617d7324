//! Times of samples: what the timestamps of chunks say about what was recorded, lost and repeated.

use crate::error::{Result, fail};

/// Difference in microseconds between a timestamp and the count of samples that clocks and buffers cause.
pub const JITTER_US: u64 = 20_000;

/// Maximum step in microseconds by which one chunk moves the times of samples, where the difference grows beyond
/// [`JITTER_US`] slowly, as clocks drift. A larger step is a gap or an overlap.
const DRIFT_US: u64 = 2000;

/// Maximum gap in microseconds that is filled with silence. After a longer one the stream starts anew.
pub const MAX_FILL_US: u64 = 200_000;

/// Maximum overlap in microseconds that is cut off. A chunk that is earlier is refused.
pub const MAX_OVERLAP_US: u64 = 1_000_000;

const SECOND_US: u64 = 1_000_000;

/// Where a chunk belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After the last one.
    Next,
    /// After so many missing samples, which are few.
    After(u64),
    /// Its first samples are known already; so many are left out, at most all.
    Known(u64),
    /// Much later than the last one.
    Later,
}

/// The time of an unbroken run of samples, which may change its rate.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Time of the run's first sample in microseconds; drift may move it below 0.
    start_us: i64,
    /// Microseconds of sound before the rate changed last.
    before_us: u64,
    /// Samples per second now, and how many came at this rate.
    rate_hz: u32,
    count: u64,
}

impl Clock {
    /// Starts a run at `start_us` with `rate_hz` samples per second.
    pub fn new(start_us: u64, rate_hz: u32) -> Self {
        Self { start_us: signed(start_us), before_us: 0, rate_hz, count: 0 }
    }

    /// Returns the rate in Hz.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Returns the microseconds of sound since the start.
    pub fn elapsed_us(&self) -> u64 {
        let us = u128::from(self.count) * u128::from(SECOND_US) / u128::from(self.rate_hz);
        self.before_us.saturating_add(us as u64)
    }

    /// Returns the time of the sample `index` of the run at `rate_hz`, such as the resampled one.
    pub fn time_us(&self, index: u64, rate_hz: u32) -> u64 {
        let us = u128::from(index) * u128::from(SECOND_US) / u128::from(rate_hz);
        self.after_us(us as u64)
    }

    /// Returns the time `us` microseconds after the start.
    fn after_us(&self, us: u64) -> u64 {
        self.start_us.saturating_add(signed(us)).max(0) as u64
    }

    /// Counts `samples` more.
    pub fn advance(&mut self, samples: u64) {
        self.count += samples;
    }

    /// Goes on with another rate.
    pub fn change_rate(&mut self, rate_hz: u32) {
        (self.before_us, self.count, self.rate_hz) = (self.elapsed_us(), 0, rate_hz);
    }

    /// Returns where a chunk of `length` samples with the time `timestamp_us` belongs. Times drift along with
    /// timestamps by at most 2 ms per chunk.
    ///
    /// # Errors
    /// `TimestampOrder` if it begins more than [`MAX_OVERLAP_US`] before the end of the last one.
    pub fn place(&mut self, timestamp_us: u64, length: u64) -> Result<Place> {
        let expected_us = self.after_us(self.elapsed_us());
        let early_us = expected_us.saturating_sub(timestamp_us);
        let late_us = timestamp_us.saturating_sub(expected_us);
        let beyond_us = early_us.max(late_us).saturating_sub(JITTER_US);
        if beyond_us <= DRIFT_US {
            let drift_us = signed(beyond_us);
            self.start_us = self.start_us.saturating_add(if early_us > 0 { -drift_us } else { drift_us });
            return Ok(Place::Next);
        }
        if early_us > MAX_OVERLAP_US {
            fail!(
                TimestampOrder,
                "a chunk of sound begins at {timestamp_us} us, {early_us} us before the end of the last one"
            );
        }
        Ok(if early_us > 0 {
            Place::Known(self.samples(early_us).min(length))
        } else if late_us <= MAX_FILL_US {
            Place::After(self.samples(late_us))
        } else {
            Place::Later
        })
    }

    /// Returns the number of samples of `us` microseconds, which are few.
    fn samples(&self, us: u64) -> u64 {
        (us * u64::from(self.rate_hz) + SECOND_US / 2) / SECOND_US
    }
}

/// Returns `us` as a signed number; times after the year 290,000 count as that.
fn signed(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    /// Returns a clock that has counted one second from 5 s on.
    fn clock() -> Clock {
        let mut clock = Clock::new(5_000_000, 48_000);
        clock.advance(48_000);
        clock
    }

    #[test]
    fn gaps_and_overlaps_are_told_by_their_length() {
        let place = |us: u64| clock().place(us, 480);
        for us in [5_980_000, 6_000_000, 6_020_000, 6_022_000] {
            assert_eq!(place(us).unwrap(), Place::Next, "{us}");
        }
        assert_eq!(place(6_050_000).unwrap(), Place::After(2400));
        assert_eq!(place(6_200_001).unwrap(), Place::Later);
        assert_eq!(place(u64::MAX).unwrap(), Place::Later);
        assert_eq!(place(5_900_000).unwrap(), Place::Known(480), "it ends before the end of the last one");
        assert_eq!(clock().place(5_900_000, 48_000).unwrap(), Place::Known(4800));
        let error = place(4_999_999).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimestampOrder);
        let message = "a chunk of sound begins at 4999999 us, 1000001 us before the end of the last one";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_drifting_clock_is_followed_and_nothing_is_filled() {
        for ppm in [-300i64, 300] {
            let mut clock = Clock::new(0, 16_000);
            for chunk in 0..360_000i64 {
                let us = (chunk * 10_000 + chunk * 10_000 * ppm / 1_000_000 + 1_000) as u64;
                assert_eq!(clock.place(us, 160).unwrap(), Place::Next, "{ppm} ppm, chunk {chunk}");
                clock.advance(160);
                let now = clock.time_us((chunk as u64 + 1) * 160, 16_000);
                assert!(now.abs_diff(us + 10_000) <= JITTER_US + 10, "{ppm} ppm, chunk {chunk}");
            }
        }
    }

    #[test]
    fn a_rate_goes_on_where_another_ended() {
        let mut clock = clock();
        clock.change_rate(8000);
        clock.advance(4000);
        assert_eq!((clock.elapsed_us(), clock.rate_hz()), (1_500_000, 8000));
        assert_eq!(clock.place(6_500_000, 80).unwrap(), Place::Next);
        assert_eq!(clock.time_us(24_000, 16_000), 6_500_000);
    }
}
