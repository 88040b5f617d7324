//! The report of `mien score`: for people, as JSON, and as a table.

use std::collections::BTreeMap;

use mien_eval::score::{Accuracy, Comparison, Figures, HeadFigures, OwnScores, own_scores};
use ndarray::Array2;
use serde_json::{Map, Value, json};

use super::answers::{Answers, Reply, Row};
use super::folders::Labels;
use super::people::{MatchedBy, Person};
use crate::args::ScoreArgs;
use crate::process::skipped;
use crate::text::{counted, percent, reasons};

/// Max number of different mistakes that are printed of a person.
const MISTAKES: usize = 4;

/// The figures, and what they were measured on.
pub struct Report<'a> {
    args: &'a ScoreArgs,
    outside: usize,
    no_face: usize,
    people: &'a BTreeMap<String, Person>,
    answers: &'a Answers,
    scores: OwnScores,
}

impl<'a> Report<'a> {
    pub fn new(
        args: &'a ScoreArgs,
        labels: &Labels,
        no_face: usize,
        people: &'a BTreeMap<String, Person>,
        answers: &'a Answers,
    ) -> Self {
        let scores = own_scores(&answers.answered(), answers.classes.len());
        Self { args, outside: labels.outside, no_face, people, answers, scores }
    }

    /// Returns the report as JSON.
    pub fn json(&self) -> Value {
        let person = |(name, person): (&String, &Person)| {
            let mut object = Map::new();
            object.insert("person".to_owned(), json!(name));
            object.extend(object_of(json!(person)));
            object.extend(object_of(json!(self.scores.people.get(name))));
            Value::Object(object)
        };
        json!({
            "data": self.args.data.to_string_lossy(),
            "labels": self.answers.classes,
            "pictures": self.answers.rows.len(),
            "no_face": self.no_face,
            "outside": self.outside,
            "other_labels": self.answers.other_labels,
            "unreadable": skipped::list(),
            "all": self.scores.all,
            "people": self.people.iter().map(person).collect::<Vec<_>>(),
        })
    }

    /// Returns the report as lines for people.
    pub fn lines(&self) -> Vec<String> {
        let people = self.scores.people.len();
        let pictures = counted(self.answers.rows.len(), "pictures");
        let who = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
        let mut lines =
            vec![format!("{}: {who}, {pictures}, {} without a face", self.args.data.display(), self.no_face)];
        for (label, count) in &self.answers.other_labels {
            lines.push(format!("{} labeled {label:?} left out: no head has such a class", counted(*count, "pictures")));
        }
        if self.outside > 0 {
            lines.push(format!(
                "{} left out: in no folder of an emotion, or neither pictures nor videos",
                counted(self.outside, "files")
            ));
        }
        for (name, figures) in &self.scores.people {
            lines.push(format!("{name}: {}", self.people.get(name).map_or_else(String::new, who_is)));
            lines.extend(self.figure_lines(figures, self.people.get(name)).map(|line| format!("  {line}")));
        }
        let own = self.scores.all.own.as_ref();
        if people > 1 {
            lines.push("everybody:".to_owned());
            lines.extend(self.figure_lines(&self.scores.all, None).map(|line| format!("  {line}")));
        }
        match own {
            Some(own) => {
                lines.extend(self.matrix("generic head", &own.before.confusion));
                lines.extend(self.matrix("own heads", &own.after.confusion));
                lines.push(
                    "A head is also better on pictures taken together with those it learned: only other days, light and \
                     films show how it does in use."
                        .to_owned(),
                );
            }
            None => lines.extend(self.matrix("generic head", &self.scores.all.before.confusion)),
        }
        lines.push(
            "Intervals are Wilson's, for independent pictures; those of one film or day are alike, which makes the real \
             ones wider. Unsure answers count by their label."
                .to_owned(),
        );
        lines
    }

    fn figure_lines(&self, figures: &Figures, person: Option<&Person>) -> impl Iterator<Item = String> {
        let mut lines = Vec::new();
        let all = figures.before.accuracy.clips;
        match &figures.own {
            Some(own) => {
                if own.before.accuracy.clips < all {
                    lines.push(format!("generic head: {}", in_words(&figures.before)));
                    lines
                        .push(format!("people with an own head ({}):", counted(own.before.accuracy.clips, "pictures")));
                }
                lines.extend(comparison_lines(own));
            }
            None => lines.push(format!("generic head: {}", in_words(&figures.before))),
        }
        let picked = &figures.recognized.accuracy;
        if let Some(Person { user: Some(user), recognized_clips: recognized, clips, .. }) = person {
            lines.push(format!(
                "recognized as {user}: {recognized} of {clips}; with the head that recognition picks: {}",
                percent(picked.accuracy.mean)
            ));
        } else if person.is_none() {
            lines.push(format!("with the head that recognition picks: {}", in_words(&figures.recognized)));
        }
        let mistakes = figures.own.as_ref().map_or(&figures.before, |own| &own.after).mistakes();
        if !mistakes.is_empty() {
            lines.push(self.mistaken(&mistakes));
        }
        lines.into_iter()
    }

