//! Random arguments for every exported function: the result must be a value or an error, never a panic, and no error
//! message may contain a user, a label or a path that was passed.
//!
//! `make fuzz-bindings` makes a million calls. The seed is fixed, so a failure is reproducible. The panic message has
//! the numbers of the call and of the function.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mien_core::SplitMix64;
use mien_ffi::android::entry::{Sound, again, hear, receive};
use mien_ffi::android::{PlaneArguments, Request, hand};
use mien_ffi::*;
use mien_tests::{bytes, models};

/// Part of every name, label and path that is passed; no message may contain it.
const MARK: &str = "Zq-7f3a";

/// Number of errors whose details contain the mark.
static NAMED: AtomicUsize = AtomicUsize::new(0);

/// The enrolled user.
fn wanda() -> String {
    format!("Wanda {MARK}")
}

/// Checks that the texts of an error for logs name no person and no path.
fn heed<T>(answer: Result<T>) {
    let Err(error) = answer else { return };
    let shown = format!("{error} {error:?} {}", error.message());
    assert!(!shown.contains(MARK), "{shown}");
    let names = error.details().is_some_and(|details| details.contains(MARK));
    NAMED.fetch_add(usize::from(names), Ordering::Relaxed);
}

/// Random values that favor edge cases.
struct Dice(SplitMix64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// True with probability 1 in `n`.
    fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn u64(&mut self) -> u64 {
        const EDGES: [u64; 8] = [0, 1, 2, 7, 86_400_000, u32::MAX as u64, i64::MAX as u64, u64::MAX];
        if self.rarely(3) { self.bits() } else { EDGES[self.below(EDGES.len())] }
    }

    fn u32(&mut self) -> u32 {
        const EDGES: [u32; 10] = [0, 1, 2, 8, 32, 320, 16_384, 16_385, i32::MAX as u32, u32::MAX];
        if self.rarely(3) { self.bits() as u32 } else { EDGES[self.below(EDGES.len())] }
    }

    fn i32(&mut self) -> i32 {
        const EDGES: [i32; 10] = [0, 1, -1, 8, 64, 90, 180, 16_385, i32::MAX, i32::MIN];
        if self.rarely(3) { self.bits() as i32 } else { EDGES[self.below(EDGES.len())] }
    }

    fn f32(&mut self) -> f32 {
        const EDGES: [f32; 9] = [0.0, 0.5, 1.0, -1.0, 1e30, f32::MIN_POSITIVE, f32::NAN, f32::INFINITY, -0.0];
        if self.rarely(3) { f32::from_bits(self.bits() as u32) } else { EDGES[self.below(EDGES.len())] }
    }

    fn flag(&mut self) -> bool {
        self.rarely(2)
    }

    fn power(&mut self) -> PowerBudget {
        match self.below(4) {
            0 => PowerBudget::Full,
            1 => PowerBudget::Balanced,
            2 => PowerBudget::Saver,
            _ => PowerBudget::Critical,
        }
    }

    fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| value(self))
    }

    fn bytes(&mut self, max: usize) -> Vec<u8> {
        let length = self.below(max + 1);
        (0..length).map(|_| self.bits() as u8).collect()
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 8] = ["", "Wanda ", "Anna ", "happy", "neutral", "\0", "..\u{202e}/x", "\u{1f600}"];
        let text = if self.rarely(4) {
            String::from_utf8_lossy(&self.bytes(80)).into_owned()
        } else {
            TEXTS[self.below(TEXTS.len())].to_owned()
        };
        // Everything that is passed is marked, except labels that heads know.
        if ["", "happy", "neutral"].contains(&text.as_str()) { text } else { text + MARK }
    }

    fn layout(&mut self) -> FrameLayout {
        FrameLayout {
            format: PixelFormat::ALL[self.below(PixelFormat::ALL.len())],
            width: self.u32(),
            height: self.u32(),
            row_stride: self.u32(),
            chroma_row_stride: self.u32(),
            chroma_pixel_stride: self.u32(),
            range: if self.flag() { YuvRange::Full } else { YuvRange::Video },
            rotation_degrees: self.i32(),
            flip: self.flag(),
            mirror: self.flag(),
        }
    }

    fn sound(&mut self) -> AudioLayout {
        let samples = if self.flag() { SampleFormat::I16 } else { SampleFormat::F32 };
        let rate_hz = if self.flag() { 16_000 } else { self.u32() };
        AudioLayout { samples, rate_hz, channels: self.below(4) as u32 }
    }

    fn stream(&mut self) -> StreamOptions {
        let mut options = StreamOptions::default();
        match self.below(9) {
            0 => options.analyze_fps = self.f32(),
            1 => options.window_frames = self.u32(),
            2 => options.min_window = self.u32(),
            3 => options.smoothing_us = self.u64(),
            4 => options.switch_margin = self.f32(),
            5 => options.tracker.max_faces = self.u32(),
            6 => options.tracker.lost_us = self.u64(),
            7 => options.speech_hold_us = self.u64(),
            _ => options.min_confidence = self.f32(),
        }
        options
    }

    fn enrollment(&mut self) -> EnrollmentOptions {
        EnrollmentOptions {
            target_frames: self.u32(),
            min_frames: self.u32(),
            max_frames: self.u32(),
            min_difference: self.f32(),
            same_person: self.rarely(2),
        }
    }

    fn medium(&mut self) -> Option<String> {
        if self.flag() { None } else { Some(self.text()) }
    }

    fn width(&mut self) -> BucketWidth {
        [BucketWidth::Second, BucketWidth::Minute, BucketWidth::Hour, BucketWidth::Day][self.below(4)]
    }

    fn format(&mut self) -> ExportFormat {
        if self.flag() { ExportFormat::Csv } else { ExportFormat::Json }
    }

    fn event(&mut self) -> TimelineEvent {
        let classes = self.below(4);
        TimelineEvent {
            at_ms: self.u64(),
            duration_ms: self.u64(),
            label: self.text(),
            probabilities: (0..classes)
                .map(|_| LabelProbability { label: self.text(), probability: self.f32() })
                .collect(),
            adapted: self.flag(),
        }
    }

    fn adapt(&mut self) -> AdaptOptions {
        let head =
            [HeadKind::Logistic, HeadKind::SingleAttention, HeadKind::RelationAttention, HeadKind::SelfAttention]
                [self.below(4)];
        let fit = FitOptions {
            epochs: self.u32().min(3),
            batch: self.u32(),
            rate: self.f32(),
            pull: self.f32(),
            balanced: self.flag(),
            smoothing: self.f32(),
            seed: self.u64(),
        };
        AdaptOptions {
            head,
            fit: self.option(|_| fit),
            rehearsal: self.f32(),
            centered: self.flag(),
            folds: self.u32(),
            gate: self.flag(),
            pseudo_labels: self.option(|dice| PseudoLabels { confidence: dice.f32(), weight: dice.f32() }),
            unchecked_faces: self.flag(),
            unchecked_voices: self.flag(),
        }
    }

    fn calibration(&mut self) -> Calibration {
        let figures = |dice: &mut Self| CalibrationFigures {
            users: dice.u32(),
            wrong_user_rate: dice.f32(),
            missed_user_rate: dice.f32(),
            unknown_accepted_rate: dice.f32(),
        };
        Calibration {
            center: self.bytes(40),
            threshold: self.f32(),
            rise: self.f32(),
            margin: self.f32(),
            network: self.text(),
            evidence: self.text(),
            figures: self.option(figures),
        }
    }
}

