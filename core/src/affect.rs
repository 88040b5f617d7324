//! Valence and arousal, projected from the probabilities of emotions.

use crate::labels::canonical;

/// The maximum share of probability on labels without a position; above it there is no projection.
pub const MAX_UNPLACED_SHARE: f64 = 0.1;

/// The positions of labels, by canonical spelling: valence and arousal, -1 to 1.
///
/// The means of the pleasure and arousal columns of Russell and Mehrabian (1977), "Evidence for a three-factor theory
/// of emotions", Journal of Research in Personality 11, pages 273 to 294, Table 4: rows 31 (happy), 52 (surprised), 75
/// (disgusted), 82 (angry), 85 (contempt), 101 (fearful), 151 (sad). Neutral is the origin, where the table's scales
/// have their midpoint; it has no row.
pub const POSITIONS: [(&str, Affect); 8] = [
    ("neutral", Affect { valence: 0.0, arousal: 0.0 }),
    ("happy", Affect { valence: 0.81, arousal: 0.51 }),
    ("sad", Affect { valence: -0.63, arousal: -0.27 }),
    ("anger", Affect { valence: -0.51, arousal: 0.59 }),
    ("fear", Affect { valence: -0.64, arousal: 0.60 }),
    ("disgust", Affect { valence: -0.60, arousal: 0.35 }),
    ("surprise", Affect { valence: 0.40, arousal: 0.67 }),
    ("contempt", Affect { valence: -0.23, arousal: 0.31 }),
];

/// A point in the plane of valence and arousal, the axes of the circumplex (Russell 1980, "A circumplex model of
/// affect", Journal of Personality and Social Psychology 39) and of core affect (Russell 2003, "Core affect and the
/// psychological construction of emotion", Psychological Review 110).
///
/// It is projected from the probabilities of the labels and never measured in the face. No network has learned valence
/// or arousal: the point says the same as the probabilities in two numbers, and lies among the eight [`POSITIONS`].
/// Those are means of how people rated the words for emotions, not faces; surprise, for one, was rated as pleasant.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Affect {
    /// From unpleasant, -1, to pleasant, 1.
    pub valence: f32,
    /// From calm, -1, to aroused, 1.
    pub arousal: f32,
}

impl Affect {
    /// Returns the position of a label in any spelling; `None` for a label without one.
    pub fn of_label(label: &str) -> Option<Self> {
        let name = canonical(label);
        POSITIONS.iter().find(|(placed, _)| *placed == name).map(|(_, position)| *position)
    }

    /// Projects labels with their probabilities, or with any weights in proportion to them: the expected position,
    /// `sum(p_i x_i) / sum(p_i)` over the labels `i` with a position `x_i`.
    ///
    /// `None` if labels without a position have more than [`MAX_UNPLACED_SHARE`] of the weight, or if there is no
    /// weight. Up to that share they are left out, which moves neither value by more than 0.2, wherever such a label
    /// lies. Labels that only a custom head has have no position.
    pub fn projected<'a>(weights: impl IntoIterator<Item = (&'a str, f64)>) -> Option<Self> {
        let (mut all, mut placed, mut valence, mut arousal) = (0.0, 0.0, 0.0, 0.0);
        for (label, weight) in weights {
            all += weight;
            if let Some(position) = Self::of_label(label) {
                placed += weight;
                valence += weight * f64::from(position.valence);
                arousal += weight * f64::from(position.arousal);
            }
        }
        // Also false for values that are not numbers.
        let known = placed > 0.0 && all - placed <= MAX_UNPLACED_SHARE * all;
        known.then(|| Self { valence: (valence / placed) as f32, arousal: (arousal / placed) as f32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::EMOTIONS;
    use proptest::prelude::*;

    #[test]
    fn every_basic_emotion_has_a_position_in_any_spelling() {
        for label in EMOTIONS {
            assert!(Affect::of_label(label).is_some(), "{label}");
        }
        assert_eq!(Affect::of_label("Happiness"), Affect::of_label("happy"));
        assert_eq!(Affect::of_label("bored"), None);
    }

    #[test]
    fn a_certain_label_is_at_its_position_and_a_mixture_between() {
        for (label, position) in POSITIONS {
            assert_eq!(Affect::projected([(label, 1.0)]), Some(position));
        }
        // By hand: 0.5 happy, 0.3 neutral, 0.2 sad.
        let mixed = Affect::projected([("neutral", 0.3), ("happy", 0.5), ("sad", 0.2)]).unwrap();
        assert!((mixed.valence - (0.5 * 0.81 - 0.2 * 0.63)).abs() < 1e-6, "{mixed:?}");
        assert!((mixed.arousal - (0.5 * 0.51 - 0.2 * 0.27)).abs() < 1e-6, "{mixed:?}");
        // Sums of a tally are as good as probabilities.
        assert_eq!(
            Affect::projected([("happy", 100.0), ("sad", 100.0)]),
            Affect::projected([("happy", 0.5), ("sad", 0.5)])
        );
    }

    #[test]
    fn much_weight_on_labels_without_a_position_is_not_guessed_away() {
        let with = |share| Affect::projected([("happy", 1.0 - share), ("bored", share)]);
        assert_eq!(with(0.11), None);
        assert_eq!(with(0.09), Affect::of_label("happy"));
        assert_eq!(Affect::projected([("bored", 1.0)]), None);
        assert_eq!(Affect::projected([]), None);
        assert_eq!(Affect::projected([("happy", 0.0)]), None);
        assert_eq!(Affect::projected([("happy", f64::NAN)]), None);
    }

    proptest! {
        #[test]
        fn leaving_labels_out_moves_no_value_by_more_than_0_2(
            values in proptest::collection::vec(0.0f64..1.0, 8), share in 0.0f64..0.1, at in [-1.0f64..1.0, -1.0f64..1.0],
        ) {
            let sum: f64 = values.iter().sum::<f64>().max(1e-9);
            let weights = POSITIONS.iter().zip(&values).map(|((label, _), value)| (*label, (1.0 - share) * value / sum));
            let all: Vec<_> = weights.chain([("bored", share)]).collect();
            let got = Affect::projected(all.iter().copied()).unwrap();
            let expected = |value: fn(Affect) -> f32, at: f64| {
                let placed = all.iter().filter_map(|(label, weight)| Some(weight * f64::from(value(Affect::of_label(label)?))));
                placed.sum::<f64>() + share * at
            };
            let moved = [
                f64::from(got.valence) - expected(|affect| affect.valence, at[0]),
                f64::from(got.arousal) - expected(|affect| affect.arousal, at[1]),
            ];
            prop_assert!(moved.iter().all(|moved| moved.abs() <= 0.2 + 1e-6), "{moved:?}");
            prop_assert!(got.valence.abs() <= 1.0 && got.arousal.abs() <= 1.0);
        }
    }
}
