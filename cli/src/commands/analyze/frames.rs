//! The frames of all inputs, one after the other, and their analysis, which runs on several threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mien_core::engine::FaceResult;
use mien_core::{Engine, Frame};

use super::turns::{Turn, Turns};
use crate::draw::drawing::Drawable;
use crate::media::{Captured, Kind, Media, Picture};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::report::{FaceReport, FrameReport};
use crate::session::{Heard, Unheard, listen};

/// What happens next in a run.
pub enum Step<Picture, Frame> {
    /// A picture file.
    Picture(Picture),
    /// A clip was opened.
    Begin(Opened),
    /// A frame of the clip.
    Frame(Frame),
    /// The clip is read.
    End(End),
    /// The input cannot be opened.
    Unopened(Failure),
    /// A frame or the rest of the clip cannot be read.
    Broken(Failure),
}

/// A step before the analysis: a picture file that is not opened yet, or a frame.
pub type Given = Step<PathBuf, Box<Taken>>;

/// A step after the analysis: a picture and what is known of it, or a frame.
pub type Seen = Step<(Opened, Box<SeenFrame>), Box<SeenFrame>>;

/// What is known of a clip when it is opened.
pub struct Opened {
    pub fps: f64,
    /// Number of frames that will be analyzed, if known.
    pub length: Option<usize>,
    /// When it was taken, if it says so.
    pub captured: Option<Captured>,
}

/// What is known of a clip at its end.
#[derive(Default)]
pub struct End {
    /// Mean number of frames per second.
    pub fps: f64,
    /// What is missing.
    pub shortfall: Option<String>,
    /// The file to listen to.
    pub sound: Option<(PathBuf, Kind)>,
    /// What was heard, or why nothing was; `None` if nobody listened.
    pub heard: Option<Result<Heard, Unheard>>,
}

impl End {
    fn of(media: &Media) -> Self {
        // Times are whole microseconds, so further digits of their mean say nothing.
        let fps = (1e4 * media.fps()).round() / 1e4;
        Self { fps, shortfall: media.shortfall().map(str::to_owned), ..Self::default() }
    }

    /// Listens to the file, if there is one to listen to.
    fn listened(mut self, engine: &Engine) -> Outcome<Self> {
        let Some((path, kind)) = self.sound.take() else { return Ok(self) };
        self.heard = Some(listen(engine.speech_features(), &path, kind)?);
        Ok(self)
    }
}

/// A frame of a clip.
pub struct Taken {
    path: PathBuf,
    place: FramePlace,
    picture: Picture,
    /// Number of the frame among the analyzed ones.
    position: usize,
    turns: Arc<Turns>,
}

/// The place of a frame in its input.
struct FramePlace {
    index: usize,
    time_s: f64,
    file: PathBuf,
}

/// The steps of a run.
pub struct Steps {
    inputs: std::vec::IntoIter<(PathBuf, Kind)>,
    every: usize,
    /// Whether sound is heard.
    speech: bool,
    clip: Option<OpenClip>,
    /// The file of sound that was begun.
    sound: Option<PathBuf>,
}

struct OpenClip {
    path: PathBuf,
    media: Media,
    position: usize,
    turns: Arc<Turns>,
}

impl Steps {
    /// Creates the steps of `inputs`, with every `every`-th frame of clips, and their sound if `speech`.
    pub fn new(inputs: Vec<(PathBuf, Kind)>, every: usize, speech: bool) -> Self {
        Self { inputs: inputs.into_iter(), every, speech, clip: None, sound: None }
    }

    /// Begins a file of sound alone.
    fn begin_sound(&mut self, path: PathBuf) -> Given {
        if !self.speech {
            let why = format!("{}: sound alone, which --no-speech leaves", path.display());
            return Step::Unopened(Failure::new(why).of_input());
        }
        self.sound = Some(path);
        Step::Begin(Opened { fps: 0.0, length: Some(0), captured: None })
    }

    fn open(&mut self, path: PathBuf) -> Given {
        let media = match Media::open(&path) {
            Ok(media) => media,
            Err(failure) => return Step::Unopened(failure),
        };
        let length = media.length.map(|length| length.div_ceil(self.every));
        let opened = Opened { fps: media.fps(), length, captured: media.captured() };
        self.clip = Some(OpenClip { path, media, position: 0, turns: Arc::default() });
        Step::Begin(opened)
    }
}

impl Iterator for Steps {
    type Item = Given;

    fn next(&mut self) -> Option<Given> {
        if let Some(path) = self.sound.take() {
            return Some(Step::End(End { sound: Some((path, Kind::Sound)), ..End::default() }));
        }
        let Some(clip) = &mut self.clip else {
            return match self.inputs.next()? {
                (path, Kind::Picture) => Some(Step::Picture(path)),
                (path, Kind::Folder | Kind::Video) => Some(self.open(path)),
                (path, Kind::Sound) => Some(self.begin_sound(path)),
            };
        };
        let step = match clip.next(self.every) {
            Ok(Some(frame)) => return Some(Step::Frame(frame)),
            Ok(None) => {
                let has_sound = self.speech && clip.media.kind == Kind::Video;
                let sound = has_sound.then(|| (clip.path.clone(), Kind::Video));
                Step::End(End { sound, ..End::of(&clip.media) })
            }
            Err(failure) => Step::Broken(failure),
        };
        self.clip = None;
        Some(step)
    }
}

