//! The drawings of one input: a picture, or a clip's contact sheet and plot.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use mien_eval::drawing::png;

use crate::draw::annotate;
use crate::draw::clip_plot::{ClipPlot, ClipVoice};
use crate::draw::face::{DrawnFace, View};
use crate::draw::files::{save, save_plot};
use crate::draw::people::People;
use crate::draw::sheet::{Tile, sheet};
use crate::media::{Kind, Picture};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::report::FrameReport;

/// Max length of a name in bytes before its ending; systems allow 255.
const MAX_NAME: usize = 220;

/// Returns a name that leaves room for an ending.
fn short(stem: &OsStr) -> Cow<'_, OsStr> {
    if stem.len() <= MAX_NAME {
        return Cow::Borrowed(stem);
    }
    let text = stem.to_string_lossy();
    Cow::Owned(text[..text.floor_char_boundary(MAX_NAME)].into())
}

/// Max number of frames on a contact sheet.
const MAX_ON_SHEET: usize = 24;

/// A frame to draw, prepared on the thread that analyzed it.
pub enum Drawable {
    /// The drawing of a picture as PNG.
    Picture(Vec<u8>),
    /// A frame of a clip; few of them are drawn.
    Frame(Picture),
}

impl Drawable {
    /// Draws a picture with its faces.
    pub fn picture(picture: &Picture, frame: &FrameReport) -> Outcome<Self> {
        Ok(Self::Picture(png(&annotate::picture(picture, frame)?)?))
    }
}

/// The drawings of one input.
pub struct Drawing {
    name: String,
    files: Files,
    /// Evenly spaced frames; whenever there are twice too many, every second one is dropped.
    kept: Vec<Tile>,
    people: People,
    seen: usize,
    spacing: usize,
}

/// The files of the drawings of one input.
enum Files {
    Picture(Destination),
    Clip { sheet: Option<Destination>, timeline: [Destination; 2] },
}

impl Drawing {
    /// Creates the drawings of `input` in `folder`, named after the input, with a number if another output has that
    /// name.
    pub fn new(outputs: &mut Outputs, folder: &Path, input: &Path, kind: Kind) -> Outcome<Self> {
        let stem = short(input.file_stem().unwrap_or("input".as_ref()));
        let endings: &[&str] = match kind {
            Kind::Picture => &[".png"],
            Kind::Folder | Kind::Video => &["-timeline.svg", "-timeline.png", "-sheet.png"],
            Kind::Sound => &["-timeline.svg", "-timeline.png"],
        };
        let (name, files) = outputs.files_in(folder, &stem, endings, Readers::Owner)?;
        let mut files = files.into_iter();
        let files = match (files.next(), files.next(), files.next()) {
            (Some(svg), Some(png), sheet) => Files::Clip { sheet, timeline: [svg, png] },
            (Some(picture), None, None) => Files::Picture(picture),
            _ => return Err(Failure::new(format!("{}: no name for its drawings", input.display()))),
        };
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            files,
            kept: Vec::new(),
            people: People::default(),
            seen: 0,
            spacing: 1,
        })
    }

    /// Draws the next analyzed frame.
    pub fn add(&mut self, drawable: &Drawable, frame: &FrameReport) -> Outcome {
        let picture = match (drawable, &self.files) {
            (Drawable::Picture(bytes), Files::Picture(file)) => return file.write(bytes),
            (Drawable::Frame(picture), _) => picture,
            (Drawable::Picture(_), Files::Clip { .. }) => return Err(Failure::new("a clip is not one picture")),
        };
        let faces: Vec<_> = frame.faces.iter().map(|face| DrawnFace::new(face, &View::SAME)).collect();
        self.people.add(frame.time_s, &faces);
        if self.seen.is_multiple_of(self.spacing) {
            self.kept.push(Tile::new(picture, frame));
            if self.kept.len() >= 2 * MAX_ON_SHEET {
                let mut position = 0;
                self.kept.retain(|_| {
                    position += 1;
                    position % 2 == 1
                });
                self.spacing *= 2;
            }
        }
        self.seen += 1;
        Ok(())
    }

    /// Writes the contact sheet and the plot of a clip, in which a voice may be heard.
    pub fn finish(self, voice: Option<&ClipVoice>) -> Outcome {
        let Files::Clip { sheet: file, timeline } = &self.files else { return Ok(()) };
        let shown = self.kept.len().min(MAX_ON_SHEET);
        let tiles: Vec<_> = (0..shown).map(|index| self.kept[index * self.kept.len() / shown].clone()).collect();
        file.as_ref().map_or(Ok(()), |file| save(file, &sheet(&tiles)?))?;
        save_plot(&ClipPlot::new(&self.name, &self.people, voice), timeline.each_ref())
    }
}
