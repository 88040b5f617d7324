//! Reports of adaptation: figures for scripts, lines for people, and the files of a folder with a
//! report in Markdown and its plots.

use mien_core::{Error, ErrorKind, Result};
use ndarray::Array2;
use serde_json::{Map, Value, json};

use crate::drawing::Plot;
use crate::metrics::Interval;
use crate::plots::{ConfusionPlot, CurvePlot, Heading, UsersPlot};
use crate::protocol::{
    AdaptationScores, Baseline, Confirmed, Confusion, CurvePoint, DRAWS, Estimates, FaultScore, FaultScores, Halves,
    Losses, NoAdaptation, Score,
};
use crate::text::{counted, listed, percent, singular};

/// File name of the report for people.
pub const REPORT: &str = "report.md";

/// File name of the report for scripts.
const FIGURES: &str = "report.json";

/// The names of the plots, after the prefix of what was measured.
const PLOTS: [&str; 3] = ["users", "curve", "confusion"];

/// Prefix of the plots that accompany those of the main figures.
pub const BESIDE: &str = "beside-";

/// Returns the names of all files that a report can have.
pub fn file_names() -> Vec<String> {
    let mut names = vec![REPORT.to_owned(), FIGURES.to_owned()];
    for prefix in ["", BESIDE] {
        names.extend(PLOTS.iter().flat_map(|plot| plot_files(&format!("{prefix}{plot}"))));
    }
    names
}

/// Returns the names of the files that hold a plot: SVG and PNG.
fn plot_files(plot: &str) -> [String; 2] {
    [format!("{plot}.svg"), format!("{plot}.png")]
}

/// A file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The file's name, one of [`file_names`].
    pub name: String,
    /// The file's content; `None` if this report does not have the file, so that the file of an
    /// earlier report must be removed.
    pub content: Option<Vec<u8>>,
}

impl ReportFile {
    fn new(name: &str, content: String) -> Self {
        Self { name: name.to_owned(), content: Some(content.into_bytes()) }
    }

    /// Renders `plot` as SVG and PNG.
    fn of_plot(name: &str, plot: &impl Plot) -> Result<[Self; 2]> {
        let [svg, png] = plot_files(name);
        Ok([Self::new(&svg, plot.svg()), Self { name: png, content: Some(plot.png()?) }])
    }

    fn without_plot(name: &str) -> [Self; 2] {
        plot_files(name).map(|name| Self { name, content: None })
    }
}