/// All objects to call.
struct World {
    pack: Arc<ModelPack>,
    engine: Arc<Engine>,
    video: Arc<VideoSession>,
    live: Arc<LiveSession>,
    enrollment: Arc<Enrollment>,
    footage: Arc<Footage>,
    manifest: Vec<u8>,
    picture: Vec<u8>,
    home: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let pack = ModelPack::from_folder(models().display().to_string()).unwrap();
        let home = tempfile::Builder::new().prefix(MARK).tempdir().unwrap();
        let folder = home.path().display().to_string();
        let engine =
            Engine::with_store(pack.clone(), EngineOptions::default(), folder, StoreLimits::default()).unwrap();
        let picture = bytes("adapt/woman/learn/sad/0018.jpg");
        let enrollment = engine.enroll(wanda(), EnrollmentOptions::default()).unwrap();
        enrollment.add_picture(&picture).unwrap();
        enrollment.finish(1).unwrap();
        let footage = engine.footage().unwrap();
        for label in ["happy", "sad"] {
            footage.begin_clip(Some(label.into()), None).unwrap();
            footage.add_picture(&picture).unwrap();
            footage.end_clip(1).unwrap();
        }
        Self {
            video: engine.video(StreamOptions::default()).unwrap(),
            live: engine.live(LiveOptions::default()).unwrap(),
            enrollment: engine.enroll(format!("Anna {MARK}"), EnrollmentOptions::default()).unwrap(),
            manifest: std::fs::read(models().join("manifest.json")).unwrap(),
            pack,
            engine,
            footage,
            picture,
            home,
        }
    }

    /// The frame path of Android: most of the calls, because it has the most ways to fail.
    fn frame_path(&self, dice: &mut Dice) {
        let handles = [
            self.engine.frame_handle(),
            self.video.frame_handle(),
            self.live.frame_handle(),
            self.enrollment.frame_handle(),
            self.footage.frame_handle(),
            dice.u64(),
        ];
        let request = Request {
            handle: handles[dice.below(6)] as i64,
            format: dice.below(9) as i32 - 1,
            width: dice.i32(),
            height: dice.i32(),
            video_range: dice.flag(),
            rotation_degrees: dice.i32(),
            flip: dice.flag(),
            mirror: dice.flag(),
            timestamp_us: dice.u64() as i64,
        };
        let memory = [dice.bytes(96), dice.bytes(96), dice.bytes(96)];
        let planes = [0, 1, 2].map(|index: usize| {
            let arguments = PlaneArguments {
                offset: dice.i32(),
                length: dice.i32(),
                row_stride: dice.i32(),
                pixel_stride: dice.i32(),
            };
            (memory[index].as_slice(), arguments)
        });
        let mut out = vec![0; dice.below(200)];
        let status = match dice.below(20) {
            0 => receive(request.handle, 0, &mut out),
            1 => again(&mut out),
            2 => {
                let (float, timestamp_us) = (dice.flag(), dice.u64() as i64);
                let sound = Sound { float, rate_hz: dice.i32(), channels: dice.i32(), timestamp_us };
                hear(request.handle, &memory[0], [dice.i32(), dice.i32()], &sound, &mut out)
            }
            _ => hand(&request, planes, &mut out),
        };
        assert!((-1..=1).contains(&status), "{request:?}");
    }

    fn frames(&self, dice: &mut Dice) {
        let (a, b, c, layout) = (dice.bytes(96), dice.bytes(96), dice.bytes(96), dice.layout());
        let time = dice.u64();
        // A valid call runs a network on one of these few pixels.
        match dice.below(9) {
            0 => heed(self.engine.process(&a, &b, &c, layout)),
            1 => heed(self.video.process(&a, &b, &c, layout, time)),
            2 => heed(self.live.submit(&a, &b, &c, layout, time)),
            3 => heed(self.enrollment.add(&a, &b, &c, layout)),
            4 => heed(self.engine.verify(dice.text(), &a, &b, &c, layout)),
            5 => heed(self.footage.add(&a, &b, &c, layout)),
            6 => heed(self.video.submit_audio(&a, dice.sound(), time)),
            7 => heed(self.live.submit_audio(&a, dice.sound(), time)),
            _ => heed(self.footage.add_audio(&a, dice.sound(), time)),
        }
    }

    fn files(&self, dice: &mut Dice) {
        let mut file = self.picture[..dice.below(self.picture.len()).min(600)].to_vec();
        if !file.is_empty() {
            let at = dice.below(file.len());
            file[at] ^= dice.bits() as u8;
        }
        if dice.flag() {
            file = dice.bytes(64);
        }
        match dice.below(9) {
            0 => heed(self.engine.process_picture(&file)),
            8 => heed(decode_picture(&file)),
            1 => heed(self.enrollment.add_picture(&file)),
            2 => heed(self.footage.add_picture(&file)),
            3 => heed(self.engine.verify_picture(dice.text(), &file)),
            4 => heed(self.engine.import_user(&file, dice.text())),
            5 => heed(manifest_files(file)),
            6 => {
                let mut manifest = self.manifest.clone();
                let at = dice.below(manifest.len());
                manifest[at] = dice.bits() as u8;
                heed(ModelPack::from_parts(manifest, HashMap::from([(dice.text(), file)])));
            }
            _ => heed(ModelPack::from_folder(format!("{}/{}", self.home.path().display(), "none"))),
        }
    }

    /// Footage in the store.
    fn recordings(&self, dice: &mut Dice) {
        let (name, now_ms) = (if dice.below(2) == 0 { dice.text() } else { wanda() }, dice.u64());
        drop((self.footage.unusable_clips(), self.engine.adaptations_due()));
        heed(self.engine.set_adaptation_due(name.clone(), dice.below(2) == 0));
        heed(self.engine.recording(name, dice.option(Dice::u32), now_ms).and_then(|footage| {
            heed(footage.begin_clip(Some("happy".into()), dice.option(Dice::text)));
            heed(footage.add_picture(&self.picture));
            heed(footage.end_clip(now_ms));
            heed(footage.confirm_clip("happy/1".into()));
            footage.remove_clip(0)
        }));
    }

    fn questions(&self, dice: &mut Dice) {
        let (name, medium, from, to) = (dice.text(), dice.medium(), dice.u64(), dice.u64());
        match dice.below(23) {
            0 => heed(self.engine.buckets(name, medium, from, to, dice.width())),
            1 => heed(self.engine.total(name, medium, from, to, dice.width())),
            2 => heed(self.engine.events(name, medium, from, to, dice.u32())),
            3 => heed(self.engine.export_events(name, medium, from, to, dice.format())),
            4 => heed(self.engine.export_buckets(name, medium, from, to, dice.width(), dice.format())),
            5 => heed(self.engine.timelines(name)),
            6 => heed(self.engine.timeline_options(name)),
            7 => heed(self.engine.user(name)),
            8 => heed(self.engine.users()),
            9 => heed(self.engine.setting(name)),
            10 => heed(self.engine.calibration().map(|_| self.engine.default_calibration())),
            11 => heed(self.engine.video(dice.stream()).map(|session| session.end())),
            12 => {
                let stream = dice.stream();
                let options = LiveOptions {
                    stream,
                    target_fps: dice.f32(),
                    min_change: dice.f32(),
                    idle_us: dice.u64(),
                    max_results: dice.u32(),
                };
                heed(self.engine.live(options).and_then(|session| {
                    session.finish();
                    session.set_listener(None);
                    session.end();
                    session.set_pace(LivePace { power: dice.power(), target_fps: dice.f32(), ..session.pace() })
                }));
            }
            13 => heed(self.engine.enroll(name, dice.enrollment()).map(|enrollment| enrollment.cancel())),
            14 => heed(
                self.engine.enroll_more(name, dice.enrollment()).and_then(|enrollment| enrollment.finish(dice.u64())),
            ),
            15 => {
                heed(self.footage.remove_clip(dice.u32().saturating_add(2)));
                heed(self.footage.confirm_clip(format!("happy/{}", dice.u32())));
            }
            16 => {
                drop((self.footage.clips(), self.enrollment.count(), self.enrollment.is_complete()));
                drop((self.enrollment.people(), self.enrollment.is_mixture()));
            }
            17 => drop((self.live.poll(), self.live.wait(0), self.live.statistics())),
            18 => drop((self.engine.labels(), self.engine.networks(), self.engine.is_shut_down(), library_version())),
            19 => drop((self.pack.name(), self.pack.models(), self.engine.store_limits())),
            20 => self.recordings(dice),
            21 => heed(self.engine.footage().map(|footage| {
                heed(footage.begin_clip(dice.option(Dice::text), dice.option(Dice::text)));
                heed(footage.end_clip(1).and_then(|_| footage.clear()));
            })),
            _ => {
                let cancel = Cancel::new();
                cancel.cancel();
                assert!(cancel.is_cancelled());
                heed(self.engine.adapt(name, self.footage.clone(), dice.adapt(), from, Some(cancel), None));
            }
        }
    }

    /// Calls that write, learn or create an engine.
    fn changes(&mut self, dice: &mut Dice) {
        let (name, medium, from, to) = (dice.text(), dice.medium(), dice.u64(), dice.u64());
        match dice.below(14) {
            0 => heed(self.engine.record(name, medium, vec![dice.event(), dice.event()], from)),
            1 => heed(self.engine.forget(name, medium, from, to)),
            2 => heed(self.engine.prune_timelines(from)),
            3 => {
                let options = TimelineOptions {
                    offset_minutes: dice.i32(),
                    retention: Retention {
                        events: dice.option(Dice::u32),
                        minutes: dice.option(Dice::u32),
                        hours: dice.option(Dice::u32),
                        days: dice.option(Dice::u32),
                        media: dice.option(Dice::u32),
                    },
                };
                heed(self.engine.set_timeline_options(name, options));
            }
            4 => heed(self.engine.set_setting(name, dice.option(|dice| dice.bytes(70_000)))),
            5 => {
                let modality = if dice.flag() { Modality::Face } else { Modality::Speech };
                heed(self.engine.rollback(name, modality, dice.option(Dice::u32)));
            }
            6 => heed(self.engine.calibrate(dice.calibration())),
            7 => heed(self.engine.adapt(name, self.footage.clone(), dice.adapt(), from, None, None)),
            8 => heed(self.engine.encrypt_store(&dice.bytes(40))),
            9 => heed(self.engine.decrypt_store()),
            10 if name != wanda() => heed(self.engine.delete_user(name)),
            11 if dice.rarely(10) => heed(self.engine.export_user(name, dice.flag(), dice.text())),
            12 => {
                let mut options = EngineOptions::default();
                options.detector.size = dice.u32().min(64);
                options.quality.yaw = dice.f32();
                options.calibration = dice.option(Dice::calibration);
                options.generic_head = dice.option(|dice| dice.bytes(40));
                options.generic_speech_head = dice.option(|dice| dice.bytes(40));
                options.parallel = dice.flag();
                let folder = self.home.path().join("other").display().to_string();
                let limits = StoreLimits { users: dice.u32(), store_bytes: dice.u64(), ..StoreLimits::default() };
                let pack = || self.pack.overlaid(self.pack.clone());
                heed(Engine::without_store(pack(), options.clone()));
                heed(Engine::with_store(pack(), options.clone(), folder.clone(), limits));
                heed(Engine::with_encrypted_store(pack(), options, folder, &dice.bytes(33), limits));
            }
            _ => {
                // The timestamps of a session can overflow: start again.
                self.video.end();
                self.live.end();
                self.enrollment.cancel();
                heed(self.enrollment.finish(from));
                self.video = self.engine.video(StreamOptions::default()).unwrap();
                self.live = self.engine.live(LiveOptions::default()).unwrap();
                if let Ok(enrollment) = self.engine.enroll(format!("Anna {from} {MARK}"), EnrollmentOptions::default())
                {
                    self.enrollment = enrollment;
                }
            }
        }
    }
}