impl OpenClip {
    fn next(&mut self, every: usize) -> Outcome<Option<Box<Taken>>> {
        loop {
            check_interrupt()?;
            let Some(picture) = self.media.next_picture()? else { return Ok(None) };
            let place = place(&self.media);
            if place.index.is_multiple_of(every) {
                let (path, position, turns) = (self.path.clone(), self.position, Arc::clone(&self.turns));
                self.position += 1;
                return Ok(Some(Box::new(Taken { path, place, picture, position, turns })));
            }
        }
    }
}

/// Returns the place of the last picture of `media`.
fn place(media: &Media) -> FramePlace {
    FramePlace { index: media.index(), time_s: media.time_us() as f64 / 1e6, file: media.file().to_path_buf() }
}

/// An analyzed frame.
pub struct SeenFrame {
    pub report: FrameReport,
    /// The principal face, with its features.
    pub main: Option<FaceResult>,
    /// The frame for drawings.
    pub drawable: Option<Drawable>,
}

/// Analyzes frames.
pub struct Analyst<'a> {
    pub engine: &'a Engine,
    pub max_faces: usize,
    /// Whether frames are drawn.
    pub draws: bool,
}

impl Analyst<'_> {
    /// Does the work of a step.
    pub fn see(&self, step: Given) -> Seen {
        match step {
            Step::Begin(opened) => Seen::Begin(opened),
            Step::End(end) => end.listened(self.engine).map_or_else(Seen::Broken, Seen::End),
            Step::Unopened(failure) => Seen::Unopened(failure),
            Step::Broken(failure) => Seen::Broken(failure),
            Step::Picture(path) => match self.picture(&path) {
                Ok(seen) => Seen::Picture(seen),
                Err(failure) => Seen::Unopened(failure),
            },
            Step::Frame(frame) => self.frame(*frame).map_or_else(Seen::Broken, Seen::Frame),
        }
    }

    fn picture(&self, path: &Path) -> Outcome<(Opened, Box<SeenFrame>)> {
        check_interrupt()?;
        let mut media = Media::open(path)?;
        let Some(picture) = media.next_picture()? else {
            return Err(Failure::new(format!("{}: no picture", path.display())).of_input());
        };
        let opened = Opened { fps: 0.0, length: Some(1), captured: media.captured() };
        Ok((opened, self.seen(path, place(&media), picture, None)?))
    }

    fn frame(&self, Taken { path, place, picture, position, turns }: Taken) -> Outcome<Box<SeenFrame>> {
        // Made first: whatever happens to this frame, the others of its group must not wait for ever.
        let mut turn = turns.of(position);
        check_interrupt()?;
        self.seen(&path, place, picture, Some(&mut turn))
    }

    fn seen(
        &self,
        path: &Path,
        place: FramePlace,
        picture: Picture,
        turn: Option<&mut Turn<'_>>,
    ) -> Outcome<Box<SeenFrame>> {
        let is_clip = turn.is_some();
        let seen = self.faces(&picture.frame()?, turn);
        let Faces { mut faces, main, turn, more_faces } = seen.naming(path).map_err(Failure::of_input)?;
        let FramePlace { index, time_s, file } = place;
        let shown = faces.iter().enumerate().map(|(index, face)| FaceReport::new(face, main == Some(index)));
        let report = FrameReport { index, time_s, file, turn, more_faces, faces: shown.collect() };
        let drawable = match (self.draws, is_clip) {
            (false, _) => None,
            (true, false) => Some(Drawable::picture(&picture, &report)?),
            (true, true) => Some(Drawable::Frame(picture)),
        };
        Ok(Box::new(SeenFrame { report, main: main.map(|main| faces.swap_remove(main)), drawable }))
    }

    fn faces(&self, frame: &Frame<'_>, turn: Option<&mut Turn<'_>>) -> Outcome<Faces> {
        let mut upright = match turn {
            None => self.engine.upright(frame)?,
            Some(turn) => turn.upright(self.engine, frame)?,
        };
        let more_faces = upright.faces.len() > self.max_faces;
        upright.faces.truncate(self.max_faces);
        let principal = upright.principal();
        let main = upright.faces.iter().position(|face| Some(*face) == principal);
        let faces = upright.faces.iter().map(|face| self.engine.examine_upright(&upright, *face));
        let faces = faces.collect::<mien_core::Result<_>>()?;
        Ok(Faces { faces, main, turn: upright.turn.degrees(), more_faces })
    }
}

/// The faces of a frame.
struct Faces {
    /// At most as many as allowed.
    faces: Vec<FaceResult>,
    /// Index of the principal face.
    main: Option<usize>,
    /// Clockwise turn in degrees that makes the faces upright.
    turn: u32,
    /// Whether there are more faces than allowed.
    more_faces: bool,
}
