//! Processing of one frame, shared by video and live sessions.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::change::Thumbnail;
use super::emotion::{Expression, Heard, Switch};
use super::hearing::Hearing;
use super::identity::{Evidence, Finding, Networks, Person, weight};
use super::kept::Kept;
use super::power::{Effort, Glance, PowerBudget, Progress};
use super::recent::{Look, Recent, Shown};
use super::speaker::Speakers;
use super::{Event, MAX_EVENTS, StreamOptions, StreamResult, TrackedFace, Unsure};
use crate::emotion::Emotion;
use crate::engine::Engine;
use crate::error::{Result, fail};
use crate::face::quality::{Quality, QualityIssue, measure};
use crate::face::track::{Break, Change, Sight, TrackId, Tracked, Tracker, Verdict};
use crate::features::Features;
use crate::frame::Frame;
use crate::fusion::Said;
use crate::modality::Modality;

/// Processes the frames of a stream, and what is heard beside them.
pub(super) struct Pipeline {
    work: Kept<Box<Work>>,
    recent: Recent,
    hearing: Hearing,
}

/// The tracks of a stream and what is known about each.
struct Work {
    engine: Engine,
    options: StreamOptions,
    power: PowerBudget,
    tracker: Tracker,
    faces: BTreeMap<TrackId, Known>,
    last_us: Option<u64>,
    thumbnail: Option<Thumbnail>,
    /// Events not yet returned: if the networks fail on a frame, its events go to the next result.
    events: Vec<Event>,
    recent: Recent,
    speakers: Speakers,
}

/// What is known about a track.
#[derive(Default)]
struct Known {
    person: Person,
    expression: Expression,
    spoken: Option<Emotion>,
    quality: Option<Quality>,
    issues: Vec<QualityIssue>,
    analyzed_us: Option<u64>,
    /// The number of analyses so far: each takes the next view of the face.
    analyses: usize,
    progress: Progress,
}

/// Fraction of the analysis interval after which an analysis is due, since timestamps are rounded.
const EARLY: f32 = 0.9;

impl Pipeline {
    pub fn new(engine: &Engine, options: StreamOptions) -> Result<Self> {
        options.check()?;
        engine.calibration()?;
        let recent = Recent::default();
        engine.tell_of_close(recent.watcher())?;
        let hearing = Hearing::default();
        engine.tell_of_close(hearing.watcher())?;
        let work = Work {
            engine: engine.clone(),
            options,
            power: PowerBudget::Full,
            tracker: Tracker::new(options.tracker)?,
            faces: BTreeMap::new(),
            last_us: None,
            thumbnail: None,
            events: Vec::new(),
            recent: recent.clone(),
            speakers: Speakers::new(engine.speech_features().clone(), hearing.clone()),
        };
        Ok(Self { work: Kept::new(engine, Box::new(work))?, recent, hearing })
    }

    /// What the session hears, shared with the session.
    pub fn hearing(&self) -> Hearing {
        self.hearing.clone()
    }

    /// The last analyses, shared with the session.
    pub fn recent(&self) -> Recent {
        self.recent.clone()
    }

    /// Processes the next frame.
    ///
    /// # Errors
    /// `TimestampOrder`, `Internal`, `Closed`, as in [`VideoSession::process`](super::VideoSession::process).
    pub fn process(
        &mut self,
        frame: &Frame<'_>,
        thumbnail: Thumbnail,
        timestamp_us: u64,
        power: PowerBudget,
    ) -> Result<StreamResult> {
        self.work.with(|work| {
            work.set_power(power);
            work.process(frame, thumbnail, timestamp_us)
        })
    }
}

