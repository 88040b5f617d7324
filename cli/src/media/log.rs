//! What ffmpeg says on standard error: facts about the input, and complaints.
//!
//! It runs with `-v level+info`, so that each message names its level: `[h264 @ 0x5] [error] no frame!`.

use std::collections::BTreeMap;

/// Max bytes of a line that are kept.
pub const LONGEST_LINE: usize = 4096;

/// What ffmpeg said so far.
#[derive(Debug, Default)]
pub struct Log {
    /// The last complaint.
    last: Option<String>,
    /// The last complaint that says more than that something is invalid.
    reason: Option<String>,
    /// Number of packets that could not be decoded.
    undecodable: usize,
    /// Number of frames that the decoder calls damaged.
    damaged: usize,
    /// Whether the file ended before it should.
    ended_early: bool,
    /// Duration of the input in seconds.
    duration_s: Option<f64>,
    /// Frames per second of the video.
    fps: Option<f64>,
    /// Whether the input has a sound track.
    has_sound: bool,
    /// The first value of each entry of the input's metadata.
    metadata: BTreeMap<String, String>,
    part: Part,
}

/// The part of the log.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Before the input was described.
    #[default]
    Start,
    /// Within the description of the input.
    Input,
    /// After it.
    Work,
}

impl Log {
    /// Takes the next line.
    pub fn take(&mut self, line: &str) {
        let (level, text) = level_and_text(line);
        let text = text.trim_end();
        if text.trim().is_empty() {
            return;
        }
        match level {
            Some("info" | "verbose" | "debug" | "trace") => self.fact(text),
            // The frame is shown, so this is no more than a hint on damage.
            Some("warning") => self.damaged += usize::from(text.contains("corrupt decoded frame")),
            _ => self.complaint(text.trim()),
        }
    }

    fn complaint(&mut self, text: &str) {
        const UNDECODABLE: [&str; 3] = [
            // Until version 6.0, and since.
            "Error while decoding stream #",
            "Error submitting packet to decoder",
            "Error submitting a packet to the decoder",
        ];
        self.undecodable += usize::from(UNDECODABLE.iter().any(|start| text.starts_with(start)));
        self.damaged += usize::from(text.contains("corrupt decoded frame"));
        self.ended_early |= text.contains("ended prematurely") || text.ends_with(": partial file");
        // Its last words say no more than that something is wrong.
        const VAGUE: [&str; 6] = [
            "Error while ",
            "Error initializing ",
            "Error reinitializing ",
            "Failed to inject frame",
            "Failed to configure ",
            "Conversion failed",
        ];
        let vague = text.ends_with("Invalid data found when processing input") || text.ends_with("Invalid argument");
        if !vague && !VAGUE.iter().any(|start| text.starts_with(start)) {
            self.reason = Some(text.to_owned());
        }
        self.last = Some(text.to_owned());
    }

    fn fact(&mut self, text: &str) {
        match self.part {
            Part::Start if text.starts_with("Input #0") => self.part = Part::Input,
            Part::Input if text.starts_with("Stream mapping") || text.starts_with("Output #0") => {
                self.part = Part::Work
            }
            Part::Input => self.describe(text.trim_start()),
            Part::Start | Part::Work => {}
        }
    }

    fn describe(&mut self, text: &str) {
        if let Some(rest) = text.strip_prefix("Duration: ") {
            self.duration_s = rest.split(',').next().and_then(seconds);
        } else if text.starts_with("Stream #") && text.contains(": Video: ") {
            let rate = |unit| text.split(", ").find_map(|field| field.trim().strip_suffix(unit)?.parse().ok());
            // `fps` is the mean over the file; for some it is missing.
            let fps: Option<f64> = rate(" fps").or_else(|| rate(" tbr"));
            self.fps = self.fps.or(fps);
        } else if text.starts_with("Stream #") && text.contains(": Audio: ") {
            self.has_sound = true;
        } else if let Some((key, value)) = text.split_once(':') {
            self.metadata.entry(key.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
        }
    }

    /// Whether the input was described completely.
    pub fn is_described(&self) -> bool {
        self.part == Part::Work
    }

    /// Returns the complaint that explains a failure best.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref().or(self.last.as_deref())
    }

