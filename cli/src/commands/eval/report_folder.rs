//! The folder of a report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mien_eval::report::{REPORT, Report, file_names};

use crate::outputs::{Destination, Outputs, Readers};
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::{note, with_version};

/// The folder of a report, and the files that it can have.
pub struct ReportFolder {
    path: PathBuf,
    files: BTreeMap<String, Destination>,
}

impl ReportFolder {
    /// Claims the files of a report in the folder `path`, which is created with the first file if
    /// it is missing.
    pub fn new(outputs: &mut Outputs, path: &Path) -> Outcome<Self> {
        let names = file_names();
        let endings: Vec<_> = names.iter().map(String::as_str).collect();
        // A report names each user.
        let (_, destinations) = outputs.files_in(path, "".as_ref(), &endings, Readers::Owner)?;
        Ok(Self { path: path.to_path_buf(), files: names.into_iter().zip(destinations).collect() })
    }

    /// Writes `report`, and removes plots of an earlier report that this one does not have. Other
    /// files are left alone; each file is written whole or not at all.
    pub fn write(&self, mut report: Report<'_>) -> Outcome {
        report.json = with_version(&report.json)?;
        for file in report.files()? {
            let Some(destination) = self.files.get(&file.name) else {
                return Err(Failure::new(format!("{} is not a file of a report", file.name)));
            };
            match file.content {
                Some(content) => destination.write(&content)?,
                None => destination.remove()?,
            }
        }
        Ok(())
    }

    /// Says where the report is.
    pub fn say(&self) -> Outcome {
        note(format!("report: {}", self.path.join(REPORT).display()))
    }
}