impl Work {
    /// Processes the next frame. Everything is seen, followed and kept in unmirrored coordinates;
    /// only the report is mirrored.
    fn process(&mut self, frame: &Frame<'_>, thumbnail: Thumbnail, timestamp_us: u64) -> Result<StreamResult> {
        let (width, height) = frame.upright_size();
        let mirror_width = frame.is_mirrored().then_some(width);
        let frame = &frame.mirrored(false);
        check_order(self.last_us, timestamp_us)?;
        let calibration = self.engine.calibration()?;
        self.last_us = Some(timestamp_us);
        self.recent.trim(timestamp_us);
        let cut = self.thumbnail.as_ref().is_some_and(|earlier| thumbnail.is_cut_from(earlier));
        self.thumbnail = Some(thumbnail);
        let engine = self.engine.clone();
        let mut networks = Networks { engine: &engine, frame, calibration };
        let step = self.tracker.step(frame, timestamp_us, cut, &mut networks)?;
        for (track, change) in step.changes {
            self.note(track, change);
        }
        self.speakers.attend(frame, &step.faces, timestamp_us, self.options.speech_hold_us)?;
        let due = self.due(&step.faces, timestamp_us);
        let mut faces = Vec::new();
        for tracked in step.faces {
            let track = if due.contains(&tracked.id) {
                self.analyze(frame, &tracked, timestamp_us, &mut networks)?
            } else {
                tracked.id
            };
            if let Some(known) = self.faces.get(&track) {
                let report = known.report(track, &tracked, &self.options);
                faces.push(match mirror_width {
                    Some(width) => report.mirrored(width),
                    None => report,
                });
            }
        }
        faces.sort_by_key(|face| face.track);
        let events = std::mem::take(&mut self.events);
        let speech = self.speakers.heard().cloned();
        Ok(StreamResult { timestamp_us, width, height, faces, events, detected: step.detected, speech })
    }

    fn set_power(&mut self, power: PowerBudget) {
        if power != self.power {
            self.power = power;
            self.tracker.detect_less_often(power.effort().rarer_detection);
            self.faces.values_mut().for_each(|known| known.progress.restart());
        }
    }

    fn note(&mut self, track: TrackId, change: Change) {
        let event = match change {
            Change::Began => {
                self.faces.insert(track, Known::default());
                Event::Began { track }
            }
            Change::Lost => Event::Lost { track },
            Change::Ended => {
                self.faces.remove(&track);
                self.recent.end(track);
                self.speakers.end(track);
                Event::Ended { track }
            }
        };
        self.tell(event);
    }

    fn tell(&mut self, event: Event) {
        self.events.push(event);
        // Reached only if the networks fail for a long time.
        self.events.drain(..self.events.len().saturating_sub(MAX_EVENTS));
    }

    /// Returns the tracks to analyze at this frame: all new ones and those in doubt, and of the
    /// others those that have waited longest.
    fn due(&self, faces: &[Tracked], now_us: u64) -> Vec<TrackId> {
        let Effort { analyze_fps, max_analyses, settled_us, .. } = self.power.effort();
        let shortest_us = EARLY * 1e6 / self.options.analyze_fps.min(analyze_fps);
        let max_analyses = self.options.max_analyses.min(max_analyses);
        let (mut urgent, mut waiting) = (Vec::new(), Vec::new());
        for tracked in faces {
            let known = self.faces.get(&tracked.id);
            match known.and_then(|known| Some((known.analyzed_us?, &known.progress))) {
                Some((at, progress)) if tracked.broken.is_none() => {
                    let period_us = progress.interval_us(shortest_us, EARLY * settled_us as f32);
                    if now_us.saturating_sub(at) as f32 >= period_us {
                        waiting.push((at, tracked.id));
                    }
                }
                _ => urgent.push(tracked.id),
            }
        }
        waiting.sort_unstable();
        urgent.extend(waiting.into_iter().take(max_analyses).map(|(_, id)| id));
        urgent
    }

    /// Computes the expression from the track's next view, so that a window of analyses has about the
    /// mean over all views that a still has, at the cost of one.
    fn expression(&self, frame: &Frame<'_>, tracked: &Tracked) -> Result<Features> {
        let extractor = self.engine.extractor();
        let analyses = self.faces.get(&tracked.id).map_or(0, |known| known.analyses);
        let views = extractor.views();
        extractor.expression(frame, &tracked.face, views[analyses % views.len()])
    }

