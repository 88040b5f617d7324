use super::picture::picture_format;
use crate::process::failure::Outcome;
use std::path::Path;
pub enum Sniffed {
    Picture,
    Video,
    Unreadable(String),
    Other,
}
pub fn sniff(path: &Path) -> Outcome<Sniffed> {
    if picture_format(path)?.is_some() {
        return Ok(Sniffed::Picture);
    }
    Ok(match path.extension().and_then(|e| e.to_str()) {
        Some("mp4" | "webm" | "avi" | "mkv") => Sniffed::Video,
        Some("heic") => Sniffed::Unreadable("HEIC".into()),
        _ => Sniffed::Other,
    })
}
