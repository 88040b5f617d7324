//! What the evaluations of adaptation say: figures for scripts, lines for people, and a folder
//! with a report in Markdown and its plots.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mien_eval::metrics::Interval;
use mien_eval::protocol::{AdaptationScores, Confusion, CurvePoint, DRAWS, Losses, NeutralBaseline, Score};
use serde_json::{Map, Value, json};

use crate::draw::plot::{Plot, files};
use crate::eval_plots::{ConfusionPlot, CurvePlot, Heading, UsersPlot};
use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::say;
use crate::text::{counted, singular};

/// The report for people.
pub const REPORT: &str = "report.md";

/// The report for scripts.
const FIGURES: &str = "report.json";

/// The names of the plots, behind the prefix of what was measured.
const PLOTS: [&str; 3] = ["users", "curve", "confusion"];

/// Put before the names of the plots of what stands beside the main figures.
pub const BESIDE: &str = "beside-";

/// The files of a report.
pub struct Files {
    folder: PathBuf,
    by_name: BTreeMap<String, Destination>,
}

impl Files {
    /// Those of a report in `folder`, which is made if it is missing.
    pub fn new(outputs: &mut Outputs, folder: &Path) -> Outcome<Self> {
        let mut names = vec![REPORT.to_owned(), FIGURES.to_owned()];
        for prefix in ["", BESIDE] {
            names.extend(PLOTS.iter().flat_map(|plot| files(&format!("{prefix}{plot}"))));
        }
        let endings: Vec<_> = names.iter().map(String::as_str).collect();
        // A report tells of each user.
        let (_, destinations) = outputs.files_in(folder, "".as_ref(), &endings, Readers::Owner)?;
        Ok(Self { folder: folder.to_path_buf(), by_name: names.into_iter().zip(destinations).collect() })
    }

    /// Says where the report is.
    pub fn say(&self) -> Outcome {
        say(format!("report: {}", self.folder.join(REPORT).display()))
    }

    fn named(&self, name: &str) -> Outcome<&Destination> {
        self.by_name.get(name).ok_or_else(|| Failure::new(format!("{name} is no file of a report")))
    }

    fn plot(&self, name: &str) -> Outcome<[&Destination; 2]> {
        let [svg, png] = files(name);
        Ok([self.named(&svg)?, self.named(&png)?])
    }

    /// Removes the plot that an earlier report left.
    fn remove(&self, plot: &str) -> Outcome {
        self.plot(plot)?.into_iter().try_for_each(Destination::remove)
    }
}

/// The figures of `scores` for JSON, without times.
pub fn figures(scores: &AdaptationScores) -> Map<String, Value> {
    let figures = json!({
        "users": scores.users,
        "clips": scores.clips,
        "zero_shot": scores.zero_shot,
        "zero_shot_ece": scores.zero_shot_ece,
        "generic": scores.generic,
        "generic_tested": scores.generic_tested,
        "generic_tested_sd": scores.generic_tested_sd,
        "adapted": scores.adapted,
        "adapted_clips": scores.adapted_clips,
        "adapted_interval": scores.adapted_interval,
        "adapted_sd": scores.adapted_sd,
        "gain": scores.gain,
        "worst_user": scores.worst_user,
        "harmed_users": scores.harmed_users,
        "refused": scores.refused,
        "adaptations": scores.adaptations,
        "losses": scores.losses,
        "neutral_baseline": scores.neutral_baseline,
        "ece": scores.ece,
        "confusion": scores.confusion,
        "curve": scores.curve,
        "per_user": scores.per_user,
    });
    match figures {
        Value::Object(figures) => figures,
        _ => Map::new(),
    }
}

