//! `mien models`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

#[derive(Subcommand)]
pub enum ModelsCommand {
    /// List the networks of the pack in use and the added ones
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check every file's hash and that each network runs
    Verify,
    /// Install an ONNX file as the expression network of a new pack, or a folder with a pack of one
    /// network
    Add(AddArgs),
}

#[derive(ClapArgs)]
pub struct AddArgs {
    /// The ONNX file: one picture in; features, logits or both out. Or a folder with a manifest
    /// and its network, to which the other options but --name do not apply
    pub file: PathBuf,
    /// The pack's name [default: the file's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Side of the input in pixels; needed where the file leaves it open
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<usize>,
    /// The classes of the logits, in order [default: EmotiEffLib's order for 7 or 8 outputs]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Subtracted from red, green and blue, 0 to 255 [default: ImageNet's]
    #[arg(long, value_delimiter = ',', num_args = 1..=3)]
    pub mean: Vec<f32>,
    /// Divides the difference, 0 to 255 [default: ImageNet's]
    #[arg(long, value_delimiter = ',', num_args = 1..=3)]
    pub std: Vec<f32>,
    /// Side of the crop in longer sides of the detection box
    #[arg(long, default_value_t = 1.0)]
    pub crop: f32,
    /// The license, as its source states it
    #[arg(long, default_value = "not stated")]
    pub license: String,
}
