//! `mien demo`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(ClapArgs)]
pub struct DemoArgs {
    /// The bundled material
    #[arg(long, value_name = "DIR", default_value = "tests/fixtures")]
    pub material: PathBuf,
    /// The folder to write into; it is replaced where an earlier demo made it
    #[arg(long, value_name = "DIR", default_value = "demo-out")]
    pub out: PathBuf,
}