#[test]
#[allow(clippy::print_stderr, reason = "the number of calls is what the run is for")]
fn random_arguments_give_an_answer_or_an_error() {
    let calls: usize = std::env::var("MIEN_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let mut dice = Dice(SplitMix64::new(7));
    let mut world = World::new();
    let mut counts = [0usize; 5];
    for _ in 0..calls {
        let kind = match dice.below(1000) {
            0..=699 => 0,
            700..=899 => 1,
            900..=959 => 2,
            960..=997 => 3,
            _ => 4,
        };
        counts[kind] += 1;
        match kind {
            0 => world.frame_path(&mut dice),
            1 => world.frames(&mut dice),
            2 => world.files(&mut dice),
            3 => world.questions(&mut dice),
            _ => world.changes(&mut dice),
        }
    }
    let [path, frames, files, questions, changes] = counts;
    eprintln!(
        "fuzz: {calls} calls: {path} of the frame path, {frames} of frames, {files} of files, {questions} of questions, \
         {changes} of changes"
    );
    let named = NAMED.load(Ordering::Relaxed);
    eprintln!("fuzz: {named} errors named what they are about, in their details alone");
    assert!(named > calls / 200, "{named} of {calls}");
    world.engine.shut_down();
    for _ in 0..1000 {
        world.frame_path(&mut dice);
        world.frames(&mut dice);
        world.questions(&mut dice);
    }
}
