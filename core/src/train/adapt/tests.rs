use mien_nn::math::SplitMix64;

use super::trial::most_not_clearly_worse;
use super::*;
use crate::ErrorKind;
use crate::head::HeadKind;
use crate::labels::NEUTRAL;
use crate::train::statistics::ClassStatistics;
use crate::train::statistics::UserClip;

const D: usize = 12;

fn names(classes: usize) -> Vec<String> {
    [NEUTRAL, "happy", "sad", "fear"][..classes].iter().map(|label| (*label).to_owned()).collect()
}

/// A clip of `class` by a person with this offset: the class is a step in the first values, the
/// offset is in the same ones, the rest is noise.
fn clip(rng: &mut SplitMix64, class: usize, offset: &[f32]) -> Clip {
    let frame: Vec<f32> = (0..D)
        .map(|d| f32::from(u8::from(d == class)) + offset[d] + if d < 3 { 0.2 } else { 0.4 } * rng.normal())
        .collect();
    Clip::from_frames(&[frame]).unwrap()
}

fn person(rng: &mut SplitMix64) -> Vec<f32> {
    (0..D).map(|d| if d < 3 { 0.8 * rng.normal() } else { 0.0 }).collect()
}

fn generic(kind: HeadKind) -> GenericHead {
    generic_of(kind, 3)
}

/// A generic head trained on thirty people, of so many classes.
fn generic_of(kind: HeadKind, classes: usize) -> GenericHead {
    let mut rng = SplitMix64::new(1);
    let mut clips = Vec::new();
    for user in 0..30 {
        let offset = person(&mut rng);
        clips.extend(
            (0..2 * classes)
                .map(|index| index % classes)
                .map(|class| (clip(&mut rng, class, &offset), class, user.to_string())),
        );
    }
    let start = Head::fresh(names(classes), D, kind.body(), None, 1.0).unwrap();
    let samples: Vec<Sample<'_>> = clips.iter().map(|(clip, class, _)| (clip, *class)).collect();
    let head = crate::train::fit::fit(&start, &samples, &FitOptions::generic(kind), keep_on).unwrap();
    let of_users: Vec<_> = clips.iter().map(|(clip, class, user)| UserClip { clip, class: *class, user }).collect();
    GenericHead::new(head, Some(ClassStatistics::of(&of_users, classes).unwrap())).unwrap()
}

fn keep_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Clips of one person, `each` per given class.
fn footage(seed: u64, classes: &[usize], each: usize) -> Vec<(Clip, usize)> {
    let mut rng = SplitMix64::new(seed);
    let offset = person(&mut rng);
    (0..each).flat_map(|_| classes).map(|&class| (clip(&mut rng, class, &offset), class)).collect()
}

fn named(clips: &[(Clip, usize)]) -> Vec<TrainingClip<'_>> {
    clips
        .iter()
        .map(|(clip, class)| TrainingClip { name: "clip", clip, class: *class, confirmed: false, copies: &[] })
        .collect()
}

fn accuracy(head: &Head, samples: &[Sample<'_>]) -> Result<f32> {
    let right = samples.iter().map(|&(clip, class)| Ok(u16::from(head.classify(clip)? == class)));
    Ok(f32::from(right.sum::<Result<u16>>()?) / samples.len() as f32)
}

fn borrowed(clips: &[(Clip, usize)]) -> Vec<Sample<'_>> {
    clips.iter().map(|(clip, class)| (clip, *class)).collect()
}

fn run(generic: &GenericHead, clips: &[(Clip, usize)], options: &AdaptOptions) -> Adaptation {
    adapt(generic, None, &named(clips), &[], options, keep_on).unwrap()
}

/// The mean accuracy over people of heads that `make` trains on a person's clips, on other
/// clips of the same person.
fn over_people(make: impl Fn(&[(Clip, usize)]) -> Head) -> f32 {
    let people = 40;
    let mut sum = 0.0;
    for seed in 100..100 + people {
        let clips = footage(seed, &[0, 1, 2], 8);
        sum += accuracy(&make(&clips[..3]), &borrowed(&clips[3..])).unwrap();
    }
    sum / people as f32
}

