//! A run over inputs: takes what was seen, in order, and makes the results.

use std::path::{Path, PathBuf};

use mien_core::Engine;
use mien_core::recognition::gallery::Identity;

use super::frames::{End, Opened, Seen, SeenFrame};
use super::results::Results;
use super::verdict::{Answer, Verdict};
use super::voice::{Voice, heard_in};
use crate::commands::recording::{InputRecorder, RecordedInput};
use crate::draw::drawing::Drawing;
use crate::media::Kind;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::skipped::{self, or_skip};
use crate::process::terminal::{Progress, warn};
use crate::report::{InputReport, InputStart};
use crate::session::tell_missing;

/// An input, and what becomes of it.
pub struct Input {
    pub path: PathBuf,
    pub kind: Kind,
    pub drawing: Option<Drawing>,
}

/// How emotions are recorded in timelines.
pub type NewRecorder<'a> = dyn Fn(&Path, Kind, &Opened) -> Outcome<InputRecorder> + 'a;

/// A run in progress.
pub struct Run<'a> {
    engine: &'a Engine,
    inputs: std::vec::IntoIter<Input>,
    several: bool,
    /// The enrolled user who speaks if no face is seen.
    speaker: Option<&'a str>,
    recorder: Option<&'a NewRecorder<'a>>,
    results: Results<'a>,
    progress: Progress,
    clips: Clips,
    open: Option<Open>,
    /// Number of inputs that were analyzed.
    pub done: usize,
    /// Inputs without a face that are pictures.
    pub faceless: Vec<PathBuf>,
    pub recorded: Vec<RecordedInput>,
}

/// The clips that are not opened yet, whose lengths are estimated by those of the others.
#[derive(Default)]
struct Clips {
    left: usize,
    /// Number of clips that were opened, and of their frames.
    known: (usize, usize),
    /// Number of frames of the clips that are left.
    estimate: usize,
}

impl Clips {
    /// Counts a clip of `frames`; returns the new estimate for the others.
    fn opened(&mut self, frames: usize) -> usize {
        self.known = (self.known.0 + 1, self.known.1 + frames);
        self.passed()
    }

    /// Counts a clip that cannot be opened; returns the new estimate for the others.
    fn passed(&mut self) -> usize {
        self.left -= 1;
        let (clips, frames) = self.known;
        self.estimate = (self.left * frames).checked_div(clips).unwrap_or(self.left);
        self.estimate
    }
}

/// The input whose frames come in.
struct Open {
    report: InputReport,
    drawing: Option<Drawing>,
    verdict: Verdict,
    recorder: Option<InputRecorder>,
    stated_fps: f64,
    /// The expected and the counted steps of the progress.
    steps: (usize, usize),
}

impl<'a> Run<'a> {
    /// Creates a run over `inputs`, which are one of `several`; `recorder` makes the recorder of each input, if emotions
    /// are recorded.
    pub fn new(
        engine: &'a Engine,
        inputs: Vec<Input>,
        several: bool,
        recorder: Option<&'a NewRecorder<'a>>,
        results: Results<'a>,
    ) -> Self {
        let progress = Progress::new(inputs.len(), "frames");
        let clips = inputs.iter().filter(|input| input.kind != Kind::Picture).count();
        Self {
            engine,
            inputs: inputs.into_iter(),
            several,
            speaker: None,
            recorder,
            results,
            progress,
            clips: Clips { left: clips, estimate: clips, ..Clips::default() },
            open: None,
            done: 0,
            faceless: Vec::new(),
            recorded: Vec::new(),
        }
    }

    /// Sets the enrolled user who speaks if no face is seen.
    pub fn spoken_by(self, speaker: Option<&'a str>) -> Self {
        Self { speaker, ..self }
    }

    /// Takes what was seen next.
    pub fn take(&mut self, seen: Seen) -> Outcome {
        match seen {
            Seen::Picture((opened, frame)) => {
                self.begin(&opened)?;
                self.frame(*frame)?;
                self.end(End::default())
            }
            Seen::Begin(opened) => self.begin(&opened),
            Seen::Frame(frame) => self.frame(*frame),
            Seen::End(end) => self.end(end),
            Seen::Unopened(failure) => self.unopened(failure),
            Seen::Broken(failure) => self.broken(failure),
        }
    }

    fn begin(&mut self, opened: &Opened) -> Outcome {
        let Some(Input { path, kind, drawing }) = self.inputs.next() else {
            return Err(Failure::new("more inputs were seen than given"));
        };
        let expected = opened.length.unwrap_or(1);
        if kind != Kind::Picture {
            let old = self.clips.estimate;
            self.progress.settle(old, expected + self.clips.opened(expected));
        }
        let recorder = self.recorder.map(|new| new(&path, kind, opened)).transpose()?;
        let report =
            InputReport::new(InputStart { path, kind, captured: opened.captured.map(|captured| captured.to_string()) });
        self.open = Some(Open {
            report,
            drawing,
            verdict: Verdict::default(),
            recorder,
            stated_fps: opened.fps,
            steps: (expected, 0),
        });
        Ok(())
    }