    /// Runs the networks on one face and returns its track: a new one if the face turned out to be
    /// another person.
    fn analyze(
        &mut self,
        frame: &Frame<'_>,
        tracked: &Tracked,
        now_us: u64,
        networks: &mut Networks<'_>,
    ) -> Result<TrackId> {
        let mut features = self.expression(frame, tracked)?;
        let reused = self.reused_identity(tracked, &mut features, now_us)?;
        let track = if reused.is_some() {
            tracked.id
        } else {
            let quality = measure(frame, &tracked.face)?;
            let issues = self.engine.quality_limits().issues(&quality);
            let weight = issues.is_empty().then(|| weight(&quality));
            features.identity = match &tracked.embedding {
                Some(embedding) => embedding.clone(),
                None => networks.embed(&tracked.face)?,
            };
            features.appearance = self.engine.extractor().appearance(frame, &tracked.face)?;
            let track = self.identify(tracked, weight, &features.identity, now_us, networks);
            let known = self.faces.entry(track).or_default();
            (known.quality, known.issues) = (Some(quality), issues);
            track
        };
        let input = Zeroizing::new(features.head_input());
        self.note_progress(track, tracked.broken, &input, &features, reused, now_us)?;
        let known = self.faces.entry(track).or_default();
        if tracked.broken == Some(Break::Return) {
            known.expression.restart();
        }
        let switch = self.answer(track, input.clone(), now_us)?;
        let known = self.faces.entry(track).or_default();
        known.analyzed_us = Some(now_us);
        known.analyses += 1;
        if let Some(Switch { from, to, probability }) = switch {
            let user = known.person.user().map(str::to_owned);
            self.tell(Event::EmotionChanged { track, user, from, to, probability });
        }
        self.remember(track, tracked.broken.is_some(), now_us, input, features.identity);
        Ok(track)
    }

    /// Returns the answer with the track's last features of the identity network, which complete `features`, if they are used
    /// again: the budget allows it, the face is in no doubt, its identity is settled or its pictures cannot settle it, and
    /// the answer is accepted. There is none without a head.
    fn reused_identity(
        &self,
        tracked: &Tracked,
        features: &mut Features,
        now_us: u64,
    ) -> Result<Option<Option<Glance>>> {
        let (Some(reuse), Some(known)) = (self.power.effort().reuse, self.faces.get(&tracked.id)) else {
            return Ok(None);
        };
        let is_open = known.person.identity().is_none() && known.issues.is_empty();
        let Some(last) = known.progress.candidate(reuse, now_us) else { return Ok(None) };
        if is_open || tracked.broken.is_some() || tracked.embedding.is_some() {
            return Ok(None);
        }
        last.complete(features);
        let glance = self.glance(known, &features.head_input())?;
        Ok(known.progress.accepts(glance.as_ref(), reuse, now_us).then_some(glance))
    }

    /// Answers for a single vector of a face; `None` without a head.
    fn glance(&self, known: &Known, input: &[f32]) -> Result<Option<Glance>> {
        let head = self.engine.head_for(known.person.user())?;
        head.map(|(head, _)| Glance::new(&head, input)).transpose()
    }

    /// Notes an analysis for the decisions on the next one; `reused` is its answer if the identity network did not run.
    fn note_progress(
        &mut self,
        track: TrackId,
        broken: Option<Break>,
        input: &[f32],
        features: &Features,
        reused: Option<Option<Glance>>,
        now_us: u64,
    ) -> Result<()> {
        let Effort { burst, reuse: Some(_), .. } = self.power.effort() else { return Ok(()) };
        let has_run = reused.is_none();
        let glance = match reused {
            Some(glance) => glance,
            None => self.faces.get(&track).map(|known| self.glance(known, input)).transpose()?.flatten(),
        };
        let progress = &mut self.faces.entry(track).or_default().progress;
        if broken.is_some() {
            progress.restart();
        }
        if has_run {
            progress.computed(features, glance.clone(), now_us);
        }
        progress.answered(glance, burst, now_us);
        Ok(())
    }