/// Returns the figures of `scores` as lines; `people` names the users, in the plural.
pub fn lines(scores: &AdaptationScores, people: &str) -> Vec<String> {
    let mut lines = accuracy_lines(scores);
    let (Some(generic), Some(worst), Some(ece)) = (scores.generic_tested, scores.worst_user, scores.ece) else {
        lines.push(nothing_adapted(people));
        return lines;
    };
    lines.push(comparison_line(scores, generic));
    if let (Some(generic), Some(adapted)) = (scores.generic_tested_sd, scores.adapted_sd) {
        lines.push(format!("sd over {people}: generic {}, adapted {}", percent(generic), percent(adapted)));
    }
    let tested = scores.per_user.len();
    lines.push(format!(
        "worst {}: {}; harmed {people}: {} of {tested}; refused by the gate: {} of {}; ECE {}",
        singular(people),
        percent(worst),
        scores.harmed_users,
        scores.refused,
        scores.adaptations,
        percent(ece)
    ));
    if let Some(Losses { generic, adapted, estimated, measured }) = scores.losses {
        lines.push(format!(
            "mean loss: generic {generic:.3}, adapted {adapted:.3}; new heads not refused: estimated {estimated:.3}, \
             measured {measured:.3}"
        ));
    }
    if let Some(NeutralBaseline { clips, generic, adapted }) = scores.neutral_baseline {
        lines.push(format!(
            "from neutral clips alone: generic {}, with the baseline {} ({} tested)",
            percent(generic),
            percent(adapted),
            counted(clips, "clips")
        ));
    }
    lines.extend(scores.curve.iter().map(|point| curve_line(point, people)));
    lines
}

/// Returns accuracy and UAR of the zero-shot answers, the generic head and the adapted heads.
fn accuracy_lines(scores: &AdaptationScores) -> Vec<String> {
    let line = |what: &str, score: Option<Score>| match score {
        Some(score) => format!("{what:<10} accuracy {:5.1} %, UAR {:5.1} %", 100.0 * score.accuracy, 100.0 * score.uar),
        None => format!("{what:<10} not measurable"),
    };
    let ece = scores.zero_shot_ece.map_or(String::new(), |ece| format!(", ECE {}", percent(ece)));
    vec![
        format!("{}{ece}", line("zero-shot", scores.zero_shot)),
        line("generic", Some(scores.generic)),
        line("adapted", scores.adapted),
    ]
}

/// Compares the `generic` head with the adapted ones on the clips that those were tested on.
fn comparison_line(scores: &AdaptationScores, generic: Score) -> String {
    let (clips, generic) = (counted(scores.adapted_clips, "clips"), percent(generic.accuracy));
    match (scores.adapted_interval, scores.gain) {
        (Some(adapted), Some(gain)) => format!(
            "on the same {clips}: generic {generic}; 95 % intervals: adapted {}, gain {}",
            range(adapted),
            gain_in_words(gain)
        ),
        _ => format!("on the same {clips}: generic {generic}"),
    }
}

fn curve_line(point: &CurvePoint, people: &str) -> String {
    let clips = match point.clips_per_class {
        1 => "1 clip".to_owned(),
        clips => format!("at most {clips} clips"),
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

/// A set of figures of a report.
pub struct Measured<'a> {
    pub scores: &'a AdaptationScores,
    /// The data set and what else the figures are of, in few words.
    pub title: String,
    /// Stands beside every figure: words such as that it is no measure of quality, or nothing.
    pub mark: Option<String>,
    /// Put before the names of its plots.
    pub prefix: &'static str,
    /// What else is to be known of it, each a line.
    pub notes: Vec<String>,
}

/// What a folder is filled with.
pub struct Report<'a> {
    /// What was measured: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// What the generic head is.
    pub generic_from: String,
    /// What users are called, in the plural.
    pub people: &'static str,
    /// The figures asked for, and those beside them.
    pub measured: Vec<Measured<'a>>,
    /// What `--json` prints.
    pub json: Value,
}

