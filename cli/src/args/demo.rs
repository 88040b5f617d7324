//! `mien demo`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(ClapArgs)]
pub struct DemoArgs {
    /// Take the pictures from this folder, laid out like tests/fixtures [default: the built-in ones]
    #[arg(long, value_name = "DIR")]
    pub material: Option<PathBuf>,
    /// Folder to write into; the folder of an earlier demo is replaced
    #[arg(long, value_name = "DIR", default_value = "demo-out")]
    pub out: PathBuf,
}
