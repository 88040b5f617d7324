//! Corrections typed while watching: `sad`, `2 sad` for track 2, `ok`, `undo`; `@12.5` in front waits for that second.

use std::collections::{BTreeSet, VecDeque};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, channel};

use mien_core::engine::CorrectionRefusal;
use mien_core::face::track::TrackId;
use mien_core::stream::{Correction, LiveSession, StreamResult, TrackedFace, VideoSession};
use mien_core::{Engine, ErrorKind, Result};
use serde_json::json;

use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{print_json_line, warn};
use crate::time::now_ms;

/// What can be typed.
const HINT: &str = "type LABEL, TRACK LABEL, ok, TRACK ok or undo, with @SECONDS in front for a time of the video";

/// A session that learns from corrections.
pub trait Correctable {
    fn correct(&self, track: TrackId, label: &str, shown: Option<&str>, now_ms: u64) -> Result<Correction>;
    fn confirm(&self, track: TrackId, shown: Option<&str>, now_ms: u64) -> Result<Correction>;
    fn undo(&self) -> Result<Correction>;
}

macro_rules! correctable {
    ($session:ty) => {
        impl Correctable for $session {
            fn correct(&self, track: TrackId, label: &str, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
                self.correct(track, label, shown, now_ms)
            }

            fn confirm(&self, track: TrackId, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
                self.confirm(track, shown, now_ms)
            }

            fn undo(&self) -> Result<Correction> {
                self.undo()
            }
        }
    };
}

correctable!(VideoSession);
correctable!(LiveSession);

/// A typed line.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    text: String,
    /// The stream time to wait for.
    at_us: Option<u64>,
    said: Said,
}

#[derive(Debug, Clone, PartialEq)]
enum Said {
    Correct { track: Option<TrackId>, label: String },
    Confirm { track: Option<TrackId> },
    Undo,
}

impl Line {
    /// Reads a line; `None` if it is blank or not understood.
    fn parse(text: &str) -> Option<Self> {
        let mut words: VecDeque<&str> = text.split_whitespace().collect();
        let mut at_us = None;
        if let Some(seconds) = words.front()?.strip_prefix('@') {
            let seconds: f64 = seconds.parse().ok().filter(|seconds| (0.0..1e9).contains(seconds))?;
            at_us = Some((1e6 * seconds) as u64);
            words.pop_front();
        }
        let track = words.front()?.parse().ok().map(TrackId);
        if track.is_some() {
            words.pop_front();
        }
        let is = |word: &str| words.len() == 1 && words[0].eq_ignore_ascii_case(word);
        words.front()?;
        let said = match () {
            () if is("ok") => Said::Confirm { track },
            () if is("undo") && track.is_none() => Said::Undo,
            () => Said::Correct { track, label: words.make_contiguous().join(" ") },
        };
        Some(Self { text: text.trim().to_owned(), at_us, said })
    }
}

impl Said {
    /// Returns the face that is meant, if it is in sight: the only one by default.
    fn face<'a>(&self, result: &'a StreamResult) -> Option<&'a TrackedFace> {
        match (self, result.faces.as_slice()) {
            (Self::Undo, _) => None,
            (Self::Correct { track: Some(track), .. } | Self::Confirm { track: Some(track) }, faces) => {
                faces.iter().find(|face| face.track == *track)
            }
            (_, [face]) => Some(face),
            _ => None,
        }
    }
}

/// The lines typed on standard input, and what became of them.
pub struct Typed {
    lines: Receiver<String>,
    waiting: VecDeque<Line>,
    /// Whether lines without a time wait until it is settled whom they are about: in a file they are
    /// there before the first frame.
    patient: bool,
    /// The users who corrected something.
    users: BTreeSet<String>,
    /// The first error, which does not end the watching.
    failure: Option<Failure>,
}

impl Typed {
    /// Starts to read standard input. `patient` lines without a time wait for a settled identity.
    pub fn start(patient: bool) -> Self {
        let (sender, lines) = channel();
        // Ends with standard input or the process; nothing joins it.
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().split(b'\n').map_while(std::io::Result::ok) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        Self { lines, waiting: VecDeque::new(), patient, users: BTreeSet::new(), failure: None }
    }

    /// Carries out what was typed up to the result's time.
    pub fn apply(&mut self, engine: &Engine, session: &impl Correctable, result: &StreamResult) -> Outcome {
        self.read()?;
        let mut now = Vec::new();
        for line in std::mem::take(&mut self.waiting) {
            let settled = || line.said.face(result).is_some_and(|face| face.identity.is_some());
            let due = match (line.at_us, &line.said) {
                (Some(at_us), _) => at_us <= result.timestamp_us,
                (None, Said::Undo) => true,
                (None, _) => !self.patient || settled(),
            };
            if due { now.push(line) } else { self.waiting.push_back(line) }
        }
        now.into_iter().try_for_each(|line| self.carry_out(&line.said, engine, session, result))
    }

