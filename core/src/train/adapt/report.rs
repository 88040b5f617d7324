//! The report of an adaptation.

/// How the user's head was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Trained on labeled clips of several classes.
    Labeled,
    /// The generic head with the user's offset subtracted from the frames, from clips of one emotion
    /// or unlabeled clips alone.
    Baseline,
}

/// Why an adaptation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The clips show somebody else or several people; too few of the user are left.
    SomebodyElse,
    /// The labels contradict each other and the generic head: they are exchanged or random.
    LabelsContradict,
    /// Some labels are doubtful; the clips named need a confirmation.
    LabelsDoubtful,
    /// The new head is not better than the current one.
    NotBetter,
    /// There are too few clips to tell whether the new head is better.
    TooFewClips,
}

/// A clip that was not learned.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LeftOut {
    /// Its name.
    pub clip: String,
    /// Its label; `None` if it has none.
    pub label: Option<String>,
    /// Why it was not learned.
    #[serde(flatten)]
    pub why: WhyLeftOut,
}

/// Why a clip was not learned.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum WhyLeftOut {
    /// It shows somebody else than the user.
    SomebodyElse {
        /// The similarity to the user, as in [`Gallery::verify`](crate::recognition::gallery::Gallery::verify).
        similarity: f32,
    },
    /// Its frames show several people.
    SeveralPeople,
    /// It looks like another emotion, and its label was not confirmed.
    LooksLike {
        /// The emotion that it looks like.
        looks_like: String,
        /// The probability of that emotion, 0 to 1.
        probability: f32,
    },
}

/// The outcome of an adaptation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptReport {
    /// How the head was made.
    pub mode: Mode,
    /// Whether the new head is accepted.
    pub accepted: bool,
    /// Why the new head was refused; `None` if it is accepted.
    pub refusal: Option<Refusal>,
    /// Why it was accepted or refused.
    pub reason: String,
    /// Whether the labels were compared with what the clips look like to the generic head. False if
    /// nobody can tell: it sees no difference between the clips, or it reads this face no better than
    /// chance; and if the gate is off.
    pub labels_examined: bool,
    /// Number of training clips of each label that occurred, in the head's order.
    pub clips: Vec<(String, usize)>,
    /// Labels of the head without a clip.
    pub labels_without_clips: Vec<String>,
    /// Whether the labels without clips were rehearsed with samples of the generic data; if not,
    /// they keep their weights.
    pub rehearsed: bool,
    /// Number of unlabeled clips that the user's offset was estimated from.
    pub unlabeled: usize,
    /// Number of unlabeled clips that were labeled confidently and used for training.
    pub pseudo_labeled: usize,
    /// The chosen number of epochs; 0 if subtracting the offset alone was best.
    pub epochs: usize,
    /// The clips that were not learned.
    pub left_out: Vec<LeftOut>,
    /// Estimated accuracy of the previous head on new pictures of the user, 0 to 1; `None` if it
    /// cannot be estimated.
    pub accuracy_before: Option<f32>,
    /// Estimated accuracy of the new head on the same pictures, 0 to 1; `None` if it cannot be
    /// estimated.
    pub accuracy_after: Option<f32>,
    /// The gain in accuracy to expect from people with so many clips, 0 to 1, if there are too few
    /// clips to estimate it for this user; `None` for a baseline, and unless the head is accepted and its
    /// labels were examined.
    pub expected_gain: Option<f32>,
    /// Mean loss (negative log-likelihood) of the previous head, at the temperature (1, 2, 4, 8, 16
    /// or infinite, which is guessing) with the lowest loss; `None` without labeled clips of the user.
    pub loss_before: Option<f32>,
    /// Estimated mean loss of the new head: on held-out clips; for a class with one clip 0.4 of
    /// that plus 0.6 of the training loss (as Efron, 1983, with our own weight).
    pub loss_estimated: Option<f32>,
}

impl AdaptReport {
    /// Creates the report of an adaptation that trained nothing, for clips of so many of each label.
    pub(crate) fn new(mode: Mode, labels: &[String], counts: &[usize]) -> Self {
        let (with, without): (Vec<usize>, Vec<usize>) = (0..counts.len()).partition(|&class| counts[class] > 0);
        Self {
            mode,
            accepted: false,
            refusal: None,
            reason: String::new(),
            labels_examined: false,
            clips: with.into_iter().map(|class| (labels[class].clone(), counts[class])).collect(),
            labels_without_clips: without.into_iter().map(|class| labels[class].clone()).collect(),
            rehearsed: false,
            unlabeled: 0,
            pseudo_labeled: 0,
            epochs: 0,
            left_out: Vec::new(),
            accuracy_before: None,
            accuracy_after: None,
            expected_gain: None,
            loss_before: None,
            loss_estimated: None,
        }
    }
}
