//! Recovering what is intact of a damaged store.

use std::path::Path;

use mien_core::users::store as core;

use crate::error::Result;
use crate::stores::store_key;

/// What became of a damaged store.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SalvageReport {
    /// Users who are in the store again, by name.
    pub users: Vec<SalvagedUser>,
    /// Users of whom something was found but no profile: they are lost.
    pub lost_users: u32,
    /// Settings and calibration that are in the store again.
    pub settings: u32,
    /// Values that were found and cannot be opened, or only in an older version, which was taken.
    pub damaged_values: u32,
    /// Values that are not back as they were, 1 where it is not known how many; none where that cannot
    /// be told.
    pub missing_values: Option<u64>,
    /// Whether the file was searched page by page; then what was removed since its last erasure may be
    /// back.
    pub searched: bool,
    /// The name of the file that keeps what was damaged, in the store's folder; none where the store was
    /// sound and nothing was changed.
    pub kept_as: Option<String>,
    /// Whether everything is back, as far as that can be told.
    pub complete: bool,
}

/// A user who was recovered.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SalvagedUser {
    /// The name.
    pub name: String,
    /// Values of the timeline that were recovered.
    pub timeline_values: u32,
    /// Values of the timeline that are damaged.
    pub damaged_timeline_values: u32,
}

impl From<core::SalvageReport> for SalvageReport {
    fn from(report: core::SalvageReport) -> Self {
        let complete = report.is_complete();
        let user = |user: core::SalvagedUser| SalvagedUser {
            name: user.name,
            timeline_values: user.timeline_values as u32,
            damaged_timeline_values: user.damaged_timeline_values as u32,
        };
        Self {
            users: report.users.into_iter().map(user).collect(),
            lost_users: report.lost_users as u32,
            settings: report.settings as u32,
            damaged_values: report.damaged_values as u32,
            missing_values: report.missing_values,
            searched: report.searched,
            kept_as: report.kept_as,
            complete,
        }
    }
}

/// Recovers what is intact of the damaged store in `folder`, which no engine has open. The damaged file
/// is kept beside the store under another name, so nothing is lost by trying. `key` has the 32 bytes of
/// the store's key, or none if the store is not encrypted.
///
/// Errors: `InvalidOption` where there is no store or the key has another length; `WrongKey`;
/// `ProfileVersion` for an older layout; `Storage` where the folder is in use or cannot be written.
#[uniffi::export]
pub fn salvage_store(folder: String, key: &[u8]) -> Result<SalvageReport> {
    let key = if key.is_empty() { None } else { Some(store_key(key)?) };
    Ok(core::Store::salvage(Path::new(&folder), key.as_ref())?.into())
}
