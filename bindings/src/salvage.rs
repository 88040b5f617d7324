//! Recovery of the intact data of a damaged store.

use std::path::Path;

use mien_core::users::store as core;

use crate::error::Result;
use crate::stores::store_key;

/// What was recovered from a damaged store.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SalvageReport {
    /// Recovered users, by name.
    pub users: Vec<SalvagedUser>,
    /// Number of lost users: data was found, but no profile.
    pub lost_users: u32,
    /// Number of recovered settings and calibrations.
    pub settings: u32,
    /// Number of values that cannot be read, or of which only an older version was recovered.
    pub damaged_values: u32,
    /// Number of values that are not recovered as they were, 1 if the number is unknown; `None` if it cannot
    /// be told.
    pub missing_values: Option<u64>,
    /// Whether the file was searched page by page; then data that was removed after the last erasure may be
    /// back.
    pub searched: bool,
    /// Name of the file that keeps the damaged data, in the folder of the store; `None` if the store was
    /// sound and nothing was changed.
    pub kept_as: Option<String>,
    /// Whether everything was recovered, as far as can be told.
    pub is_complete: bool,
}

/// A recovered user.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SalvagedUser {
    /// The name.
    pub name: String,
    /// Number of recovered values of the timelines.
    pub timeline_values: u32,
    /// Number of damaged values of the timelines.
    pub damaged_timeline_values: u32,
}

impl From<core::SalvageReport> for SalvageReport {
    fn from(report: core::SalvageReport) -> Self {
        let is_complete = report.is_complete();
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
            is_complete,
        }
    }
}

/// Recovers the intact data of the damaged store in `folder`; no engine may have it open. The damaged file is
/// kept beside the store under another name, so that nothing is lost by trying. `key` has the 32 bytes of the
/// store's key, or none if the store is not encrypted.
///
/// Errors: `InvalidOption` if there is no store or the key has another length, `WrongKey`, `ProfileVersion`
/// for an older layout, `Storage` if the folder is in use or cannot be written.
#[uniffi::export]
pub fn salvage_store(folder: String, key: &[u8]) -> Result<SalvageReport> {
    let key = if key.is_empty() { None } else { Some(store_key(key)?) };
    Ok(core::Store::salvage(Path::new(&folder), key.as_ref())?.into())
}