#[test]
fn every_kind_learns_a_person_from_one_clip_a_class() {
    for kind in HeadKind::ALL {
        let generic = generic(kind);
        let before = over_people(|_| generic.head.clone());
        let after = over_people(|clips| {
            run(&generic, clips, &AdaptOptions::default()).head.unwrap_or_else(|| generic.head.clone())
        });
        assert!(before < 0.75 && after > before + 0.15, "{kind:?}: {before} {after}");
    }
}

#[test]
fn neutral_clips_alone_give_a_baseline() {
    let generic = generic(HeadKind::Logistic);
    let before = over_people(|_| generic.head.clone());
    let after = over_people(|clips| {
        let neutral: Vec<_> = clips.iter().filter(|(_, class)| *class == 0).cloned().collect();
        let Adaptation { head, report, .. } = run(&generic, &neutral, &AdaptOptions::default());
        assert_eq!((report.mode, report.epochs, report.accuracy_after), (Mode::Baseline, 0, None));
        let head = head.unwrap();
        assert_eq!(head.parameters(), generic.head.parameters());
        head
    });
    assert!(after > before + 0.1, "{before} {after}");
    // Two clips can be held out, so the gate decides.
    let two = footage(3, &[0], 2);
    assert!(run(&generic, &two, &AdaptOptions::default()).report.loss_estimated.is_some());
}

#[test]
fn unlabeled_clips_alone_give_a_baseline() {
    for kind in HeadKind::ALL {
        let generic = generic(kind);
        let before = over_people(|_| generic.head.clone());
        let unlabeled = |clips: &[(Clip, usize)], current: Option<Current<'_>>| {
            let unlabeled: Vec<&Clip> = clips.iter().map(|(clip, _)| clip).collect();
            adapt(&generic, current, &[], &unlabeled, &AdaptOptions::default(), keep_on).unwrap()
        };
        let after = over_people(|clips| {
            let Adaptation { head, report, evidence } = unlabeled(clips, None);
            assert_eq!((report.mode, report.unlabeled, report.clips.len()), (Mode::Baseline, 3, 0));
            assert_eq!((report.loss_before, report.accuracy_before, report.expected_gain), (None, None, None));
            assert!(evidence.is_empty());
            head.unwrap()
        });
        assert!(after > before + 0.1, "{kind:?}: {before} {after}");
        // Nothing shows that it is better than a head that learned from labels.
        let current = Some(Current { head: &generic.head, evidence: &[] });
        let refused = unlabeled(&footage(3, &[0, 1, 2], 1), current);
        assert_eq!((refused.head, refused.report.refusal), (None, Some(Refusal::TooFewClips)));
    }
}

#[test]
fn unlabeled_clips_improve_what_labeled_ones_teach() {
    let generic = generic(HeadKind::Logistic);
    let mean = |with: bool| {
        over_people(|clips| {
            let (labeled, rest) = clips.split_at(2);
            let rest: Vec<&Clip> = rest.iter().filter(|_| with).map(|(clip, _)| clip).collect();
            let learned = adapt(&generic, None, &named(labeled), &rest, &AdaptOptions::default(), keep_on).unwrap();
            assert_eq!(learned.report.unlabeled, rest.len());
            learned.head.unwrap_or_else(|| generic.head.clone())
        })
    };
    let (with, without) = (mean(true), mean(false));
    assert!(with > without, "{with} {without}");
}

