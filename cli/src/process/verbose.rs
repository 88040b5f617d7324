//! What `--verbose` says: each step with the time since the start. It names no user and shows no data of theirs.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use env_logger::{Builder, Env};
use fearless_simd::Level;
use log::Level as Severity;
use mien_core::models::ModelPack;

use crate::text::counted;

/// Starts logging on standard error; `RUST_LOG` overrides the level.
pub fn start(is_verbose: bool) {
    let level = if is_verbose { "info" } else { "error" };
    let started = Instant::now();
    Builder::from_env(Env::default().default_filter_or(format!("{level},tract=error")))
        .format(move |out, record| match record.level() {
            Severity::Error | Severity::Warn => writeln!(out, "mien: {}", record.args()),
            _ => writeln!(out, "[{:7.3} s] {}", started.elapsed().as_secs_f64(), record.args()),
        })
        .init();
}

/// Says the version, what runs the networks, and that the configuration file `config` is read.
pub fn report_start(config: Option<&Path>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let kernels = format!("{:?}", Level::new());
    // The level's debug form is a name with a token in brackets.
    let kernels = kernels.split(['(', ' ']).next().unwrap_or_default();
    log::info!("mien {}, kernels {kernels}, {}", env!("CARGO_PKG_VERSION"), counted(threads, "threads"));
    match config {
        Some(path) if path.exists() => log::info!("configuration: {}", path.display()),
        _ => log::info!("configuration: no file"),
    }
}

/// Says which networks are used.
pub fn report_pack(pack: &ModelPack) {
    for entry in &pack.manifest().models {
        let (width, height) = entry.input.size();
        let megabytes = entry.bytes as f64 / 1e6;
        log::info!("network {}: {}, {megabytes:.2} MB, {width}x{height}", entry.role, entry.file);
    }
}