    /// Names the most frequent mistakes: label, answer and number.
    fn mistaken(&self, mistakes: &[(usize, usize, usize)]) -> String {
        let classes = &self.answers.classes;
        let one = |&(label, answer, count): &(usize, usize, usize)| {
            format!("{} as {} {count}", classes[label], classes[answer])
        };
        let shown: Vec<_> = mistakes.iter().take(MISTAKES).map(one).collect();
        let more = if mistakes.len() > MISTAKES { ", ..." } else { "" };
        format!("mistaken: {}{more}", shown.join(", "))
    }

    /// Returns the counts of answers as an aligned table.
    fn matrix(&self, title: &str, counts: &Array2<usize>) -> Vec<String> {
        let classes = &self.answers.classes;
        let width = classes.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(4);
        let row = |first: &str, cells: Vec<String>| {
            let cells: String = cells.iter().map(|cell| format!("  {cell:>width$}")).collect();
            format!("  {first:<width$}{cells}")
        };
        let mut lines =
            vec![format!("answers of the {title} (rows: labels, columns: answers)"), row("", classes.clone())];
        // Classes that are neither labels nor answers have no row.
        for (class, label) in classes.iter().enumerate().filter(|(class, _)| counts.row(*class).sum() > 0) {
            lines.push(row(label, counts.row(class).iter().map(usize::to_string).collect()));
        }
        lines
    }

    /// Returns a CSV table with a line per picture.
    pub fn table(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS)?;
        for row in &self.answers.rows {
            writer.write_record(self.cells(row))?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let entry = &row.seen.entry;
        let user = self.people.get(&entry.subject).and_then(|person| person.user.clone());
        let mut cells = vec![
            entry.path.to_string_lossy().into_owned(),
            entry.subject.clone(),
            user.unwrap_or_default(),
            entry.emotion.clone(),
            row.learned.map_or_else(String::new, |learned| learned.to_string()),
        ];
        cells.extend(answer_cells(Some(&row.before)));
        cells.extend(answer_cells(row.after.as_ref()));
        cells.push(row.seen.identity.user().unwrap_or_default().to_owned());
        cells.extend(answer_cells(Some(&row.recognized)));
        cells
    }
}

/// The columns of the table.
const COLUMNS: [&str; 15] = [
    "path",
    "person",
    "user",
    "emotion",
    "learned",
    "before",
    "p_before",
    "unsure_before",
    "after",
    "p_after",
    "unsure_after",
    "recognized_as",
    "recognized",
    "p_recognized",
    "unsure_recognized",
];

/// Returns an answer's label, its probability, and why it is unsure; empty cells without an answer.
fn answer_cells(reply: Option<&Reply>) -> [String; 3] {
    reply.map_or_else(Default::default, |Reply { emotion, unsure }| {
        [emotion.label.clone(), format!("{:.4}", emotion.confidence()), reasons(unsure)]
    })
}

fn object_of(value: Value) -> Map<String, Value> {
    if let Value::Object(object) = value { object } else { Map::new() }
}

/// Says who a person is, and which head is theirs.
fn who_is(person: &Person) -> String {
    let Some(user) = &person.user else {
        return "not enrolled: no user has this name or face; the generic head answers".to_owned();
    };
    let who = match person.matched_by {
        Some(MatchedBy::Identification) => format!("the user {user} by identification; "),
        _ => String::new(),
    };
    match &person.head {
        Some(head) => {
            format!("{who}own head, generation {}, from {}", head.generation, counted(head.clips, "clips"))
        }
        None => format!("{who}enrolled, without an own head: the generic head answers"),
    }
}

fn comparison_lines(own: &Comparison) -> Vec<String> {
    let mut lines = vec![
        format!("before (generic head): {}", in_words(&own.before)),
        format!("after (own head): {}; {} gained, {} lost", in_words(&own.after), own.gained, own.lost),
    ];
    let clips = own.after.accuracy.clips;
    match (own.learned, own.not_learned) {
        (Some(0), _) => {}
        (Some(learned), Some([before, after])) => lines.push(format!(
            "{learned} of the {clips} pictures were learned by the own head, which flatters it; on the other {}: before \
             {}, after {}",
            before.clips,
            share(&before),
            share(&after)
        )),
        (Some(learned), None) => lines.push(format!(
            "all {learned} pictures were learned by the own head, so its figure says nothing about others"
        )),
        (None, _) => lines.push(
            "the own head does not tell from which pictures it was learned; those among these flatter it".to_owned(),
        ),
    }
    lines
}

fn in_words(head: &HeadFigures) -> String {
    format!("{}, {} unsure", share(&head.accuracy), head.unsure)
}

fn share(Accuracy { right, clips, accuracy }: &Accuracy) -> String {
    format!(
        "{} ({right} of {clips}, 95 % interval {:.1} to {})",
        percent(accuracy.mean),
        100.0 * accuracy.low,
        percent(accuracy.high)
    )
}