    fn frame(&mut self, seen: SeenFrame) -> Outcome {
        let Some(open) = &mut self.open else { return Ok(()) };
        let SeenFrame { report: frame, main, drawable } = seen;
        if let Some(face) = &main {
            open.verdict.take(face);
        }
        if let (Some(drawing), Some(drawable)) = (&mut open.drawing, &drawable) {
            drawing.add(drawable, &frame)?;
        }
        if let Some(recorder) = &mut open.recorder {
            recorder.take(&frame);
        }
        if open.report.frames == 0 {
            self.results.begin(&open.report.input)?;
        }
        self.results.frame(&open.report.input.path.to_string_lossy(), &frame)?;
        open.report.count(frame);
        open.steps.1 += 1;
        self.progress.step();
        Ok(())
    }

    fn end(&mut self, end: End) -> Outcome {
        if let Some(open) = &self.open {
            let path = &open.report.input.path;
            skipped::incomplete(path, end.shortfall.as_deref())?;
            end.heard.as_ref().map_or(Ok(()), |heard| tell_missing(path, heard))?;
        }
        self.close(end)
    }

    /// Completes the results of the open input.
    fn close(&mut self, End { fps, shortfall, heard, .. }: End) -> Outcome {
        let Some(Open { mut report, drawing, verdict, mut recorder, steps, .. }) = self.open.take() else {
            return Ok(());
        };
        self.progress.settle(steps.0, steps.1);
        if report.frames == 0 {
            self.results.begin(&report.input)?;
        }
        if report.picture.as_ref().is_some_and(|frame| frame.more_faces) {
            warn(format!("{}: more faces than --max-faces", report.input.path.display()))?;
        }
        let voice = heard.map(|heard| Voice { heard, of_several: report.frames_with_several > 0 });
        let answer = verdict.answer(self.engine, report.input.kind, voice, self.speaker)?;
        let Answer { identity, emotion, unsure, speech } = answer;
        report.user = identity.as_ref().and_then(Identity::user).map(str::to_owned);
        (report.fps, report.emotion, report.unsure, report.shortfall) = (fps, emotion, unsure, shortfall);
        report.speech = speech;
        if report.input.kind == Kind::Picture && report.frames_with_face == 0 {
            self.faceless.push(report.input.path.clone());
        }
        if let (Some(recorder), Some(speech), Some(user)) = (&mut recorder, &report.speech, &report.user) {
            recorder.hear(user, speech);
        }
        let heard = drawing.as_ref().and_then(|_| heard_in(&report));
        let path = report.input.path.clone();
        // First, so that the results are complete if an interrupt ends what follows.
        self.results.end(report)?;
        self.done += 1;
        if let Some(drawing) = drawing {
            drawing.finish(heard.as_ref())?;
        }
        if let Some(recorder) = recorder {
            let recorded = recorder.record(self.engine).naming(&path).map_err(Failure::of_input);
            self.recorded.extend(or_skip(recorded, self.several)?.into_iter().flatten());
        }
        Ok(())
    }

    /// An input cannot be opened.
    fn unopened(&mut self, failure: Failure) -> Outcome {
        if self.inputs.next().is_some_and(|input| input.kind != Kind::Picture) {
            let old = self.clips.estimate;
            self.progress.settle(old, 1 + self.clips.passed());
        }
        self.progress.step();
        or_skip(Err::<(), _>(failure), self.several).map(drop)
    }

    /// The rest of a clip cannot be read. Its frames so far are results.
    fn broken(&mut self, failure: Failure) -> Outcome {
        match self.open.take_if(|open| open.report.frames == 0) {
            Some(open) => {
                self.progress.settle(open.steps.0, 0);
                or_skip(Err::<(), _>(failure), self.several).map(drop)
            }
            // Frames that were on their way when an earlier one failed.
            None if self.open.is_none() => Ok(()),
            None if skipped::may_continue(&failure) => self.end_early(failure.to_string()),
            None => Err(failure),
        }
    }

    fn end_early(&mut self, why: String) -> Outcome {
        let fps = self.open.as_ref().map_or(0.0, |open| open.stated_fps);
        self.end(End { fps, shortfall: Some(why), ..End::default() })
    }

    /// Ends the run: the clip that was interrupted is ended as it is, without its drawings and its timeline.
    pub fn results(mut self) -> Outcome<Finished<'a>> {
        if let Some(open) = self.open.as_mut().filter(|open| open.report.frames > 0) {
            (open.drawing, open.recorder) = (None, None);
            let fps = open.stated_fps;
            self.close(End { fps, shortfall: Some("interrupted".to_owned()), ..End::default() })?;
        }
        let Self { results, done, faceless, recorded, .. } = self;
        Ok(Finished { results, done, faceless, recorded })
    }
}

/// What is left of a run at its end.
pub struct Finished<'a> {
    pub results: Results<'a>,
    pub done: usize,
    pub faceless: Vec<PathBuf>,
    pub recorded: Vec<RecordedInput>,
}
