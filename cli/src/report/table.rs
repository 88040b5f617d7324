//! Results as a CSV table with a row per face and frame, written while they come.

use super::FrameReport;
use crate::outputs::Writing;
use crate::process::failure::{Failure, Outcome};
use crate::text::reasons;

/// The columns before the probabilities.
const COLUMNS: [&str; 11] =
    ["path", "frame", "time_s", "x", "y", "width", "height", "score", "user", "emotion", "adapted"];

/// The columns after the probabilities.
const MORE_COLUMNS: [&str; 5] = ["unsure", "turn", "file", "valence", "arousal"];

/// A table that is being written.
pub struct Table<'a> {
    writer: csv::Writer<Writing<'a>>,
    labels: Vec<String>,
}

impl<'a> Table<'a> {
    /// Writes the header: the fixed columns and one of the probabilities of each of `labels`.
    pub fn new(out: Writing<'a>, labels: Vec<String>) -> Outcome<Self> {
        let header: Vec<_> = COLUMNS
            .iter()
            .map(|&name| name.to_owned())
            .chain(labels.iter().map(|label| format!("p_{label}")))
            .chain(MORE_COLUMNS.map(str::to_owned))
            .collect();
        let mut table = Self { writer: csv::Writer::from_writer(out), labels };
        table.row(&header)?;
        Ok(table)
    }

    /// Writes the rows of a frame of the input `path`.
    pub fn frame(&mut self, path: &str, frame: &FrameReport) -> Outcome {
        for face in &frame.faces {
            let mut row = vec![path.to_owned(), frame.index.to_string(), format!("{:.3}", frame.time_s)];
            row.extend(face.bounds.map(|value| format!("{value:.1}")));
            row.push(format!("{:.4}", face.score));
            row.push(face.user.clone().unwrap_or_default());
            let emotion = face.emotion.as_ref();
            row.push(emotion.map(|emotion| emotion.label.clone()).unwrap_or_default());
            row.push(emotion.is_some_and(|emotion| emotion.adapted).to_string());
            for label in &self.labels {
                let found = emotion.and_then(|e| e.probabilities.iter().find(|(other, _)| other == label));
                row.push(found.map(|(_, p)| format!("{p:.4}")).unwrap_or_default());
            }
            row.push(reasons(&face.unsure));
            row.push(frame.turn.to_string());
            row.push(frame.file.to_string_lossy().into_owned());
            let affect = emotion.and_then(|emotion| emotion.affect);
            row.extend(affect.map_or_else(Default::default, |affect| {
                [affect.valence, affect.arousal].map(|value| format!("{value:.4}"))
            }));
            self.row(&row)?;
        }
        Ok(())
    }

    fn row(&mut self, cells: &[String]) -> Outcome {
        let written = self.writer.write_record(cells).map_err(Failure::from);
        self.writer.get_ref().named(written)
    }

    /// Passes the rows so far on, so that whoever reads the table has all rows of the inputs that are done.
    pub fn flush(&mut self) -> Outcome {
        let flushed = self.writer.flush().map_err(Failure::from);
        self.writer.get_ref().named(flushed)
    }

    /// Completes the table.
    pub fn finish(self) -> Outcome {
        let writing = self.writer.into_inner().map_err(|error| Failure::from(error.into_error()))?;
        writing.finish()
    }
}
