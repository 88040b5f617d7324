//! `mien models`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::values::within;

#[derive(Subcommand)]
pub enum ModelsCommand {
    /// List the networks of the current pack and the added ones
    List {
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Check the hash of every file and run each network once
    Verify,
    /// Install an ONNX file as the expression network of a new pack, or a folder with a pack of one network
    ///
    /// Operators that the built-in executors lack need a build with tract: `cargo install --path cli --features tract`.
    Add(AddArgs),
    /// Remove an added pack
    Remove {
        /// Name of the pack, as `mien models list` shows it
        name: String,
    },
}

#[derive(ClapArgs)]
pub struct AddArgs {
    /// ONNX file whose input is one picture and whose output are features, logits or both; or a folder with a
    /// manifest and its network, for which only --name applies
    pub file: PathBuf,
    /// Name of the pack [default: the name of the file]
    #[arg(long)]
    pub name: Option<String>,
    /// Side of the input in pixels, 16 to 2048 [default: as in the file; required if the file leaves it open]
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<usize>,
    /// Classes of the logits, in order [default: EmotiEffLib's order for 7 or 8 outputs]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Mean of red, green and blue, 0 to 255, subtracted from each pixel [default: 123.675,116.28,103.53, ImageNet's]
    #[arg(long, value_delimiter = ',', num_args = 1..=3)]
    pub mean: Vec<f32>,
    /// Standard deviation of red, green and blue, 0 to 255, that divides the difference [default:
    /// 58.395,57.12,57.375, ImageNet's]
    #[arg(long, value_delimiter = ',', num_args = 1..=3)]
    pub std: Vec<f32>,
    /// Side of the crop as a multiple of the longer side of the detection box, 0.2 to 4
    #[arg(long, default_value_t = 1.0, value_parser = within(0.2f32..=4.0))]
    pub crop: f32,
    /// License, as its source states it
    #[arg(long, default_value = "not stated")]
    pub license: String,
}
