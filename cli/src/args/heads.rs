//! `mien heads`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mien_core::head::{ClipStatistic, HeadKind, Pooling};

use super::values::head_kind;

#[derive(Subcommand)]
pub enum HeadsCommand {
    /// Write a head file from the tensors of an .npz or .safetensors file
    Import(ImportArgs),
    /// Show the kind, classes and sizes of a head file
    Show {
        /// A file written by `mien train` or `mien heads import`
        file: PathBuf,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
}

#[derive(ClapArgs)]
pub struct ImportArgs {
    /// The .npz or .safetensors file
    pub file: PathBuf,
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", value_parser = head_kind)]
    pub head: HeadKind,
    /// Classes, in order [default: `labels` in the metadata of a .safetensors file]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Clip statistic appended to each frame's values, for heads with attention: mean, deviation or maximum [default:
    /// the one that fits the tensors]
    #[arg(long, value_name = "STATISTIC", value_parser = statistic)]
    pub statistic: Option<ClipStatistic>,
    /// Pooling of frames, for logistic heads: mean or statistics [default: the one that fits the networks]
    #[arg(long, value_name = "POOLING", value_parser = pooling)]
    pub pooling: Option<Pooling>,
    /// Number of values per frame that the weights must have
    #[arg(long, value_name = "VALUES")]
    pub dimension: Option<usize>,
    /// Name of a tensor in the file, if it cannot be found by itself: output.weight=dense_3/kernel:0
    #[arg(long, value_name = "NAME=TENSOR", value_parser = mapping)]
    pub map: Vec<(String, String)>,
    /// Head file to write; - is standard output
    #[arg(long, value_name = "HEADFILE")]
    pub out: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

fn statistic(name: &str) -> Result<ClipStatistic, String> {
    match name {
        "mean" => Ok(ClipStatistic::Mean),
        "deviation" => Ok(ClipStatistic::Deviation),
        "maximum" => Ok(ClipStatistic::Maximum),
        _ => Err("expected one of mean, deviation, maximum".to_owned()),
    }
}

fn pooling(name: &str) -> Result<Pooling, String> {
    match name {
        "mean" => Ok(Pooling::Mean),
        "statistics" => Ok(Pooling::Statistics),
        _ => Err("expected one of mean, statistics".to_owned()),
    }
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, tensor)) => Ok((name.to_owned(), tensor.to_owned())),
        None => Err("expected NAME=TENSOR".to_owned()),
    }
}
