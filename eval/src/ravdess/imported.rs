//! Feature vectors of recordings that another program computed, for example the mean intensities of
//! facial action units over a film.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mien_core::head::Scale;
use mien_core::{Error, ErrorKind, Result, fail};

use super::{Modality, Recording, parse_name};
use crate::table::{Column, Row, Table};

/// The recording of a row.
const NAME: Column = Column(&["name", "file", "filename", "path", "video", "clip"]);

/// One vector for each recording, from a table whose first line names the columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Imported {
    /// The names of the values, in order.
    pub values: Vec<String>,
    /// The recordings and their values, each standardized over the table ([`Scale`]).
    pub vectors: BTreeMap<Recording, Vec<f32>>,
    /// Number of rows of sound alone.
    pub audio_only: usize,
    /// Why each row that was put aside cannot be used, with its line.
    pub unusable: Vec<String>,
}

impl Imported {
    /// Reads the table at `path`: a column `name` with names as published, with or without an
    /// ending, and columns of numbers. A recording that occurs again, as without sound, is put aside.
    ///
    /// # Errors
    /// `InvalidOption` naming the table if it cannot be read, has no such columns, or no usable row.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path).map_err(|error| error.about(path))
    }

    fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path)
            .map_err(|error| Error::with_source(ErrorKind::InvalidOption, "the table cannot be read", error))?;
        let table = Table::parse(&bytes, &[NAME])?;
        let name = table.require(&NAME)?;
        let others = table.columns().iter().enumerate().filter(|(column, _)| *column != name);
        let values: Vec<String> = others.map(|(_, value)| value.clone()).collect();
        if values.is_empty() {
            fail!(InvalidOption, "the table has no column of numbers besides the names");
        }
        let mut imported = Self { values, ..Self::default() };
        for row in table.rows() {
            if let Err(why) = imported.add(&table, row, name) {
                imported.unusable.push(format!("{}: line {}: {why}", path.display(), row.line));
            }
        }
        if imported.vectors.is_empty() {
            let why = imported.unusable.first().cloned().unwrap_or_else(|| "it has no rows of videos".to_owned());
            fail!(InvalidOption, "no row of the table can be used"; "no row can be used: {why}");
        }
        let scale = Scale::of(&imported.vectors.values().collect::<Vec<_>>())?;
        for vector in imported.vectors.values_mut() {
            *vector = scale.apply(vector)?;
        }
        Ok(imported)
    }

    /// Returns the actors that occur.
    pub fn actors(&self) -> BTreeSet<u8> {
        self.vectors.keys().map(|recording| recording.actor).collect()
    }

    /// Adds a row.
    fn add(&mut self, table: &Table, row: &Row, name: usize) -> std::result::Result<(), String> {
        let cell = row.cell(name);
        let (modality, recording) = parse_name(Path::new(cell)).map_err(|error| error.full_text())?;
        if modality == Modality::AudioOnly {
            self.audio_only += 1;
            return Ok(());
        }
        let number = |column: usize| {
            let cell = row.cell(column);
            let number = table.number(cell).parse::<f32>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| format!("{cell:?} in column {:?} is not a number", table.columns()[column]))
        };
        let vector =
            (0..table.columns().len()).filter(|column| *column != name).map(number).collect::<Result<_, _>>()?;
        match self.vectors.entry(recording) {
            Entry::Vacant(place) => _ = place.insert(vector),
            Entry::Occupied(_) => return Err(format!("{cell} occurs again")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Result<Imported> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.csv");
        fs::write(&path, text).unwrap();
        Imported::open(&path)
    }

    #[test]
    fn rows_are_recordings_scaled_by_column() {
        let table = "name,AU01,constant\n01-01-03-01-01-01-01,1,7\n02-01-04-01-01-01-01.mp4,3,7\n";
        let imported = open(table).unwrap();
        assert_eq!(imported.values, ["AU01", "constant"]);
        let vectors: Vec<_> = imported.vectors.values().cloned().collect();
        assert_eq!(vectors, [vec![-1.0, 0.0], vec![1.0, 0.0]]);
        let semicolons = open(&table.replace(',', ";").replace(";1;", ";1,0;")).unwrap();
        assert_eq!(semicolons.vectors, imported.vectors);
    }

    #[test]
    fn rows_that_cannot_be_used_are_named() {
        let good = "01-01-03-01-01-01-01,1\n01-01-04-01-01-01-01,2\n";
        for (row, why) in [
            ("03-01-05-01-01-01-01,5", None),
            ("party,5", Some("line 4: party: not a RAVDESS name")),
            ("01-01-09-01-01-01-01,5", Some("the emotion is 09")),
            ("01-01-05-01-01-01-01,", Some("\"\" in column \"AU01\" is not a number")),
            ("01-01-05-01-01-01-01,nan", Some("\"nan\" in column \"AU01\" is not a number")),
            ("01-01-03-01-01-01-01,5", Some("occurs again")),
        ] {
            let imported = open(&format!("name,AU01\n{good}{row}\n")).unwrap();
            assert_eq!((imported.vectors.len(), imported.audio_only), (2, usize::from(why.is_none())), "{row}");
            match (imported.unusable.as_slice(), why) {
                ([], None) => {}
                ([only], Some(why)) => assert!(only.contains(why), "{only}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn tables_without_use_are_refused() {
        for (table, why) in [
            ("", "empty"),
            ("clips\n", "no column \"name\""),
            ("name\n01-01-03-01-01-01-01\n", "no column of numbers"),
            ("name,AU01\n", "no row"),
            ("name,AU01\nparty,1\n", "not a RAVDESS name"),
        ] {
            let error = open(table).unwrap_err();
            assert!(error.full_text().contains(why), "{table:?}: {}", error.full_text());
        }
        assert!(Imported::open(Path::new("missing.csv")).unwrap_err().full_text().contains("missing.csv"));
    }
}
