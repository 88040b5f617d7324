//! The width of the buckets of a plot, which fit its pixels.

use mien_core::timeline::{Bucket, BucketWidth};

/// Width of a plot's data in pixels.
pub const PLOT_WIDTH: f32 = 778.0;
/// Smallest width in pixels of a bucket whose width was not asked for.
const WELL_VISIBLE: f32 = 3.0;

/// The width of a plot's buckets: a number of those of a timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlotWidth {
    /// The timeline's width.
    pub unit: BucketWidth,
    /// How many of them.
    pub count: u64,
}

impl PlotWidth {
    /// Returns the smallest width from `min` on, with which a plot of `length_ms` has no bucket thinner than a pixel;
    /// without `min`, none too thin to be seen well.
    pub fn fitting(length_ms: u64, min: Option<BucketWidth>) -> Self {
        let min_width = if min.is_some() { 1.0 } else { WELL_VISIBLE };
        let max_buckets = (PLOT_WIDTH / min_width) as u64;
        let min_ms = min.map_or(0, BucketWidth::ms);
        let fits = |unit: &BucketWidth| unit.ms() >= min_ms && length_ms / unit.ms() < max_buckets;
        let single = BucketWidth::ALL.into_iter().find(fits).map(|unit| Self { unit, count: 1 });
        single.unwrap_or_else(|| {
            let days = length_ms / BucketWidth::Day.ms() + 1;
            let count = [7, 28, 91, 364].into_iter().find(|count| days / count < max_buckets);
            Self { unit: BucketWidth::Day, count: count.unwrap_or_else(|| days.div_ceil(max_buckets)) }
        })
    }

    /// Returns the width in milliseconds.
    pub fn ms(self) -> u64 {
        self.count * self.unit.ms()
    }

    /// Returns the width's name: `hour`, `7 days`.
    pub fn name(self) -> String {
        if self.count == 1 { self.unit.name().to_owned() } else { format!("{} {}s", self.count, self.unit.name()) }
    }

    /// Sums the buckets of the timeline that are one of the plot.
    pub fn merged(self, buckets: Vec<Bucket>) -> Vec<Bucket> {
        let first = buckets.first().map_or(0, |bucket| bucket.start_ms);
        let mut merged: Vec<Bucket> = Vec::new();
        for bucket in buckets {
            let start_ms = first + (bucket.start_ms - first) / self.ms() * self.ms();
            match merged.last_mut().filter(|last| last.start_ms == start_ms) {
                Some(last) => last.tally.merge(&bucket.tally),
                None => merged.push(Bucket { start_ms, ..bucket }),
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use mien_core::timeline::{ClassTally, Tally};

    use super::*;

    const DAY: u64 = 86_400_000;

    #[test]
    fn buckets_are_as_wide_as_the_plot_needs() {
        let width = |length_ms, least| PlotWidth::fitting(length_ms, least).name();
        let minute = 60_000;
        for (length_ms, name) in [(1000, "second"), (4 * minute, "second"), (DAY / 8, "minute"), (7 * DAY, "hour")] {
            assert_eq!(width(length_ms, None), name, "{length_ms}");
        }
        for (days, name) in [(200, "day"), (1000, "7 days"), (5000, "28 days"), (20_000, "91 days")] {
            assert_eq!(width(days * DAY, None), name, "{days} days");
        }
        // What is asked for stays as long as a bucket is a pixel wide.
        assert_eq!(width(12 * minute, Some(BucketWidth::Second)), "second");
        assert_eq!(width(14 * minute, Some(BucketWidth::Second)), "minute");
        assert_eq!(width(DAY, Some(BucketWidth::Second)), "hour");
        assert_eq!(width(4 * minute, Some(BucketWidth::Hour)), "hour");
        assert_eq!(width(3_600 * DAY, Some(BucketWidth::Day)), "7 days");
        assert_eq!(width(u64::MAX, Some(BucketWidth::Day)).split(' ').count(), 2);
    }

    #[test]
    fn merged_buckets_keep_their_events_and_gaps() {
        let classes = vec![ClassTally { events: 0, sum: 255_000 }];
        let tally = Tally { events: 1000, classes, ..Tally::default() };
        let days = [0, 1, 6, 7, 30].map(|day| Bucket { start_ms: day * DAY, tally: tally.clone() });
        let weeks = PlotWidth { unit: BucketWidth::Day, count: 7 }.merged(days.to_vec());
        let found: Vec<_> = weeks.iter().map(|week| (week.start_ms / DAY, week.tally.events)).collect();
        assert_eq!(found, [(0, 3000), (7, 1000), (28, 1000)]);
    }
}