    /// Checks who a face is by its embedding and returns its track: a new one if it turned out to be another person.
    fn identify(
        &mut self,
        tracked: &Tracked,
        weight: Option<f32>,
        embedding: &[f32],
        now_us: u64,
        networks: &Networks<'_>,
    ) -> TrackId {
        let mut track = tracked.id;
        let verdict = self.tracker.compare(track, embedding, networks);
        let evidence = Evidence { embedding, weight, verdict, broken: tracked.broken };
        let finding = self.faces.entry(track).or_default().person.observe(
            &evidence,
            now_us,
            self.options.settle_frames,
            self.options.identify_every_us,
            |embedding| self.engine.identify(embedding),
            |a, b| networks.compare(a, b).1,
        );
        match finding {
            Finding::Unchanged => {}
            Finding::Settled(identity) => self.tell(Event::IdentitySettled { track, identity }),
            Finding::Lost => self.tell(Event::IdentityLost { track }),
            Finding::Stranger => {
                if let Some(new) = self.tracker.replace(track) {
                    self.note(track, Change::Ended);
                    self.note(new, Change::Began);
                    track = new;
                }
            }
        }
        if let Some(weight) = weight
            && (verdict != Some(Verdict::Other) || track != tracked.id)
        {
            self.tracker.learn(track, embedding, weight);
        }
        track
    }
}

impl Work {
    /// Answers for the newest frame of a track, joined with what its voice said.
    fn answer(&mut self, track: TrackId, input: Zeroizing<Vec<f32>>, now_us: u64) -> Result<Option<Switch>> {
        let Some(known) = self.faces.get_mut(&track) else { return Ok(None) };
        let head = self.engine.head_for(known.person.user())?;
        let mut heard = None;
        if let (Some(speech), Some((head, _))) = (self.speakers.said_by(track), &head)
            && let Some((voice, own)) = self.engine.voice_for(known.person.user())?
        {
            let fusion = self.engine.fusion();
            heard = voice.says(speech, own, head.labels())?.map(|said| Heard { said, fusion });
        }
        let labels = head.as_ref().map_or(&[][..], |(head, _)| head.labels());
        known.spoken = heard.as_ref().map(|Heard { said: Said { modality, prediction, own, .. }, .. }| {
            Emotion::new(labels, prediction.clone(), *own, vec![*modality])
        });
        known.expression.observe(input, head, heard, now_us, &self.options)
    }

    /// Keeps an analysis for corrections.
    fn remember(&self, track: TrackId, broken: bool, at_us: u64, input: Zeroizing<Vec<f32>>, face: Vec<f32>) {
        let Some(known) = self.faces.get(&track) else { return };
        let shown = Shown {
            settled: known.person.identity().is_some(),
            user: known.person.user().map(str::to_owned),
            label: known.expression.label().map(str::to_owned),
        };
        let joined = known.expression.emotion().is_some_and(|emotion| emotion.modalities.contains(&Modality::Speech));
        let speech = self.speakers.said_by(track).filter(|_| joined).map(|speech| Zeroizing::new(speech.to_vec()));
        let look = Look { at_us, frame: input, face: Zeroizing::new(face), speech };
        self.recent.add(track, look, shown, broken);
    }
}

impl Known {
    fn report(&self, track: TrackId, tracked: &Tracked, options: &StreamOptions) -> TrackedFace {
        TrackedFace {
            track,
            face: tracked.face,
            identity: self.person.identity().cloned(),
            emotion: self.expression.emotion().cloned(),
            spoken: self.spoken.clone(),
            label: self.expression.label().map(str::to_owned),
            unsure: self.unsure(options),
            quality: self.quality,
            analyzed_us: self.analyzed_us,
        }
    }

    fn unsure(&self, options: &StreamOptions) -> Vec<Unsure> {
        let reasons = [
            (Unsure::LowConfidence, self.expression.confidence() < options.min_confidence),
            (Unsure::ShortWindow, self.expression.window_length() < options.min_window),
            (Unsure::IdentityOpen, self.person.identity().is_none()),
        ];
        let held = reasons.into_iter().filter_map(|(reason, holds)| holds.then_some(reason));
        held.chain(self.issues.iter().copied().map(Unsure::Quality)).collect()
    }
}

/// Refuses a timestamp that is not later than the previous one.
pub(super) fn check_order(last_us: Option<u64>, timestamp_us: u64) -> Result<()> {
    match last_us {
        Some(last) if timestamp_us <= last => {
            fail!(
                TimestampOrder,
                "the frame's timestamp is {timestamp_us} us; it must be later than the last, {last} us"
            )
        }
        _ => Ok(()),
    }
}
