//! The colors and line patterns of emotions, which are the same in every drawing.
//!
//! The colors of the nine emotions keep apart for people with deuteranopia and protanopia too; patterns of lines and
//! direct labels make sure that nobody depends on them. A test states the distances.

use mien_core::labels::canonical;

use super::{Color, Dashes};

/// The look of a class: its color, and the pattern of its line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Color.
    pub color: Color,
    /// Pattern of the line.
    pub dashes: Dashes,
}

const SOLID: Dashes = &[];
const DASHED: Dashes = &[4.0, 1.6];
const DOTTED: Dashes = &[1.1, 1.3];
const DASH_DOT: Dashes = &[4.0, 1.3, 1.1, 1.3];
const LONG: Dashes = &[8.0, 2.0];

const fn look(red: u8, green: u8, blue: u8, dashes: Dashes) -> Look {
    Look { color: Color::new(red, green, blue), dashes }
}

/// The emotions in their canonical spelling: those of the default network, and two of other networks and data sets.
pub(super) const EMOTIONS: [(&str, Look); 9] = [
    ("neutral", look(95, 95, 108, DOTTED)),
    ("happy", look(200, 135, 0, SOLID)),
    ("sad", look(43, 99, 211, SOLID)),
    ("anger", look(90, 1, 0, DASHED)),
    ("fear", look(15, 0, 155, DASH_DOT)),
    ("disgust", look(112, 148, 127, LONG)),
    ("surprise", look(154, 72, 0, DASHED)),
    ("calm", look(90, 157, 183, DOTTED)),
    ("contempt", look(41, 28, 43, DASH_DOT)),
];

/// The looks of other classes.
pub(super) const OTHERS: [Look; 8] = [
    look(0, 110, 110, LONG),
    look(176, 60, 130, DASHED),
    look(120, 120, 20, DASH_DOT),
    look(90, 100, 160, SOLID),
    look(160, 90, 90, DOTTED),
    look(60, 60, 60, DASHED),
    look(0, 140, 90, SOLID),
    look(150, 80, 200, LONG),
];

/// The look of several classes together.
const REST: Look = look(170, 170, 170, DOTTED);

/// The looks of the classes of a drawing.
#[derive(Clone, Debug, Default)]
pub struct Looks(Vec<(String, Look)>);

impl Looks {
    /// Chooses the looks of `labels`. That of an emotion depends on nothing but its name, in any spelling; that of
    /// another class on its name too, unless a class before it in the alphabet has it already.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<String> = labels.into_iter().map(canonical).collect();
        names.sort();
        names.dedup();
        let mut looks: Vec<(String, Look)> = Vec::new();
        let mut taken = [false; OTHERS.len()];
        for name in names {
            let emotion = EMOTIONS.iter().find(|(emotion, _)| *emotion == name).map(|(_, look)| *look);
            let look = emotion.unwrap_or_else(|| {
                let first = hash(&name) as usize % OTHERS.len();
                let places = (0..OTHERS.len()).map(|step| (first + step) % OTHERS.len());
                let place = places.clone().find(|&place| !taken[place]).unwrap_or(first);
                taken[place] = true;
                OTHERS[place]
            });
            looks.push((name, look));
        }
        Self(looks)
    }

    /// Returns the look of `label`; that of several classes together for one that the drawing does not have.
    #[must_use]
    pub fn get(&self, label: &str) -> Look {
        let name = canonical(label);
        self.0.iter().find(|(other, _)| *other == name).map_or(REST, |(_, look)| *look)
    }
}

/// Hashes a name by FNV-1a, which stays the same on all machines and in all versions.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests;
