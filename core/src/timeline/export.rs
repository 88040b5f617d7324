//! Export of timelines as CSV and JSON, written while reading.

use std::io::Write;
use std::ops::{ControlFlow, Range};

use serde_json::{Value, json};

use super::event::Event;
use super::read::Timeline;
use super::tally::{Bucket, BucketWidth};
use crate::affect::Affect;
use crate::error::{Error, ErrorKind, Result};

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A table with a header line. Events: `at_ms, duration_ms, label, adapted`, and `p_CLASS` with
    /// the probability of each class. Buckets: `start_ms, length_ms, events, observed_ms, adapted`,
    /// `n_CLASS` with the number of events of each class, and `p_CLASS` with its mean probability.
    /// Both end with `valence, arousal`, projected from the probabilities and empty without a
    /// projection ([`Affect`]).
    Csv,
    /// One object with `clock`, `stream` (`face`, or `speech` for what the voice alone said), `labels` and `events` or
    /// `buckets`. These have the fields of the table, but `probabilities`, or `counts` and `shares`, are lists in the
    /// order of the labels, and `affect` is an object with `valence` and `arousal`, or null.
    Json,
}

impl Timeline<'_> {
    /// Writes the events in `range`; returns their number.
    ///
    /// # Errors
    /// `Storage` if `out` cannot be written, or as in [`Timeline::visit`].
    pub fn export_events(&self, range: Range<u64>, format: ExportFormat, out: &mut dyn Write) -> Result<u64> {
        let names = ["at_ms", "duration_ms", "label", "adapted"].map(str::to_owned).to_vec();
        let mut rows = Rows::begin(self, "events", [names, self.named("p_"), affect_names()].concat(), format, out)?;
        self.visit(range, |event| {
            rows.push(&event)?;
            Ok(ControlFlow::Continue(()))
        })?;
        rows.end()
    }

    /// Writes the buckets that overlap `range`; returns their number.
    ///
    /// # Errors
    /// `Storage` if `out` cannot be written, or as in [`Timeline::buckets`].
    pub fn export_buckets(
        &self,
        range: Range<u64>,
        width: BucketWidth,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<u64> {
        let names = ["start_ms", "length_ms", "events", "observed_ms", "adapted"].map(str::to_owned).to_vec();
        let names = [names, self.named("n_"), self.named("p_"), affect_names()].concat();
        let mut rows = Rows::begin(self, "buckets", names, format, out)?;
        for bucket in self.buckets(range, width)? {
            rows.push(&BucketRow { bucket, width, labels: self.labels() })?;
        }
        rows.end()
    }

    fn named(&self, prefix: &str) -> Vec<String> {
        self.labels().iter().map(|label| format!("{prefix}{label}")).collect()
    }
}

/// One line of a table or one object.
trait Row {
    fn cells(&self) -> Vec<String>;
    fn object(&self) -> Value;
}

impl Row for Event {
    fn cells(&self) -> Vec<String> {
        let (at, duration) = (self.at_ms.to_string(), self.duration_ms.to_string());
        let mut cells = vec![at, duration, self.name().to_owned(), self.adapted.to_string()];
        cells.extend(self.probabilities.iter().map(|probability| format!("{probability:.4}")));
        cells.extend(affect_cells(self.affect()));
        cells
    }

    fn object(&self) -> Value {
        let probabilities: Vec<f64> = self.probabilities.iter().map(|&p| rounded(f64::from(p))).collect();
        json!({ "at_ms": self.at_ms, "duration_ms": self.duration_ms, "label": self.name(),
            "adapted": self.adapted, "probabilities": probabilities, "affect": affect_object(self.affect()) })
    }
}

struct BucketRow<'a> {
    bucket: Bucket,
    width: BucketWidth,
    labels: &'a [String],
}

impl Row for BucketRow<'_> {
    fn cells(&self) -> Vec<String> {
        let Bucket { start_ms, tally } = &self.bucket;
        let fixed = [*start_ms, self.width.ms(), tally.events, tally.observed_ms, tally.adapted];
        let counts = (0..self.labels.len()).map(|class| tally.class(class).events);
        let mut cells: Vec<String> = fixed.into_iter().chain(counts).map(|value| value.to_string()).collect();
        cells.extend((0..self.labels.len()).map(|class| format!("{:.4}", tally.share(class))));
        cells.extend(affect_cells(tally.affect(self.labels)));
        cells
    }

    fn object(&self) -> Value {
        let Bucket { start_ms, tally } = &self.bucket;
        let counts: Vec<u64> = (0..self.labels.len()).map(|class| tally.class(class).events).collect();
        let shares: Vec<f64> = (0..self.labels.len()).map(|class| rounded(tally.share(class))).collect();
        json!({ "start_ms": start_ms, "length_ms": self.width.ms(), "events": tally.events,
            "observed_ms": tally.observed_ms, "adapted": tally.adapted, "counts": counts, "shares": shares,
            "affect": affect_object(tally.affect(self.labels)) })
    }
}

fn affect_names() -> Vec<String> {
    ["valence", "arousal"].map(str::to_owned).to_vec()
}

fn affect_cells(affect: Option<Affect>) -> [String; 2] {
    affect.map_or_else(Default::default, |Affect { valence, arousal }| {
        [valence, arousal].map(|value| format!("{value:.4}"))
    })
}

fn affect_object(affect: Option<Affect>) -> Value {
    affect.map_or(Value::Null, |Affect { valence, arousal }| {
        json!({ "valence": rounded(f64::from(valence)), "arousal": rounded(f64::from(arousal)) })
    })
}

/// Rounds a value to four decimals, finer than the stored steps.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Writes rows one after another.
struct Rows<'a> {
    to: Target<'a>,
    written: u64,
}

enum Target<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Json(&'a mut dyn Write),
}

impl<'a> Rows<'a> {
    fn begin(
        timeline: &Timeline<'_>,
        what: &str,
        names: Vec<String>,
        format: ExportFormat,
        out: &'a mut dyn Write,
    ) -> Result<Self> {
        let to = match format {
            ExportFormat::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(names).map_err(failed)?;
                Target::Csv(Box::new(table))
            }
            ExportFormat::Json => {
                let (clock, stream) = (json!(timeline.clock()), timeline.stream().name());
                let labels = json!(timeline.labels().to_vec());
                write!(out, "{{\"clock\":{clock},\"stream\":\"{stream}\",\"labels\":{labels},\"{what}\":[")
                    .map_err(failed)?;
                Target::Json(out)
            }
        };
        Ok(Self { to, written: 0 })
    }

    fn push(&mut self, row: &impl Row) -> Result<()> {
        match &mut self.to {
            Target::Csv(table) => table.write_record(row.cells()).map_err(failed)?,
            Target::Json(out) => {
                let comma = if self.written > 0 { "," } else { "" };
                write!(out, "{comma}\n{}", row.object()).map_err(failed)?;
            }
        }
        self.written += 1;
        Ok(())
    }

    fn end(self) -> Result<u64> {
        match self.to {
            Target::Csv(mut table) => table.flush().map_err(failed)?,
            Target::Json(out) => out.write_all(b"\n]}\n").and_then(|()| out.flush()).map_err(failed)?,
        }
        Ok(self.written)
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::with_source(ErrorKind::Storage, "cannot write the timeline", error)
}