    /// Returns the number of frames that could not be decoded.
    pub fn undecodable(&self) -> usize {
        self.undecodable
    }

    /// Returns the number of frames that were decoded with damage.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// Whether the file ended before it should.
    pub fn ended_early(&self) -> bool {
        self.ended_early
    }

    /// Returns the duration of the input in seconds, if it is known.
    pub fn duration_s(&self) -> Option<f64> {
        self.duration_s
    }

    /// Returns the mean frame rate of the video, if it is known.
    pub fn fps(&self) -> Option<f64> {
        self.fps
    }

    /// Whether the input could be opened and has no sound track; known at the end.
    pub fn lacks_sound(&self) -> bool {
        self.part != Part::Start && !self.has_sound
    }

    /// Returns the entry `key` of the input's metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }
}

/// Splits a line into its level and its text without the part of ffmpeg that speaks. Lines of other programs and second
/// lines of a message have no level.
fn level_and_text(line: &str) -> (Option<&str>, &str) {
    const LEVELS: [&str; 8] = ["panic", "fatal", "error", "warning", "info", "verbose", "debug", "trace"];
    let mut rest = line.trim_start();
    // A speaker may have another one: `[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x6] [error] ...`.
    while let Some((tag, text)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        if LEVELS.contains(&tag) {
            return (Some(tag), text.strip_prefix(' ').unwrap_or(text));
        }
        rest = text.trim_start();
    }
    (None, line)
}

/// Parses `00:01:02.50`.
fn seconds(text: &str) -> Option<f64> {
    let parts: Option<Vec<f64>> = text.trim().split(':').map(|part| part.parse().ok()).collect();
    match parts?[..] {
        [hours, minutes, seconds] => Some(3600.0 * hours + 60.0 * minutes + seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literal lines of ffmpeg 5.1.
    const SAID: &str = "\
[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55] [warning] st: 0 edit list: 1 Missing key frame
[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'half.mp4':
[info]   Metadata:
[info]     creation_time   : 2021-06-01T12:00:00.000000Z
[info]   Duration: 00:01:02.40, start: 0.000000, bitrate: 136 kb/s
[info]   Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 480x360, 131 kb/s, 29.97 fps, 30 tbr, 15360 tbn (default)
[info]     Metadata:
[info]       creation_time   : 1999-01-01T00:00:00.000000Z
[info] Stream mapping:
[info]   Stream #0:0 -> #0:0 (h264 (native) -> rawvideo (native))
[h264 @ 0x56] [error] Invalid NAL unit size (313 > 210).
[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55] [error] stream 0, offset 0x9069: partial file
[error] Error while decoding stream #0:0: Invalid data found when processing input
[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x6] [error] Error submitting packet to decoder: Invalid data found when processing input
[warning] half.mp4: corrupt decoded frame in stream 0
[info] Conversion failed!";

    #[test]
    fn facts_and_complaints_are_told_apart() {
        let mut log = Log::default();
        SAID.lines().for_each(|line| log.take(line));
        assert_eq!((log.duration_s(), log.fps()), (Some(62.4), Some(29.97)));
        assert_eq!(log.metadata("creation_time"), Some("2021-06-01T12:00:00.000000Z"));
        assert_eq!((log.undecodable(), log.damaged()), (2, 1));
        assert_eq!(log.reason(), Some("stream 0, offset 0x9069: partial file"));
        assert!(log.is_described() && log.ended_early() && log.lacks_sound());
    }

    #[test]
    fn other_lines_are_complaints() {
        let mut log = Log::default();
        log.take("[error] notes.txt: Invalid data found when processing input");
        assert_eq!(log.reason(), Some("notes.txt: Invalid data found when processing input"));
        log.take("  the end is missing  ");
        log.take("");
        log.take("[info]   Duration: N/A, start: 0.0");
        assert_eq!((log.reason(), log.duration_s()), (Some("the end is missing"), None));
        assert!(!log.is_described() && !log.lacks_sound());
    }
}