/// Returns the figures of `scores` for JSON, without times.
pub fn figures(scores: &AdaptationScores) -> Map<String, Value> {
    let figures = [
        ("users", json!(scores.users)),
        ("clips", json!(scores.clips)),
        ("not_adapted", json!(scores.not_adapted)),
        ("network_alone", json!(scores.network_alone)),
        ("zero_shot", json!(scores.zero_shot)),
        ("zero_shot_ece", json!(scores.zero_shot_ece)),
        ("generic", json!(scores.generic)),
        ("generic_tested", json!(scores.generic_tested)),
        ("generic_tested_sd", json!(scores.generic_tested_sd)),
        ("adapted", json!(scores.adapted)),
        ("adapted_clips", json!(scores.adapted_clips)),
        ("adapted_interval", json!(scores.adapted_interval)),
        ("adapted_sd", json!(scores.adapted_sd)),
        ("gain", json!(scores.gain)),
        ("worst_user", json!(scores.worst_user)),
        ("harmed_users", json!(scores.harmed_users)),
        ("refused", json!(scores.refused)),
        ("adaptations", json!(scores.adaptations)),
        ("confirmed", json!(scores.confirmed)),
        ("losses", json!(scores.losses)),
        ("estimates", json!(scores.estimates)),
        ("neutral_baseline", json!(scores.neutral_baseline)),
        ("unlabeled_baseline", json!(scores.unlabeled_baseline)),
        ("halves", json!(scores.halves)),
        ("ece", json!(scores.ece)),
        ("confusion", json!(scores.confusion)),
        ("curve", json!(scores.curve)),
        ("per_user", json!(scores.per_user)),
    ];
    figures.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// Returns the figures of `scores` in lines; `people` is the word for users, in the plural.
pub fn lines(scores: &AdaptationScores, people: &str) -> Vec<String> {
    let ece = scores.zero_shot_ece.map_or(String::new(), |ece| format!(", ECE {}", percent(ece)));
    let mut lines = vec![
        format!("{}{ece}", score_line("zero-shot", scores.zero_shot)),
        score_line("generic", Some(scores.generic)),
        score_line("adapted", scores.adapted),
    ];
    match (scores.generic_tested, scores.worst_user, scores.ece) {
        (Some(generic), Some(worst), Some(ece)) => {
            lines.push(comparison_line(scores, generic));
            if let (Some(generic), Some(adapted)) = (scores.generic_tested_sd, scores.adapted_sd) {
                lines.push(format!("sd over {people}: generic {}, adapted {}", percent(generic), percent(adapted)));
            }
            lines.push(harm_line(scores, people, worst, ece));
            lines.extend(scores.confirmed.map(|confirmed| confirmed_line(confirmed, scores, people)));
            lines.extend(scores.losses.map(losses_line));
            lines.extend(scores.estimates.map(|estimates| estimates_line(estimates, people)));
            lines.extend(scores.neutral_baseline.map(|of| baseline_line("neutral", of, people)));
            lines.extend(scores.unlabeled_baseline.map(|of| baseline_line("unlabeled", of, people)));
            lines.extend(scores.halves.map(|halves| halves_line(halves, people)));
            lines.extend(scores.curve.iter().map(|point| curve_line(point, people)));
        }
        _ => lines.push(nothing_adapted(people)),
    }
    lines.extend(exceptions(scores, people));
    lines
}

/// Names the people who could not be adapted, or for whom no generic head could be learned.
fn exceptions(scores: &AdaptationScores, people: &str) -> Vec<String> {
    let without = |why: NoAdaptation| {
        let names: Vec<_> =
            scores.not_adapted.iter().filter(|(_, other)| **other == why).map(|(name, _)| name).collect();
        (!names.is_empty()).then(|| (counted(names.len(), people), listed(&names, ", ")))
    };
    let one_session = without(NoAdaptation::OneSession)
        .map(|(number, names)| format!("not adapted: {number} with clips of one session only ({names})"));
    let one_emotion = without(NoAdaptation::OneEmotion).map(|(number, names)| {
        format!("not adapted: {number} with clips of one emotion only beside each session ({names})")
    });
    let alone: Vec<_> = scores.network_alone.iter().collect();
    let alone = (!alone.is_empty()).then(|| {
        format!(
            "for {} the network's own last layer is the generic head: the other people's clips show one emotion only ({})",
            counted(alone.len(), people),
            listed(&alone, ", ")
        )
    });
    one_session.into_iter().chain(one_emotion).chain(alone).collect()
}

fn score_line(what: &str, score: Option<Score>) -> String {
    match score {
        Some(score) => format!("{what:<10} accuracy {:5.1} %, UAR {:5.1} %", 100.0 * score.accuracy, 100.0 * score.uar),
        None => format!("{what:<10} not measurable"),
    }
}

/// Compares both heads on the clips on which adapted heads were tested.
fn comparison_line(scores: &AdaptationScores, generic: Score) -> String {
    let (clips, generic) = (scores.adapted_clips, percent(generic.accuracy));
    match (scores.adapted_interval, scores.gain) {
        (Some(adapted), Some(gain)) => format!(
            "on the same {clips} clips: generic {generic}; 95 % intervals: adapted {}, gain {}",
            range(adapted),
            gain_in_words(gain)
        ),
        _ => format!("on the same {clips} clips: generic {generic}"),
    }
}

fn harm_line(scores: &AdaptationScores, people: &str, worst: f64, ece: f64) -> String {
    format!(
        "worst {}: {}; harmed {people}: {} of {}; refused by the gate: {} of {}; ECE {}",
        singular(people),
        percent(worst),
        scores.harmed_users,
        scores.per_user.len(),
        scores.refused,
        scores.adaptations,
        percent(ece)
    )
}

fn confirmed_line(
    Confirmed { asked, adapted, harmed_users }: Confirmed,
    scores: &AdaptationScores,
    people: &str,
) -> String {
    format!(
        "asked about labels: {asked} of {}; once the person confirms them: accuracy {}, harmed {people} {harmed_users}",
        scores.adaptations,
        percent(adapted)
    )
}

fn confirmed_cell(Confirmed { asked, adapted, .. }: Confirmed, adaptations: usize) -> String {
    format!("{} ({asked} of {adaptations})", percent(adapted))
}

fn losses_line(Losses { generic, adapted, estimated, measured }: Losses) -> String {
    format!(
        "mean loss: generic {generic:.3}, adapted {adapted:.3}; new heads not refused: estimated {estimated:.3}, \
         measured {measured:.3}"
    )
}

fn estimates_line(estimates: Estimates, people: &str) -> String {
    let Estimates { before, measured_before, after, measured_after, mean_absolute_error, .. } = estimates;
    let points = |difference: f64| format!("{:+.1} points", 100.0 * difference);
    let way = match estimates.too_few_clips {
        0 => String::new(),
        few => format!(" ({} with too few clips, by the expected gain)", counted(few, people)),
    };
    let correlations = [estimates.correlation, estimates.gain_correlation]
        .map(|correlation| correlation.map_or("none".to_owned(), |value| format!("{value:.2}")));
    format!(
        "accuracy as the adaptations estimate it{way}: before {}, measured {}; after {}, measured {}: mean error {}, \
         mean absolute error per {} {:.1} points, correlation {} (of the gain {})",
        percent(before),
        percent(measured_before),
        percent(after),
        percent(measured_after),
        points(after - measured_after),
        singular(people),
        100.0 * mean_absolute_error,
        correlations[0],
        correlations[1],
    )
}

/// Returns the table of faults in lines.
pub fn fault_lines(scores: &FaultScores) -> Vec<String> {
    let line = |what: &str, score: &FaultScore| {
        let share = |count: usize| 100.0 * count as f64 / score.adaptations.max(1) as f64;
        format!(
            "  {what:<26}{:>11}{:>9.1} %{:>9.1} %{:>9.1} %{:>9.1} %{:>9.1} %",
            score.adaptations,
            share(score.accepted),
            share(score.poisoned),
            share(score.named),
            100.0 * score.generic,
            100.0 * score.accuracy
        )
    };
    let accepted = |score: &FaultScore| score.accepted as f64 / score.adaptations.max(1) as f64;
    let mut swapped: Vec<_> = scores.swapped.iter().collect();
    swapped.sort_by(|a, b| accepted(&b.score).total_cmp(&accepted(&a.score)));
    let worst =
        swapped.iter().take(3).map(|swap| line(&format!("  {} and {}", swap.labels[0], swap.labels[1]), &swap.score));
    let mut lines = vec![
        "faults in the clips, without any confirmation; poisoned: a wrong clip was learned".to_owned(),
        format!(
            "  {:<26}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}",
            "fault", "adaptations", "accepted", "poisoned", "named", "generic", "afterward"
        ),
        line("none", &scores.honest),
        line("two labels exchanged", &scores.swapped_mean),
    ];
    lines.extend(worst);
    lines.extend([
        line("all labels rotated", &scores.rotated),
        line("random labels", &scores.random),
        line("one label wrong", &scores.one_wrong),
        line("another person's clips", &scores.other_person),
        line("one clip of another person", &scores.one_of_another),
    ]);
    lines
}

fn baseline_line(clips: &str, of: Baseline, people: &str) -> String {
    let Baseline { generic, adapted, users, harmed_users, clips: tested } = of;
    format!(
        "from {clips} clips alone: generic {}, with the baseline {}, harmed {harmed_users} of {users} {people} \
         ({tested} clips tested)",
        percent(generic),
        percent(adapted)
    )
}

fn halves_line(Halves { labeled, with_unlabeled, with_pseudo_labels }: Halves, people: &str) -> String {
    let of = |of: Baseline| format!("{}, harmed {}", percent(of.adapted), of.harmed_users);
    format!(
        "from a half of the clips: {} of {} {people}; with the other half unlabeled {}, and with pseudo-labels {} \
         ({} clips tested)",
        of(labeled),
        labeled.users,
        of(with_unlabeled),
        of(with_pseudo_labels),
        labeled.clips
    )
}

fn curve_line(point: &CurvePoint, people: &str) -> String {
    let clips = match point.clips_per_class {
        1 => "1 clip".to_owned(),
        many => format!("at most {many} clips"),
    };
    format!(
        "{clips} per class: generic {}, adapted {}, harmed {} of {} ({} tested)",
        percent(point.generic),
        percent(point.adapted),
        point.harmed_users,
        counted(point.users, people),
        counted(point.clips, "clips")
    )
}

/// The figures of one split in a report.
pub struct Measured<'a> {
    /// The figures.
    pub scores: &'a AdaptationScores,
    /// The data set and what else identifies the figures, in few words.
    pub title: String,
    /// A note that is added to every figure, such as that it is no measure of quality.
    pub mark: Option<String>,
    /// Prefix of the names of the plots: empty, or [`BESIDE`].
    pub prefix: &'static str,
    /// Further remarks, each a line.
    pub notes: Vec<String>,
}

