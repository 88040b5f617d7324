//! The command `mien` as used by people and scripts.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod bad_input;
mod children;
mod config;
mod drawings;
mod enrollment;
mod eval_report;
mod generic_heads;
mod heads;
mod inputs;
mod main_job;
mod models_add;
mod names;
mod outputs;
mod partial;
mod pseudo_clips;
mod ravdess;
mod recordings;
mod same_with_json;
mod schemas;
mod score;
mod setup;
mod support;
mod tables;
mod timeline;
mod users;
mod voices;
mod watch;