#[test]
fn clips_of_any_one_emotion_give_a_baseline_unless_they_look_like_another() {
    let generic = generic(HeadKind::Logistic);
    for class in 0..3 {
        let Adaptation { head, report, .. } = run(&generic, &footage(11, &[class], 1), &AdaptOptions::default());
        assert_eq!((head.is_some(), report.mode, report.labels_examined), (true, Mode::Baseline, true));
    }
    let mut smile = clip(&mut SplitMix64::new(5), 1, &[0.0; D]);
    smile.scale(&[1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    let Adaptation { head, report, .. } = run(&generic, &[(smile.clone(), 0)], &AdaptOptions::default());
    assert_eq!((head, report.refusal), (None, Some(Refusal::LabelsDoubtful)), "{report:?}");
    assert!(matches!(&report.left_out[0].why, WhyLeftOut::LooksLike { looks_like, .. } if looks_like == "happy"));
    let meant = [TrainingClip { name: "clip", clip: &smile, class: 0, confirmed: true, copies: &[] }];
    assert!(adapt(&generic, None, &meant, &[], &AdaptOptions::default(), keep_on).unwrap().report.accepted);
}

#[test]
fn classes_that_were_not_recorded_survive_by_rehearsal() {
    let generic = generic(HeadKind::Logistic);
    let third = |head: &Head, seed: u64| {
        let clips: Vec<_> = footage(seed, &[0, 1, 2], 8).into_iter().filter(|(_, class)| *class == 2).collect();
        accuracy(head, &borrowed(&clips)).unwrap()
    };
    let mean = |options: &AdaptOptions| {
        (0..40)
            .map(|seed| third(&run(&generic, &footage(seed, &[0, 1, 2], 2)[..2], options).head.unwrap(), seed))
            .sum::<f32>()
            / 40.0
    };
    let options = AdaptOptions { gate: false, ..AdaptOptions::default() };
    let (with, without) = (mean(&options), mean(&AdaptOptions { rehearsal: 0.0, ..options }));
    assert!(with > 0.85 && with > without, "{with} {without}");
    let report = run(&generic, &footage(1, &[0, 1], 1), &options).report;
    assert_eq!((report.rehearsed, report.labels_without_clips.as_slice()), (true, ["sad".to_owned()].as_slice()));
}

/// Clips of one person, with the labels that `relabel` gives for each index and class.
fn relabeled(seed: u64, each: usize, relabel: impl Fn(usize, usize) -> usize) -> Vec<(Clip, usize)> {
    let mut clips = footage(seed, &[0, 1, 2], each);
    for (index, (_, class)) in clips.iter_mut().enumerate() {
        *class = relabel(index, *class);
    }
    clips
}

/// The number of refusals for 40 people.
fn refusals(generic: &GenericHead, each: usize, relabel: impl Fn(usize, usize) -> usize) -> usize {
    let refused = |seed: &u64| {
        let clips = relabeled(*seed, each, &relabel);
        let Adaptation { head, report, .. } = run(generic, &clips, &AdaptOptions::default());
        assert_eq!((head.is_some(), report.refusal.is_none()), (report.accepted, report.accepted));
        let forced = AdaptOptions { gate: false, ..AdaptOptions::default() };
        assert!(run(generic, &clips, &forced).head.is_some());
        !report.accepted
    };
    (0..40).filter(refused).count()
}

#[test]
fn wrong_labels_are_refused_and_honest_ones_accepted() {
    let generic = generic(HeadKind::Logistic);
    for each in [1, 4] {
        let honest = refusals(&generic, each, |_, class| class);
        assert!(honest <= 4, "{honest} of 40 honest people refused with {each} clips");
        let swapped = refusals(&generic, each, |_, class| [0, 2, 1][class]);
        let rotated = refusals(&generic, each, |_, class| (class + 1) % 3);
        assert!(swapped >= 38 && rotated >= 38, "{swapped} {rotated} of 40 with {each} clips");
    }
    // Labels that rotate within each class.
    let random = refusals(&generic, 6, |index, class| (class + index / 3) % 3);
    assert!(random >= 38, "{random} of 40");
}

#[test]
fn exchanged_labels_are_named_and_learned_once_they_are_confirmed() {
    let generic = generic(HeadKind::Logistic);
    let clips = relabeled(4, 2, |_, class| [0, 2, 1][class]);
    let names: Vec<String> = (0..clips.len()).map(|index| format!("clip {index}")).collect();
    let adapt_with = |confirmed: &[String]| {
        let clip = |(name, (clip, class)): (&'_ String, &'_ (Clip, usize))| {
            (name.clone(), clip.clone(), *class, confirmed.contains(name))
        };
        let owned: Vec<_> = names.iter().zip(&clips).map(clip).collect();
        let clips: Vec<_> = owned
            .iter()
            .map(|(name, clip, class, confirmed)| TrainingClip {
                name,
                clip,
                class: *class,
                confirmed: *confirmed,
                copies: &[],
            })
            .collect();
        adapt(&generic, None, &clips, &[], &AdaptOptions::default(), keep_on).unwrap().report
    };
    let report = adapt_with(&[]);
    assert!(matches!(report.refusal, Some(Refusal::LabelsContradict | Refusal::LabelsDoubtful)), "{report:?}");
    let exchanged = "the clips of happy and sad look as if their labels were exchanged";
    assert_eq!((report.reason.as_str(), report.epochs, report.accuracy_after), (exchanged, 0, None));
    let named: Vec<String> = report.left_out.iter().map(|left_out| left_out.clip.clone()).collect();
    assert!(!named.is_empty() && report.left_out.iter().all(|left_out| left_out.label.as_deref() != Some("neutral")));
    let confirmed = adapt_with(&names[..]);
    assert!(!matches!(confirmed.refusal, Some(Refusal::LabelsContradict | Refusal::LabelsDoubtful)), "{confirmed:?}");
    assert_eq!(confirmed.left_out, []);
}

#[test]
fn labels_that_may_be_exchanged_cost_their_own_clips_only_if_the_others_are_many() {
    let (generic, of_four) = (generic(HeadKind::Logistic), generic_of(HeadKind::Logistic, 4));
    let (mut learned, mut refused) = (0, 0);
    for seed in 0..40 {
        for each in [2, 4] {
            let clips = relabeled(seed, each, |_, class| [0, 2, 1][class]);
            let report = run(&generic, &clips, &AdaptOptions::default()).report;
            // One class beside the two is too few.
            assert!(!report.accepted || report.left_out.is_empty(), "{report:?}");
            refused += usize::from(!report.accepted);
        }
        let mut clips = footage(seed, &[0, 1, 2, 3], 4);
        clips.iter_mut().for_each(|(_, class)| *class = [0, 2, 1, 3][*class]);
        let report = run(&of_four, &clips, &AdaptOptions::default()).report;
        let of_exchanged = |left_out: &LeftOut| ["happy", "sad"].contains(&left_out.label.as_deref().unwrap());
        if report.accepted {
            learned += 1;
            assert_eq!(report.left_out.iter().filter(|left_out| of_exchanged(left_out)).count(), 8, "{report:?}");
            assert!(report.labels_without_clips.contains(&"happy".to_owned()));
        }
    }
    assert!(learned > 0 && refused >= 76, "{learned} learned, {refused} refused");
}

#[test]
fn copies_are_learned_and_not_measured() {
    let generic = generic(HeadKind::Logistic);
    let mut rng = SplitMix64::new(9);
    // In noise, the user's classes are told by values that tell nothing otherwise.
    let noisy = |(_, class): &(Clip, usize), rng: &mut SplitMix64| {
        let frame: Vec<f32> = (0..D).map(|d| f32::from(u8::from(d == 6 + class)) * 3.0 + 0.1 * rng.normal()).collect();
        Clip::from_frames(&[frame]).unwrap()
    };
    let clips = footage(3, &[0, 1, 2], 4);
    let copies: Vec<[Clip; 1]> = clips.iter().map(|clip| [noisy(clip, &mut rng)]).collect();
    let tested: Vec<(Clip, usize)> = clips.iter().map(|clip| (noisy(clip, &mut rng), clip.1)).collect();
    let adapt_with = |copies: &[[Clip; 1]]| {
        let mut all = named(&clips);
        all.iter_mut().zip(copies).for_each(|(clip, copies)| clip.copies = copies);
        let adapted = adapt(&generic, None, &all, &[], &AdaptOptions::default(), keep_on).unwrap();
        assert_eq!(adapted.evidence.len(), 12, "of the clips alone");
        let counts: usize = adapted.report.clips.iter().map(|(_, count)| count).sum();
        assert_eq!(counts, 12);
        accuracy(&adapted.head.unwrap(), &borrowed(&tested)).unwrap()
    };
    let (with, without) = (adapt_with(&copies), adapt_with(&[]));
    assert!(with > 0.9 && without < 0.8, "{with} {without}");
}

#[test]
fn one_wrong_label_among_several_is_held_back_until_it_is_confirmed() {
    let generic = generic(HeadKind::Logistic);
    let (mut held_back, mut others) = (0, 0);
    for seed in 0..20 {
        let clips = relabeled(seed, 4, |index, class| if index == 4 { (class + 1) % 3 } else { class });
        let mut named: Vec<_> = named(&clips);
        named[4].name = "wrong";
        let report = adapt(&generic, None, &named, &[], &AdaptOptions::default(), keep_on).unwrap().report;
        let is_held_back = report.left_out.iter().any(|left_out| left_out.clip == "wrong");
        held_back += usize::from(is_held_back);
        others += report.left_out.len() - usize::from(is_held_back);
        let learned: usize = report.clips.iter().map(|(_, count)| count).sum();
        assert!(!report.accepted || learned == 12 - report.left_out.len(), "{report:?}");
        named[4].confirmed = true;
        let report = adapt(&generic, None, &named, &[], &AdaptOptions::default(), keep_on).unwrap().report;
        assert!(report.left_out.iter().all(|left_out| left_out.clip != "wrong"), "{report:?}");
    }
    assert!(held_back >= 10 && others <= 3, "{held_back} of 20 found, {others} others named");
}

#[test]
fn a_head_is_not_compared_on_clips_that_it_learned() {
    let generic = generic(HeadKind::Logistic);
    let clips = footage(5, &[0, 1, 2], 3);
    let first = run(&generic, &clips, &AdaptOptions::default());
    let head = first.head.unwrap();
    let again = |evidence| {
        let current = Some(Current { head: &head, evidence });
        adapt(&generic, current, &named(&clips), &[], &AdaptOptions::default(), keep_on).unwrap().report
    };
    // By its own answers it looks better than any estimate; by the evidence it is as good as
    // the new head, which is the same.
    let (naive, honest) = (again(&[]), again(&first.evidence));
    assert!(naive.loss_before < honest.loss_before, "{naive:?} {honest:?}");
    assert!((honest.loss_before.unwrap() - honest.loss_estimated.unwrap()).abs() < 1e-6);
    assert!(!honest.accepted);
    // A corrected label invalidates the evidence for its clip.
    let mut mended = clips.clone();
    mended[0].1 = (mended[0].1 + 1) % 3;
    let current = Some(Current { head: &head, evidence: &first.evidence });
    let mut mended = named(&mended);
    mended[0].confirmed = true;
    let report = adapt(&generic, current, &mended, &[], &AdaptOptions::default(), keep_on).unwrap().report;
    assert!(report.loss_before.unwrap() > honest.loss_before.unwrap() + 0.1, "{report:?}");
}

#[test]
fn a_head_of_the_users_own_is_not_taken_for_the_generic_one_without_evidence() {
    let generic = generic(HeadKind::Logistic);
    let own = run(&generic, &footage(4, &[0, 1, 2], 3), &AdaptOptions::default()).head.unwrap();
    let current = Some(Current { head: &own, evidence: &[] });
    let neutral = footage(4, &[0], 1);
    let learned = adapt(&generic, current, &named(&neutral), &[], &AdaptOptions::default(), keep_on).unwrap();
    assert_eq!((learned.head, learned.report.refusal), (None, Some(Refusal::TooFewClips)));
}

#[test]
fn labels_that_nobody_can_examine_pass_by_the_loss_alone() {
    // A referee that sees the first class everywhere.
    let mut generic = generic(HeadKind::Logistic);
    let biases = generic.head.parameters().len() - 3;
    generic.head.parameters_mut()[biases] += 50.0;
    for seed in 0..40 {
        let mut rng = SplitMix64::new(seed);
        let mut clips = footage(seed, &[0, 1, 2], 2);
        clips.iter_mut().for_each(|(_, class)| *class = rng.below(3));
        clips[0].1 = 0;
        clips[1].1 = 1;
        let report = run(&generic, &clips, &AdaptOptions::default()).report;
        assert!(!report.labels_examined);
        let lower = report.loss_estimated.unwrap() < report.loss_before.unwrap();
        assert_eq!((report.accepted, report.expected_gain), (lower, None), "{report:?}");
    }
}

#[test]
fn confident_unlabeled_clips_are_learned_where_asked_for() {
    let generic = generic(HeadKind::Logistic);
    let clips = footage(7, &[0, 1, 2], 9);
    let (labeled, more) = clips.split_at(3);
    let more: Vec<&Clip> = more.iter().map(|(clip, _)| clip).collect();
    let with = |options: &AdaptOptions| adapt(&generic, None, &named(labeled), &more, options, keep_on).unwrap();
    let plain = AdaptOptions { gate: false, ..AdaptOptions::default() };
    let off = with(&plain);
    assert_eq!((off.report.pseudo_labeled, off.report.unlabeled), (0, more.len()));
    let pseudo = |confidence| AdaptOptions {
        pseudo_labels: Some(PseudoLabels { confidence, ..PseudoLabels::default() }),
        ..plain
    };
    let on = with(&pseudo(0.6));
    assert!(on.report.pseudo_labeled > 3 && on.head != off.head, "{:?}", on.report);
    assert!(with(&pseudo(0.9)).report.pseudo_labeled <= on.report.pseudo_labeled);
    assert_eq!(with(&pseudo(1.0)).report.pseudo_labeled, 0);
    // They are not part of the estimate: one value for each labeled clip.
    assert_eq!(on.evidence.len(), 3);
}

#[test]
fn without_statistics_the_clips_alone_are_learned() {
    let generic = GenericHead::new(generic(HeadKind::Logistic).head, None).unwrap();
    let clips = footage(9, &[0, 1], 3);
    let Adaptation { head, report, .. } =
        run(&generic, &clips, &AdaptOptions { gate: false, ..AdaptOptions::default() });
    let head = head.unwrap();
    assert!(head.center().is_none() && !report.rehearsed);
    // The class without clips keeps its weights.
    assert_eq!(head.parameters()[2 * D..3 * D], generic.head.parameters()[2 * D..3 * D]);
    // One clip of each of two classes: held out, it leaves none of its class.
    let report = run(&generic, &clips[..2], &AdaptOptions::default()).report;
    assert!(report.loss_estimated.is_some(), "{report:?}");
}

#[test]
fn a_fit_is_the_same_every_time_and_can_be_cancelled() {
    let generic = generic(HeadKind::Logistic);
    let clips = footage(2, &[0, 1, 2], 2);
    let run = || run(&generic, &clips, &AdaptOptions::default());
    assert_eq!(run(), run());
    let mut seen = Vec::new();
    adapt(&generic, None, &named(&clips), &[], &AdaptOptions::default(), |at| {
        seen.push(at);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].epoch < pair[1].epoch));
    assert_eq!(seen.last().map(|at| at.epoch), seen.last().map(|at| at.epochs));
    let stopped = adapt(&generic, None, &named(&clips), &[], &AdaptOptions::default(), |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn what_cannot_work_is_refused_with_the_reason() {
    let generic = generic(HeadKind::Logistic);
    let bare = GenericHead::new(generic.head.clone(), None).unwrap();
    let refusal = |generic: &GenericHead, clips: &[(Clip, usize)], options: &AdaptOptions| {
        let error = adapt(generic, None, &named(clips), &[], options, keep_on).unwrap_err();
        (error.kind(), error.full_text())
    };
    let default = AdaptOptions::default();
    for (generic, clips, says) in [
        (&generic, vec![], "no clip with a usable frame"),
        (&bare, footage(1, &[1], 3), "needs a generic head with class statistics"),
        (&bare, footage(1, &[0], 3), "needs a generic head with class statistics"),
    ] {
        let (kind, text) = refusal(generic, &clips, &default);
        assert!(kind == ErrorKind::NotEnoughSamples && text.contains(says), "{text}");
    }
    let clips = footage(1, &[0, 1], 2);
    for options in [
        AdaptOptions { rehearsal: 0.95, ..default },
        AdaptOptions { folds: 1, ..default },
        AdaptOptions { pseudo_labels: Some(PseudoLabels { confidence: 0.2, weight: 0.5 }), ..default },
        AdaptOptions { pseudo_labels: Some(PseudoLabels { confidence: 0.9, weight: 0.0 }), ..default },
    ] {
        assert_eq!(refusal(&generic, &clips, &options).0, ErrorKind::InvalidOption);
    }
}

#[test]
fn more_epochs_win_unless_they_are_clearly_worse() {
    let even = vec![1.0, 1.2, 0.8, 1.1];
    let slightly: Vec<f32> = even.iter().zip([0.1, -0.08, 0.1, -0.08]).map(|(a, b)| a + b).collect();
    let clearly: Vec<f32> = even.iter().zip([0.5, 0.4, 0.6, 0.5]).map(|(a, b)| a + b).collect();
    assert_eq!(most_not_clearly_worse(&[even.clone(), slightly.clone()]), 1);
    assert_eq!(most_not_clearly_worse(&[even.clone(), clearly.clone()]), 0);
    assert_eq!(most_not_clearly_worse(&[clearly, even, slightly]), 2);
    assert_eq!(most_not_clearly_worse(&[vec![0.5]]), 0);
}

/// Clips of one person under names of their own.
fn numbered<'a>(names: &'a [String], clips: &'a [(Clip, usize)]) -> Vec<TrainingClip<'a>> {
    names.iter().zip(named(clips)).map(|(name, clip)| TrainingClip { name, ..clip }).collect()
}

fn of_stream<'a>(modality: Modality, generic: &'a GenericHead, clips: &'a [TrainingClip<'a>]) -> StreamClips<'a> {
    StreamClips { modality, generic, current: None, clips, unlabeled: &[] }
}