impl Report<'_> {
    /// Writes report.json, report.md and the plots into `folder`, which is there. Plots of an
    /// earlier report that this one has not are removed; other files are left alone.
    ///
    /// # Errors
    /// The file that cannot be written. Each file is written whole or not at all.
    pub fn write(&self, files: &Files) -> Outcome {
        for prefix in ["", BESIDE] {
            match self.measured.iter().find(|measured| measured.prefix == prefix) {
                Some(measured) => self.plots(measured, files)?,
                None => PLOTS.iter().try_for_each(|plot| files.remove(&format!("{prefix}{plot}")))?,
            }
        }
        let json = serde_json::to_string_pretty(&self.json).map_err(|error| Failure::new(error.to_string()))?;
        files.named(FIGURES)?.write(format!("{json}\n").as_bytes())?;
        files.named(REPORT)?.write(self.markdown().as_bytes())
    }

    fn plots(&self, measured: &Measured<'_>, files: &Files) -> Outcome {
        let Measured { scores, prefix, .. } = measured;
        let [users, curve, confusion] = PLOTS.map(|plot| format!("{prefix}{plot}"));
        let heading = |title: &str| Heading {
            title: format!("{title}{}", measured.mark()),
            subtitle: format!("{}, {} clips tested", measured.title, scores.adapted_clips),
        };
        if scores.per_user.is_empty() {
            files.remove(&users)?;
        } else {
            let title = format!("Accuracy of {} {}", scores.per_user.len(), self.people);
            UsersPlot::new(heading(&title), &scores.per_user).save(files.plot(&users)?)?;
        }
        if scores.curve.is_empty() {
            files.remove(&curve)?;
        } else {
            let heading = heading("Accuracy by clips learned");
            CurvePlot { heading, points: &scores.curve, people: self.people }.save(files.plot(&curve)?)?;
        }
        match &scores.confusion {
            Some(counts) => ConfusionPlot {
                heading: heading("Answers: truth in rows, answers in columns, colored by the share of the row"),
                confusion: counts,
            }
            .save(files.plot(&confusion)?),
            None => files.remove(&confusion),
        }
    }

    fn markdown(&self) -> String {
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
            "adaptations whose estimated loss on held-out clips was not below the generic head's: that one answered",
            &|scores| scores.adapted.map(|_| format!("{} of {}", scores.refused, scores.adaptations)),
        );
        row(
            "neutral baseline",
            "accuracy of the generic head, and with the offset that neutral clips of other sessions alone show taken \
             from the frames",
            &|scores| scores.neutral_baseline.map(|of| format!("{}, {}", percent(of.generic), percent(of.adapted))),
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
            "\n## Clips per class\n\nAs adapted, with the {person}'s other sessions cut down to so many clips of each \
             emotion, chosen by the seed. Only sessions for which some emotion has so many clips are counted, and the \
             generic head is measured on the same clips: compare within a row, not between rows of different clips, which the plot does not join.\n\n\
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
                let [svg, png] = files(&format!("{}{plot}", measured.prefix));
                let shows = shows + &measured.mark();
                links += &format!("{shows} ([SVG]({svg}), [PNG]({png})):\n\n![{shows}]({png})\n\n");
            }
        }
        links
    }
}

impl Measured<'_> {
    /// A blank and the mark in brackets, or nothing.
    fn mark(&self) -> String {
        self.mark.as_ref().map_or_else(String::new, |mark| format!(" ({mark})"))
    }
}

fn matrix(confusion: &Confusion, counts: &[Vec<usize>], mark: &str) -> String {
    let labels: Vec<_> = confusion.labels.iter().map(|label| cell(label)).collect();
    let mut text = format!("| | {} |\n|---|{}\n", labels.join(" | "), "---|".repeat(labels.len()));
    for (label, counts) in labels.iter().zip(counts) {
        let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
        text += &format!("| **{label}**{mark} | {} |\n", counts.join(" | "));
    }
    text
}

/// Text as a cell of a table: one line, its bars escaped.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A difference of shares in points, with its sign; nought has none.
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