/// A report of adaptation.
pub struct Report<'a> {
    /// What was measured: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// A description of the generic head.
    pub generic_from: String,
    /// The word for users, in the plural.
    pub people: &'static str,
    /// The requested figures, and those beside them.
    pub measured: Vec<Measured<'a>>,
    /// The report for scripts.
    pub json: Value,
}

impl Report<'_> {
    /// Renders the files of the report in the order in which they are written: the plots,
    /// report.json and report.md.
    ///
    /// # Errors
    /// `Internal` if a plot cannot be drawn.
    pub fn files(&self) -> Result<Vec<ReportFile>> {
        let mut files = Vec::new();
        for prefix in ["", BESIDE] {
            match self.measured.iter().find(|measured| measured.prefix == prefix) {
                Some(measured) => files.extend(self.plots(measured)?),
                None => {
                    files.extend(PLOTS.iter().flat_map(|plot| ReportFile::without_plot(&format!("{prefix}{plot}"))));
                }
            }
        }
        let json = serde_json::to_string_pretty(&self.json)
            .map_err(|error| Error::with_source(ErrorKind::Internal, "a report cannot be serialized", error))?;
        files.push(ReportFile::new(FIGURES, format!("{json}\n")));
        files.push(ReportFile::new(REPORT, self.markdown()));
        Ok(files)
    }

    fn plots(&self, measured: &Measured<'_>) -> Result<Vec<ReportFile>> {
        let Measured { scores, prefix, .. } = measured;
        let [users, curve, confusion] = PLOTS.map(|plot| format!("{prefix}{plot}"));
        let heading = |title: &str| Heading {
            title: format!("{title}{}", measured.mark()),
            subtitle: format!("{}, {} clips tested", measured.title, scores.adapted_clips),
        };
        let users = if scores.per_user.is_empty() {
            ReportFile::without_plot(&users)
        } else {
            let title = format!("Accuracy of {} {}", scores.per_user.len(), self.people);
            ReportFile::of_plot(&users, &UsersPlot::new(heading(&title), &scores.per_user))?
        };
        let curve = if scores.curve.is_empty() {
            ReportFile::without_plot(&curve)
        } else {
            let heading = heading("Accuracy by clips learned");
            ReportFile::of_plot(&curve, &CurvePlot { heading, points: &scores.curve, people: self.people })?
        };
        let confusion = match &scores.confusion {
            Some(counts) => {
                let heading = heading("Answers: truth in rows, answers in columns, colored by the share of the row");
                ReportFile::of_plot(&confusion, &ConfusionPlot { heading, confusion: counts })?
            }
            None => ReportFile::without_plot(&confusion),
        };
        Ok([users, curve, confusion].into_iter().flatten().collect())
    }

    /// Returns the report for people.
    pub fn markdown(&self) -> String {
        let title = self.measured.first().map_or("", |measured| measured.title.as_str());
        let mut text = format!("# Adaptation: {}\n\n", cell(title));
        for (name, value) in &self.facts {
            text += &format!("- {name}: {}\n", cell(value));
        }
        for note in self.measured.iter().flat_map(|measured| &measured.notes) {
            text += &format!("\n{}\n", cell(note));
        }
        text += &format!("\nThe same figures for scripts, and each of the {}: [{FIGURES}]({FIGURES}).\n", self.people);
        text += "\n## Figures\n\n";
        self.accuracies(&mut text);
        self.other_figures(&mut text);
        if self.measured.iter().any(|measured| measured.scores.adapted.is_none()) {
            let nothing = nothing_adapted(self.people);
            text += &format!(
                "\n{}{}: no curve, no confusion matrix, no plot.\n",
                nothing[..1].to_uppercase(),
                &nothing[1..]
            );
        }
        for line in self.measured.iter().flat_map(|measured| exceptions(measured.scores, self.people)) {
            text += &format!("\n{}{}.\n", line[..1].to_uppercase(), cell(&line[1..]));
        }
        self.curves(&mut text);
        self.confusions(&mut text);
        let plots = self.plot_links();
        if !plots.is_empty() {
            text += &format!("\n## Plots\n\n{plots}");
        }
        text
    }

    fn accuracies(&self, text: &mut String) {
        let (people, person) = (self.people, singular(self.people));
        *text += &format!(
            "| head | accuracy | UAR | 95 % interval of the accuracy | sd over {people} | clips | how it was measured |\n\
             |---|---|---|---|---|---|---|\n"
        );
        let sd = |sd: Option<f64>| sd.map_or_else(String::new, percent);
        type Row<'a> = (&'a str, fn(&AdaptationScores) -> Option<Score>, String);
        let rows: [Row<'_>; 4] = [
            ("zero-shot", |scores| scores.zero_shot, "the network's own answers; nothing was learned".to_owned()),
            ("generic", |scores| Some(scores.generic), self.generic_from.clone()),
            (
                "generic, clips tested",
                |scores| scores.generic_tested,
                "the same answers, on the clips on which adapted heads were tested".to_owned(),
            ),
            (
                "adapted",
                |scores| scores.adapted,
                format!(
                    "for each session of each {person}, the generic head, fitted to the {person}'s other sessions and \
                     tested on that one"
                ),
            ),
        ];
        for (place, (name, of, how)) in rows.iter().enumerate() {
            for measured in &self.measured {
                let scores = measured.scores;
                let Some(score) = of(scores) else { continue };
                let (interval, deviation, clips) = match place {
                    3 => (scores.adapted_interval, scores.adapted_sd, scores.adapted_clips),
                    2 => (None, scores.generic_tested_sd, scores.adapted_clips),
                    _ => (None, None, scores.clips),
                };
                *text += &format!(
                    "| {name}{} | {} | {} | {} | {} | {clips} | {} |\n",
                    measured.mark(),
                    percent(score.accuracy),
                    percent(score.uar),
                    interval.map_or_else(String::new, range),
                    sd(deviation),
                    cell(how)
                );
            }
        }
        *text += "\nUAR, unweighted average recall: the mean over the emotions of each one's share of right answers. \
                  sd: sample standard deviation. ";
        *text += &format!("Intervals: percentile bootstrap, {DRAWS} draws of {people} with replacement.\n");
    }

    fn other_figures(&self, text: &mut String) {
        let (people, person) = (self.people, singular(self.people));
        let mut rows = String::new();
        let mut row = |name: &str, how: &str, value: &dyn Fn(&AdaptationScores) -> Option<String>| {
            for measured in &self.measured {
                if let Some(value) = value(measured.scores) {
                    rows += &format!("| {name}{} | {value} | {how} |\n", measured.mark());
                }
            }
        };
        row(
            "gain",
            "adapted less generic accuracy on the same clips, with its 95 % interval; both heads drawn together",
            &|scores| scores.gain.map(gain_in_words),
        );
        row(&format!("worst {person}"), "lowest accuracy after adaptation", &|scores| scores.worst_user.map(percent));
        row(&format!("harmed {people}"), "accuracy on the clips tested fell by adaptation", &|scores| {
            scores.adapted.map(|_| format!("{} of {}", scores.harmed_users, scores.per_user.len()))
        });
        row(
            "refused by the gate",
            "adaptations whose labels are in doubt, or whose estimated loss on held-out clips was not below the generic \
             head's: that one answered",
            &|scores| scores.adapted.map(|_| format!("{} of {}", scores.refused, scores.adaptations)),
        );
        row(
            "once labels are confirmed",
            "accuracy if each person confirms the labels that the adaptation asks about; in brackets how many asked",
            &|scores| Some(confirmed_cell(scores.confirmed?, scores.adaptations)),
        );
        row(
            "neutral baseline",
            "accuracy of the generic head, and with the offset that neutral clips of other sessions alone show taken \
             from the frames",
            &|scores| scores.neutral_baseline.map(|of| format!("{}, {}", percent(of.generic), percent(of.adapted))),
        );
        row(
            "unlabeled baseline",
            "the same with the offset of all clips of other sessions, without their labels",
            &|scores| scores.unlabeled_baseline.map(|of| format!("{}, {}", percent(of.generic), percent(of.adapted))),
        );
        row(
            "loss",
            "mean negative log-likelihood, generic and adapted; in brackets what the adaptations that were not refused \
             estimated by their inner splits, and what they then had",
            &|scores| {
                let of = scores.losses?;
                Some(format!("{:.3}, {:.3} ({:.3}, {:.3})", of.generic, of.adapted, of.estimated, of.measured))
            },
        );
        row(
            "ECE",
            "expected calibration error of the adapted heads: mean distance of confidence and accuracy, 15 bins",
            &|scores| scores.ece.map(percent),
        );
        if !rows.is_empty() {
            *text += &format!("\n| figure | value | how it was measured |\n|---|---|---|\n{rows}");
        }
    }

    fn curves(&self, text: &mut String) {
        if self.measured.iter().all(|measured| measured.scores.curve.is_empty()) {
            return;
        }
        let (people, person) = (self.people, singular(self.people));
        *text += &format!(
            "\n## Clips per class\n\nAs adapted, with the {person}'s other sessions limited to this number of clips per \
             emotion, chosen by the seed. Only sessions with that many clips of some emotion are counted, and the \
             generic head is measured on the same clips: compare within a row, not between rows of different clips, \
             which the plot does not join.\n\n\
             | max clips of a class | {people} | clips tested | generic | adapted | harmed {people} |\n\
             |---|---|---|---|---|---|\n"
        );
        for measured in &self.measured {
            for point in &measured.scores.curve {
                *text += &format!(
                    "| {}{} | {} | {} | {} | {} | {} |\n",
                    point.clips_per_class,
                    measured.mark(),
                    point.users,
                    point.clips,
                    percent(point.generic),
                    percent(point.adapted),
                    point.harmed_users
                );
            }
        }
    }

    fn confusions(&self, text: &mut String) {
        let mut tables = String::new();
        for measured in &self.measured {
            let Some(confusion) = &measured.scores.confusion else { continue };
            for (name, counts) in [("Generic head", &confusion.generic), ("Adapted heads", &confusion.adapted)] {
                tables += &format!("\n### {name}{}\n\n", measured.mark());
                tables += &matrix(confusion, counts, &measured.mark());
            }
        }
        if !tables.is_empty() {
            *text += "\n## Answers\n\nCounts on the clips on which adapted heads were tested. Rows: what the clip shows; \
                      columns: what was answered.\n";
            *text += &tables;
        }
    }

    fn plot_links(&self) -> String {
        let mut links = String::new();
        for measured in &self.measured {
            let scores = measured.scores;
            let there = [!scores.per_user.is_empty(), !scores.curve.is_empty(), scores.confusion.is_some()];
            let shows = [
                format!("Accuracy of each of the {} by the generic and by the adapted head", self.people),
                "Accuracy by clips learned".to_owned(),
                "Answers of the generic and of the adapted heads, colored by the share of the row".to_owned(),
            ];
            for ((plot, shows), _) in PLOTS.iter().zip(shows).zip(there).filter(|(_, there)| *there) {
                let [svg, png] = plot_files(&format!("{}{plot}", measured.prefix));
                let shows = shows + &measured.mark();
                links += &format!("{shows} ([SVG]({svg}), [PNG]({png})):\n\n![{shows}]({png})\n\n");
            }
        }
        links
    }
}

