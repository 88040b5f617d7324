//! Corrections typed while watching: `sad`, `2 sad` for track 2, `ok`, `undo`; `@12.5` in front waits for that second.

use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, channel};

use mien_core::ErrorKind;
use mien_core::Result;
use mien_core::face::track::TrackId;
use mien_core::stream::{Correction, LiveSession, StreamResult, VideoSession};
use serde_json::json;

use crate::process::failure::Outcome;
use crate::process::terminal::{print_json_line, warn};
use crate::time::now_ms;

/// A session that learns from corrections.
pub trait Correctable {
    fn correct(&self, track: TrackId, label: &str, now_ms: u64) -> Result<Correction>;
    fn confirm(&self, track: TrackId, now_ms: u64) -> Result<Correction>;
    fn undo(&self) -> Result<Correction>;
}

macro_rules! correctable {
    ($session:ty) => {
        impl Correctable for $session {
            fn correct(&self, track: TrackId, label: &str, now_ms: u64) -> Result<Correction> {
                self.correct(track, label, now_ms)
            }

            fn confirm(&self, track: TrackId, now_ms: u64) -> Result<Correction> {
                self.confirm(track, now_ms)
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
        let said = match (words.len(), *words.front()?) {
            (1, "ok") => Said::Confirm { track },
            (1, "undo") if track.is_none() => Said::Undo,
            _ => Said::Correct { track, label: words.make_contiguous().join(" ") },
        };
        Some(Self { at_us, said })
    }
}

/// The lines typed on standard input, and what became of them.
pub struct Typed {
    lines: Receiver<String>,
    waiting: VecDeque<Line>,
    /// The users who corrected something.
    users: BTreeSet<String>,
}

impl Typed {
    /// Starts to read standard input.
    pub fn start() -> Self {
        let (sender, lines) = channel();
        // Ends with standard input or the process; nothing joins it.
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(std::io::Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { lines, waiting: VecDeque::new(), users: BTreeSet::new() }
    }

    /// Carries out what was typed up to the result's time.
    pub fn apply(&mut self, session: &impl Correctable, result: &StreamResult) -> Outcome {
        for text in self.lines.try_iter() {
            match Line::parse(&text) {
                Some(line) => self.waiting.push_back(line),
                None if text.trim().is_empty() => {}
                None => warn(format!("not understood: {text:?}; type LABEL, TRACK LABEL, ok, TRACK ok or undo"))?,
            }
        }
        let due = |line: &Line| line.at_us.is_none_or(|at_us| at_us <= result.timestamp_us);
        let (now, later): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(due);
        self.waiting.extend(later);
        now.into_iter().try_for_each(|line| self.carry_out(line.said, session, result))
    }

    fn carry_out(&mut self, said: Said, session: &impl Correctable, result: &StreamResult) -> Outcome {
        let only = match result.faces.as_slice() {
            [face] => Some(face.track),
            _ => None,
        };
        let (action, track) = match &said {
            Said::Correct { track, .. } => ("correct", track.or(only)),
            Said::Confirm { track } => ("confirm", track.or(only)),
            Said::Undo => ("undo", None),
        };
        let outcome = match (&said, track) {
            (Said::Undo, _) => session.undo(),
            (Said::Correct { label, .. }, Some(track)) => session.correct(track, label, now_ms()),
            (Said::Confirm { .. }, Some(track)) => session.confirm(track, now_ms()),
            (_, None) => {
                return warn(format!("{} faces are in sight: type the track in front", result.faces.len()));
            }
        };
        let correction = match outcome {
            // A label that the head lacks ends nothing.
            Err(error) if error.kind() == ErrorKind::InvalidOption => return warn(error.full_text()),
            other => other?,
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
            "refusal": correction.refusal,
        }))
    }

    /// Returns the users who corrected something.
    pub fn into_users(self) -> BTreeSet<String> {
        self.users
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
        for nonsense in ["", "  ", "7", "@x sad", "@-1 sad", "@5", "@inf ok"] {
            assert_eq!(parse(nonsense), None, "{nonsense:?}");
        }
    }
}
