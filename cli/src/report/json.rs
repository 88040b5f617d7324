//! Results as JSON, written while they come, so that memory does not grow with the number of frames.

use std::io::{self, Read, Seek, SeekFrom, Write};

use serde::Serialize;
use serde_json::{Map, Value};
use tempfile::SpooledTempFile;

use super::{FrameReport, InputReport, InputStart};
use crate::process::failure::Outcome;
use crate::process::terminal::{above_progress, versioned};

/// Number of bytes kept in memory; more go to a temporary file without a name.
const IN_MEMORY: usize = 1 << 20;

/// An object in a buffer: members, a list that is written item by item, and more members.
struct Object {
    text: SpooledTempFile,
    is_first: bool,
}

impl Object {
    fn new() -> Self {
        Self { text: SpooledTempFile::new(IN_MEMORY), is_first: true }
    }

    /// Begins the object with the members of `value`, which is an object, and the list `list`.
    fn begin(&mut self, value: &impl Serialize, list: &str) -> Outcome {
        let members = serde_json::to_string(value)?;
        write!(self.text, "{},\"{list}\":[", members.strip_suffix('}').unwrap_or_default())?;
        self.is_first = true;
        Ok(())
    }

    /// Writes an item of a list on a line of its own if `lines`.
    fn item(&mut self, item: &impl Serialize, lines: bool) -> Outcome {
        let separator = match (std::mem::take(&mut self.is_first), lines) {
            (true, true) => "\n",
            (true, false) => "",
            (false, true) => ",\n",
            (false, false) => ",",
        };
        self.text.write_all(separator.as_bytes())?;
        Ok(serde_json::to_writer(&mut self.text, item)?)
    }

    /// Ends the list with `list_end`, and the object with the members of `value`, which is an object with members.
    fn end(&mut self, list_end: &str, value: &impl Serialize) -> Outcome {
        let members = serde_json::to_string(value)?;
        write!(self.text, "{list_end},{}", &members[1..])?;
        Ok(())
    }

    /// Copies the whole text to `out`.
    fn copy(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.text.seek(SeekFrom::Start(0))?;
        let mut chunk = [0; 1 << 16];
        loop {
            match self.text.read(&mut chunk)? {
                0 => return Ok(()),
                length => out.write_all(&chunk[..length])?,
            }
        }
    }
}

fn print(object: &mut Object) -> Outcome {
    Ok(above_progress(|| -> io::Result<()> {
        let mut out = io::stdout().lock();
        object.copy(&mut out)?;
        out.write_all(b"\n")?;
        out.flush()
    })?)
}

/// The object of a run: all inputs in a list, and what else is known at the end. It is printed as a whole at the end,
/// so that a run that fails prints nothing.
pub struct JsonList {
    object: Object,
    inputs: usize,
}

impl JsonList {
    /// Begins the object.
    pub fn new() -> Outcome<Self> {
        let mut object = Object::new();
        object.begin(&versioned(Map::new()), "inputs")?;
        Ok(Self { object, inputs: 0 })
    }

    /// Begins the next input.
    pub fn begin(&mut self, input: &InputStart) -> Outcome {
        self.object.text.write_all(if self.inputs > 0 { b",\n" } else { b"\n" })?;
        self.inputs += 1;
        self.object.begin(input, "results")
    }

    /// Writes a frame of the input.
    pub fn frame(&mut self, frame: &FrameReport) -> Outcome {
        self.object.item(frame, true)
    }

    /// Ends the input.
    pub fn end(&mut self, report: &InputReport) -> Outcome {
        self.object.end("]", report)
    }

    /// Ends the object with `more` members and prints it.
    pub fn print(mut self, more: Map<String, Value>) -> Outcome {
        self.object.end("\n]", &more)?;
        print(&mut self.object)
    }
}

/// The object of one input on a line, printed when the input ends.
pub struct JsonLine(Object);

impl JsonLine {
    /// Begins the line of an input.
    pub fn new(input: &InputStart) -> Outcome<Self> {
        let mut object = Object::new();
        object.begin(&versioned(input), "results")?;
        Ok(Self(object))
    }

    /// Writes a frame of the input.
    pub fn frame(&mut self, frame: &FrameReport) -> Outcome {
        self.0.item(frame, false)
    }

    /// Ends the input and prints the line.
    pub fn print(mut self, report: &InputReport) -> Outcome {
        self.0.end("]", report)?;
        print(&mut self.0)
    }
}
