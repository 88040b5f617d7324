//! The time of adapting a user's head for speech, on made-up clips.

use std::iter::repeat_n;

use cpu_time::ProcessTime;
use mien_core::SplitMix64;
use mien_core::head::{Clip, Head, HeadKind};
use mien_core::speech::descriptor::CLIP_VALUES;
use mien_core::train::adapt::{AdaptOptions, TrainingClip, adapt};
use mien_core::train::discriminant::discriminant;
use mien_core::train::fit::Sample;
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::{ClassStatistics, UserClip};
use serde_json::{Value, json};

use crate::bench::measure::{milliseconds, spread};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, go_on};

/// Number of emotions, of people whom the generic head is learned from, of their clips per emotion, and of the user's
/// clips.
const CLASSES: usize = 8;
const PEOPLE: usize = 14;
const CLIPS: usize = 4;
const USERS_CLIPS: usize = 30;

/// Seed of the values.
const SEED: u64 = 3;

/// What adapting costs.
pub struct Adapting {
    /// CPU milliseconds of each round, of all threads.
    rounds: Vec<f64>,
    /// Size of the head in a profile.
    bytes: usize,
}

impl Adapting {
    /// Adapts a head as often as there are `rounds`, with the gate and everything else that an adaptation does.
    pub fn measure(rounds: u32) -> Outcome<Self> {
        let mut random = SplitMix64::new(SEED);
        let centers: Vec<Vec<f32>> = (0..CLASSES).map(|_| normal(&mut random, 0.5)).collect();
        let generic = generic(&centers, &mut random)?;
        let clips = clips_of(&centers, USERS_CLIPS, &mut random)?;
        let names: Vec<String> = (1..=USERS_CLIPS).map(|number| number.to_string()).collect();
        let clips: Vec<TrainingClip<'_>> = clips
            .iter()
            .zip(&names)
            .map(|((clip, class), name)| TrainingClip { name, clip, class: *class, confirmed: false, copies: &[] })
            .collect();
        let options = AdaptOptions::default().of_values(HeadKind::Logistic, CLIP_VALUES);
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..rounds {
            check_interrupt()?;
            let started = ProcessTime::now();
            let adapted = adapt(&generic, None, &clips, &[], &options, |_| go_on())?;
            times.push(milliseconds(started.elapsed()));
            let Some(head) = adapted.head else {
                return Err(Failure::new(format!("the made-up clips were refused: {}", adapted.report.reason)));
            };
            bytes = head.encode()?.len();
        }
        Ok(Self { rounds: times, bytes })
    }

    /// Returns it as JSON.
    pub fn json(&self) -> Value {
        let [median, low, high] = spread(&self.rounds);
        json!({ "clips": USERS_CLIPS, "cpu_ms": { "median": median, "low": low, "high": high }, "bytes": self.bytes })
    }

    /// Returns it as a line.
    pub fn line(&self) -> String {
        let [median, low, high] = spread(&self.rounds);
        format!(
            "adapting a head for speech to {USERS_CLIPS} clips: {median:.0} ms (10 %: {low:.0}, 90 %: {high:.0}) CPU time of all \
             threads, {} bytes",
            self.bytes
        )
    }
}

/// Returns a generic head that was learned from clips of people with an offset each.
fn generic(centers: &[Vec<f32>], random: &mut SplitMix64) -> Outcome<GenericHead> {
    let mut all = Vec::new();
    for person in 0..PEOPLE {
        let offset = normal(random, 0.5);
        let own: Vec<Vec<f32>> = centers.iter().map(|center| sum(center, &offset)).collect();
        all.push((person.to_string(), clips_of(&own, CLIPS * CLASSES, random)?));
    }
    let samples: Vec<Sample<'_>> =
        all.iter().flat_map(|(_, clips)| clips).map(|(clip, class)| (clip, *class)).collect();
    let of_users: Vec<UserClip<'_>> = all
        .iter()
        .flat_map(|(user, clips)| clips.iter().zip(repeat_n(user, clips.len())))
        .map(|((clip, class), user)| UserClip { clip, class: *class, user })
        .collect();
    let labels: Vec<String> = (0..CLASSES).map(|class| format!("class {class}")).collect();
    let layer = discriminant(&samples, CLASSES);
    let head = Head::fresh(labels, CLIP_VALUES, HeadKind::Logistic.body(), layer.as_ref(), 1.0)?;
    Ok(GenericHead::new(head, Some(ClassStatistics::of(&of_users, CLASSES)?))?)
}

/// Returns clips of one vector each around the centers in turn, with their classes.
fn clips_of(centers: &[Vec<f32>], count: usize, random: &mut SplitMix64) -> Outcome<Vec<(Clip, usize)>> {
    let clip = |index: usize| {
        let class = index % centers.len();
        Ok((Clip::from_frames(&[sum(&centers[class], &normal(random, 1.0))])?, class))
    };
    (0..count).map(clip).collect()
}

fn normal(random: &mut SplitMix64, deviation: f32) -> Vec<f32> {
    (0..CLIP_VALUES).map(|_| deviation * random.normal()).collect()
}

fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}