#[test]
fn a_stream_that_misreads_a_person_is_overruled_by_another() {
    let generic = generic(HeadKind::Logistic);
    let options = AdaptOptions::default();
    let face = footage(5, &[0, 1, 2], 1);
    // In the voice this person's classes 1 and 2 look exchanged; the face shows them four times as clearly.
    let mut voice = relabeled(6, 1, |class, _| [0, 2, 1][class]);
    voice.sort_by_key(|(_, class)| *class);
    let mut sure = generic.clone();
    sure.head = generic.head.softened(0.25).unwrap();
    let names: Vec<String> = (0..3).map(|index| index.to_string()).collect();
    let (face, voice) = (numbered(&names, &face), numbered(&names, &voice));
    let alone = adapt_joined(&[(of_stream(Modality::Speech, &generic, &voice), &options)], &Fusion::default(), keep_on)
        .unwrap();
    assert!(matches!(alone[0].report.refusal, Some(Refusal::LabelsContradict | Refusal::LabelsDoubtful)));
    let both = [
        (of_stream(Modality::Face, &sure, &face), &options),
        (of_stream(Modality::Speech, &generic, &voice), &options),
    ];
    let joined = adapt_joined(&both, &Fusion::default(), keep_on).unwrap();
    assert_eq!(joined.iter().map(|of| of.report.refusal).collect::<Vec<_>>(), [None, None]);
    // With exchanged labels it is the voice that looks right.
    let exchange = |clip: &mut TrainingClip<'_>| clip.class = [0, 2, 1][clip.class];
    let (mut face, mut voice) = (face, voice);
    face.iter_mut().chain(&mut voice).for_each(exchange);
    let both = [
        (of_stream(Modality::Face, &sure, &face), &options),
        (of_stream(Modality::Speech, &generic, &voice), &options),
    ];
    let refused = adapt_joined(&both, &Fusion::default(), keep_on).unwrap();
    assert!(refused.iter().all(|of| of.head.is_none() && of.report.refusal.is_some()));
}

#[test]
fn streams_that_disagree_about_clips_are_refused() {
    let generic = generic(HeadKind::Logistic);
    let options = AdaptOptions::default();
    let clips = footage(5, &[0, 1, 2], 1);
    let names: Vec<String> = (0..3).map(|index| index.to_string()).collect();
    let (face, same) = (numbered(&names, &clips), named(&clips));
    let other: Vec<TrainingClip<'_>> =
        face.iter().map(|clip| TrainingClip { class: (clip.class + 1) % 3, ..*clip }).collect();
    for (speech, why) in [(&other, "different labels for the clip \"0\""), (&same, "two clips of speech")] {
        let both = [
            (of_stream(Modality::Face, &generic, &face), &options),
            (of_stream(Modality::Speech, &generic, speech), &options),
        ];
        let error = adapt_joined(&both, &Fusion::default(), keep_on).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidOption && error.full_text().contains(why), "{}", error.full_text());
        assert!(!error.to_string().contains('"'), "names are personal: {error}");
    }
}
