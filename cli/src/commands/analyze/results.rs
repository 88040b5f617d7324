//! Where results go: lines for people, JSON, and a CSV table.

use serde_json::{Map, Value};

use crate::outputs::Destination;
use crate::process::failure::Outcome;
use crate::process::terminal::{note, say};
use crate::report::{FrameReport, InputReport, InputStart, JsonLine, JsonList, Table, summary};

/// The format of standard output.
pub enum Printed {
    /// Nothing; the last report is kept.
    Nothing(Option<Box<InputReport>>),
    /// Lines for people.
    Text,
    /// One object for the run.
    Json(Box<JsonList>),
    /// One object per input, each on a line.
    Lines(Option<Box<JsonLine>>),
}

/// The results of a run, written while they come.
pub struct Results<'a> {
    pub printed: Printed,
    pub table: Option<(&'a Destination, Table<'a>)>,
}

impl Results<'_> {
    /// Begins the next input.
    pub fn begin(&mut self, input: &InputStart) -> Outcome {
        match &mut self.printed {
            Printed::Nothing(_) | Printed::Text => Ok(()),
            Printed::Json(list) => list.begin(input),
            Printed::Lines(line) => {
                *line = Some(Box::new(JsonLine::new(input)?));
                Ok(())
            }
        }
    }

    /// Writes a frame of the input `path`.
    pub fn frame(&mut self, path: &str, frame: &FrameReport) -> Outcome {
        match &mut self.printed {
            Printed::Json(list) => list.frame(frame)?,
            Printed::Lines(Some(line)) => line.frame(frame)?,
            Printed::Lines(None) | Printed::Nothing(_) | Printed::Text => {}
        }
        self.table.as_mut().map_or(Ok(()), |(_, table)| table.frame(path, frame))
    }

    /// Ends the input.
    pub fn end(&mut self, report: InputReport) -> Outcome {
        match &mut self.printed {
            Printed::Text => summary(&report).into_iter().try_for_each(say)?,
            Printed::Json(list) => list.end(&report)?,
            Printed::Lines(line) => line.take().map_or(Ok(()), |line| line.print(&report))?,
            Printed::Nothing(last) => *last = Some(Box::new(report)),
        }
        self.table.as_mut().map_or(Ok(()), |(_, table)| table.flush())
    }

    /// Completes the outputs; the JSON object has the members `more` too.
    pub fn finish(self, more: Map<String, Value>) -> Outcome {
        if let Some((file, table)) = self.table {
            table.finish()?;
            if matches!(self.printed, Printed::Text) {
                note(format!("wrote {file}"))?;
            }
        }
        match self.printed {
            Printed::Json(list) => list.print(more),
            Printed::Nothing(_) | Printed::Text | Printed::Lines(_) => Ok(()),
        }
    }
}