impl Measured<'_> {
    /// Returns a space and the mark in brackets, or nothing.
    fn mark(&self) -> String {
        self.mark.as_ref().map_or_else(String::new, |mark| format!(" ({mark})"))
    }
}

fn matrix(confusion: &Confusion, counts: &Array2<usize>, mark: &str) -> String {
    let labels: Vec<_> = confusion.labels.iter().map(|label| cell(label)).collect();
    let mut text = format!("| | {} |\n|---|{}\n", labels.join(" | "), "---|".repeat(labels.len()));
    for (label, counts) in labels.iter().zip(counts.rows()) {
        let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
        text += &format!("| **{label}**{mark} | {} |\n", counts.join(" | "));
    }
    text
}

/// Returns text as a cell of a table: one line, with bars escaped.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Returns a difference of shares in points, with its sign; zero has none.
fn points(difference: f64) -> String {
    let tenths = (1000.0 * difference).round();
    if tenths == 0.0 { "0.0".to_owned() } else { format!("{:+.1}", tenths / 10.0) }
}

fn range(interval: Interval) -> String {
    format!("{:.1} to {}", 100.0 * interval.low, percent(interval.high))
}

fn gain_in_words(gain: Interval) -> String {
    format!("{} points ({} to {})", points(gain.mean), points(gain.low), points(gain.high))
}

fn nothing_adapted(people: &str) -> String {
    format!("no {} has a session beside others with two emotions, so nothing was adapted and tested", singular(people))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_unit_and_sign() {
        let gain = Interval { mean: 0.0904, low: -0.0004, high: 0.1 };
        assert_eq!(gain_in_words(gain), "+9.0 points (0.0 to +10.0)");
        assert_eq!(points(-0.05), "-5.0");
        assert_eq!(range(Interval { mean: 0.96, low: 0.945, high: 1.0 }), "94.5 to 100.0 %");
    }

    #[test]
    fn a_name_cannot_break_a_table() {
        assert_eq!(cell("my|set\nof faces"), "my\\|set of faces");
    }
}