    fn read(&mut self) -> Outcome {
        for text in self.lines.try_iter() {
            match Line::parse(&text) {
                Some(line) => self.waiting.push_back(line),
                None if text.trim().is_empty() => {}
                None => warn(format!("not understood: {text:?}; {HINT}"))?,
            }
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        said: &Said,
        engine: &Engine,
        session: &impl Correctable,
        result: &StreamResult,
    ) -> Outcome {
        let face = said.face(result);
        let shown = face.and_then(|face| face.label.as_deref());
        let (action, track) = match said {
            Said::Correct { track, .. } => ("correct", track.or(face.map(|face| face.track))),
            Said::Confirm { track } => ("confirm", track.or(face.map(|face| face.track))),
            Said::Undo => ("undo", None),
        };
        let outcome = match (said, track) {
            (Said::Undo, _) => undo(engine, session, result),
            (Said::Correct { label, .. }, Some(track)) => session.correct(track, label, shown, now_ms()),
            (Said::Confirm { .. }, Some(track)) => session.confirm(track, shown, now_ms()),
            (_, None) => {
                return warn(format!("{} faces are in sight: type the track in front", result.faces.len()));
            }
        };
        let correction = match outcome {
            Ok(correction) => correction,
            Err(error) => {
                warn(error.full_text())?;
                // A label that the head lacks is a slip; others are reported at the end.
                if error.kind() != ErrorKind::InvalidOption {
                    self.failure.get_or_insert(error.into());
                }
                return Ok(());
            }
        };
        self.users.extend(correction.user.clone());
        print_json_line(&json!({
            "type": "correction",
            "time_s": result.timestamp_us as f64 / 1e6,
            "action": action,
            "track": correction.track,
            "user": correction.user,
            "label": correction.label,
            "contradicted": correction.contradicted,
            "frames": correction.frames,
            "taken": correction.taken,
            "refusal": correction.refusal,
        }))?;
        match (correction.refusal, action) {
            (Some(refusal), _) => warn(explained(refusal)),
            (None, "correct") if !correction.taken => warn(format!(
                "{} is improbable here: it is kept and does not answer until it is said again of other moments",
                correction.label.as_deref().unwrap_or_default()
            )),
            _ => Ok(()),
        }
    }

    /// Says what was never carried out. Returns the users who corrected something, and the first error.
    pub fn finish(mut self) -> Outcome<(BTreeSet<String>, Option<Failure>)> {
        self.read()?;
        for line in &self.waiting {
            warn(format!("not carried out, the video is over: {:?}", line.text))?;
        }
        Ok((self.users, self.failure))
    }
}

/// Takes back the last correction of the session, or else the newest of the only user in sight.
fn undo(engine: &Engine, session: &impl Correctable, result: &StreamResult) -> Result<Correction> {
    let undone = session.undo()?;
    let mut users = result.faces.iter().filter_map(|face| Some((face.track, face.identity.as_ref()?.user()?)));
    let (Some(CorrectionRefusal::NothingToUndo), Some((track, user)), None) =
        (undone.refusal, users.next(), users.next())
    else {
        return Ok(undone);
    };
    Ok(match engine.undo_last_correction(user)? {
        Some(stored) => Correction {
            track: Some(track),
            user: Some(user.to_owned()),
            label: Some(stored.label),
            contradicted: stored.contradicted,
            frames: stored.frames as usize,
            taken: false,
            refusal: None,
        },
        None => undone,
    })
}

/// Returns why nothing was learned, and what to do.
fn explained(refusal: CorrectionRefusal) -> &'static str {
    match refusal {
        CorrectionRefusal::NoTrack => "nothing was learned: there is no such track, or it has ended",
        CorrectionRefusal::IdentityOpen => "nothing was learned: it is not settled yet who this is; say it again soon",
        CorrectionRefusal::UnknownFace => {
            "nothing was learned: the face is nobody who is enrolled; enroll them first with mien enroll NAME PICTURES"
        }
        CorrectionRefusal::NothingShown => "nothing was learned: no answer was shown yet",
        CorrectionRefusal::AnswerChanged => "nothing was learned: the answer has changed meanwhile",
        CorrectionRefusal::SomebodyElse => "nothing was learned: the frames may show somebody else than the user",
        CorrectionRefusal::NothingToUndo => "nothing was undone: no correction of the user in sight is in use",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        let parse = |text: &str| Line::parse(text).map(|line| (line.at_us, line.said));
        let correct = |track, label: &str| Said::Correct { track, label: label.to_owned() };
        assert_eq!(parse("sad"), Some((None, correct(None, "sad"))));
        assert_eq!(parse(" 2  sad \r"), Some((None, correct(Some(TrackId(2)), "sad"))));
        assert_eq!(parse("@12.5 3 very sad"), Some((Some(12_500_000), correct(Some(TrackId(3)), "very sad"))));
        assert_eq!(parse("ok"), Some((None, Said::Confirm { track: None })));
        assert_eq!(parse("@1 2 ok"), Some((Some(1_000_000), Said::Confirm { track: Some(TrackId(2)) })));
        assert_eq!(parse("undo"), Some((None, Said::Undo)));
        assert_eq!(parse("OK"), Some((None, Said::Confirm { track: None })));
        assert_eq!(parse("@1 Undo"), Some((Some(1_000_000), Said::Undo)));
        for nonsense in ["", "  ", "7", "@x sad", "@-1 sad", "@5", "@inf ok"] {
            assert_eq!(parse(nonsense), None, "{nonsense:?}");
        }
    }
}
