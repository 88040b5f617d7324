//! The drawings of one input: a picture, or a clip's contact sheet and plot.

use std::path::Path;

use mien_core::engine::FaceResult;

use crate::draw::annotate;
use crate::draw::clip_plot::ClipPlot;
use crate::draw::files::{save, save_plot};
use crate::media::{Kind, Picture};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::report::InputReport;

/// Max number of frames on a contact sheet.
const MAX_ON_SHEET: usize = 24;

/// The drawings of one input.
pub struct Drawing {
    name: String,
    files: Files,
    /// Evenly spaced frames; whenever there are twice too many, every second one is dropped.
    kept: Vec<annotate::Tile>,
    seen: usize,
    spacing: usize,
    plot: ClipPlot,
}

/// The files of the drawings of one input.
enum Files {
    Picture(Destination),
    Clip { sheet: Destination, timeline: [Destination; 2] },
}

impl Drawing {
    /// Creates the drawings of `input` in `folder`, named after the input, with a number if another output has that
    /// name.
    pub fn new(outputs: &mut Outputs, folder: &Path, input: &Path, kind: Kind) -> Outcome<Self> {
        let stem = input.file_stem().unwrap_or("input".as_ref());
        let endings: &[&str] = match kind {
            Kind::Picture => &[".png"],
            Kind::Folder | Kind::Video => &["-sheet.png", "-timeline.svg", "-timeline.png"],
        };
        let (name, files) = outputs.files_in(folder, stem, endings, Readers::Owner)?;
        let mut files = files.into_iter();
        let files = match (files.next(), files.next(), files.next()) {
            (Some(sheet), Some(svg), Some(png)) => Files::Clip { sheet, timeline: [svg, png] },
            (Some(picture), None, None) => Files::Picture(picture),
            _ => return Err(Failure::new(format!("{}: no name for its drawings", input.display()))),
        };
        let name = name.to_string_lossy().into_owned();
        Ok(Self { name, files, kept: Vec::new(), seen: 0, spacing: 1, plot: ClipPlot::default() })
    }

    /// Draws the next frame, at `time_s`, whose principal face is `main`.
    pub fn add(&mut self, picture: &Picture, faces: &[FaceResult], main: Option<&FaceResult>, time_s: f64) -> Outcome {
        if let Files::Picture(file) = &self.files {
            return save(file, &annotate::picture(picture, faces)?);
        }
        self.plot.add(main, time_s);
        if self.seen.is_multiple_of(self.spacing) {
            self.kept.push(annotate::tile(picture, faces, main)?);
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

    /// Writes the contact sheet and the plot of a clip.
    pub fn finish(self, report: &InputReport) -> Outcome {
        let Files::Clip { sheet, timeline } = &self.files else { return Ok(()) };
        let shown = self.kept.len().min(MAX_ON_SHEET);
        let tiles: Vec<_> = (0..shown).map(|index| self.kept[index * self.kept.len() / shown].clone()).collect();
        save(sheet, &annotate::sheet(&tiles)?)?;
        save_plot(&self.plot.titled(&self.name, report.user.as_deref()), timeline.each_ref())
    }
}
