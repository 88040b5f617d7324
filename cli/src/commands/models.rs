//! `mien models`: the current networks, their hashes, and added networks.

use std::fs;
use std::path::Path;

use mien_core::labels;
use mien_core::models::{
    BandsSpec, Crop, FORMAT, InputSpec, MANIFEST, Manifest, ModelEntry, ModelPack, OutputSpec, Role, Source,
    SpeechEntry, sha256_hex,
};
use mien_core::preprocess::ChannelOrder;
use mien_core::users::profile::check_name;
use mien_nn::{Precision, Signature, inspect, load, run_checked};
use serde_json::json;

use crate::args::{AddArgs, ModelsCommand, Shared};
use crate::media::reading;
use crate::outputs::HalfFolder;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal::{print_json, say};
use crate::session::{added_packs, pack};
use crate::text::suggestion_or;

/// ImageNet's mean and standard deviation of red, green and blue, 0 to 1.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// Max size of an added network in bytes.
const MAX_NETWORK_BYTES: u64 = 1 << 30;

/// Class orders of EmotiEffLib's networks.
const EMOTIEFF_7: [&str; 7] = ["anger", "disgust", "fear", "happy", "neutral", "sad", "surprise"];
const EMOTIEFF_8: [&str; 8] = ["anger", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise"];

/// Runs the command.
pub fn run(shared: &Shared, command: &ModelsCommand) -> Outcome {
    match command {
        ModelsCommand::List { json } => list(shared, *json),
        ModelsCommand::Verify => verify(shared),
        ModelsCommand::Add(args) => add(shared, args),
        ModelsCommand::Remove { name } => remove(shared, name),
    }
}

/// Returns the current pack and the added ones, sorted by name.
fn packs(shared: &Shared) -> Outcome<Vec<ModelPack>> {
    let mut packs = vec![pack(shared)?];
    for name in added_packs(shared)? {
        packs.push(ModelPack::from_folder(&shared.pack_folder(&name)?)?);
    }
    Ok(packs)
}

fn list(shared: &Shared, as_json: bool) -> Outcome {
    let packs = packs(shared)?;
    if as_json {
        let manifests: Vec<_> = packs.iter().map(ModelPack::manifest).collect();
        return print_json(&json!({ "packs": manifests }));
    }
    for pack in packs {
        say(format!("pack {:?}", pack.manifest().name))?;
        for entry in &pack.manifest().models {
            let outputs: Vec<_> = entry.outputs.iter().filter(|output| !output.kind.contains('_')).map(shape).collect();
            let (width, height) = entry.input.size();
            let size = entry.bytes as f64 / 1e6;
            say(format!(
                "  {:<10} {:<16} {size:5.2} MB  {width}x{height}  {}",
                entry.role.to_string(),
                entry.file,
                outputs.join(", ")
            ))?;
            let source = &entry.source;
            say(format!(
                "             {} {} {}; license: {}",
                source.registry, source.package, source.version, entry.license
            ))?;
        }
        pack.manifest().speech.as_ref().map_or(Ok(()), list_speech)?;
    }
    Ok(())
}

fn list_speech(entry: &SpeechEntry) -> Outcome {
    let (size, BandsSpec { bands, frames, step, .. }) = (entry.bytes as f64 / 1e6, &entry.input);
    say(format!(
        "  {:<10} {:<16} {size:5.2} MB  {frames} frames of {bands} bands, every {step}, {} features",
        "speech", entry.file, entry.output.values
    ))?;
    let SpeechEntry { source, license, .. } = entry;
    say(format!("             {} {} {}; license: {license}", source.registry, source.package, source.version))
}

fn shape(output: &OutputSpec) -> String {
    format!("{} {}", output.shape.iter().product::<usize>(), output.kind)
}

fn verify(shared: &Shared) -> Outcome {
    for pack in packs(shared)? {
        for entry in &pack.manifest().models {
            let network = pack.network(entry.role, None)?;
            run_checked(&*network, &entry.role.to_string(), &gray(&entry.input))?;
            say(format!("{}: {} sha256 {} matches, network runs", pack.manifest().name, entry.file, entry.sha256))?;
        }
        if let Some(entry) = &pack.manifest().speech {
            run_speech(&pack)?;
            say(format!("{}: {} sha256 {} matches, network runs", pack.manifest().name, entry.file, entry.sha256))?;
        }
    }
    Ok(())
}

/// Runs the network for speech of `pack` on silence.
fn run_speech(pack: &ModelPack) -> Outcome {
    let network = pack.speech_network(1)?;
    run_checked(&*network, "speech", &vec![0.0; network.input_shape().iter().product()])?;
    Ok(())
}

/// Returns a normalized mid-gray picture, the input of a test run.
fn gray(input: &InputSpec) -> Vec<f32> {
    let (width, height) = input.size();
    let channel = |index: usize| std::iter::repeat_n((127.5 - input.mean[index]) * input.scale[index], width * height);
    (0..3).flat_map(channel).collect()
}

fn add(shared: &Shared, args: &AddArgs) -> Outcome {
    let file = args.file.as_path();
    let name = match (&args.name, file.file_stem()) {
        (Some(name), _) => name.clone(),
        (None, Some(stem)) => stem.to_string_lossy().into_owned(),
        (None, None) => return Err(Failure::new("give the pack a name: --name NAME")),
    };
    check_name(&name).map_err(|_| Failure::new(format!("{name:?} is not a valid name for a pack")))?;
    let target = shared.pack_folder(&name)?;
    if target.exists() {
        return Err(Failure::new(format!("a pack named {name:?} already exists: {}", target.display())));
    }
    if file.is_dir() {
        return add_pack(file, &name, &target);
    }
    let bytes = reading::read(file, MAX_NETWORK_BYTES, "a network")?;
    let entry = entry_of(args, &bytes)?;
    let described: Vec<_> = entry.outputs.iter().map(shape).collect();
    let has_logits = entry.output("logits").is_some();
    let file = entry.file.clone();
    let manifest = Manifest { format: FORMAT, name: name.clone(), models: vec![entry], speech: None };
    install(&target, &manifest, &file, &bytes)?;
    say(format!("added {name}: {}; use it with --pack {name}", described.join(", ")))?;
    if !has_logits {
        say("the file has no class logits, so it names no emotion without a head and no head can start from it")?;
    }
    Ok(())
}

/// Removes the added pack `name`, damaged or not. It disappears as a whole: its folder is renamed first.
fn remove(shared: &Shared, name: &str) -> Outcome {
    let known = added_packs(shared)?;
    // Only a name that is listed is joined to a path, so that none leads out of the folder.
    if !known.iter().any(|known| known == name) {
        let hint = suggestion_or(name, &known, "`mien models list` lists all");
        return Err(Failure::new(format!("no added pack is named {name:?}{hint}")));
    }
    let target = shared.pack_folder(name)?;
    if target.is_symlink() || target.is_file() {
        fs::remove_file(&target).naming(&target)?;
    } else {
        HalfFolder::of(&target)?;
    }
    say(format!("removed {name}"))
}

/// Installs the pack in `folder`, whose only network replaces the default network of its role, or is for speech.
fn add_pack(folder: &Path, name: &str, target: &Path) -> Outcome {
    let pack = ModelPack::from_folder(folder)?;
    let mut manifest = pack.manifest().clone();
    let (file, described) = match (manifest.models.as_slice(), &manifest.speech) {
        ([entry], None) => {
            let network = pack.network(entry.role, None)?;
            run_checked(&*network, "added", &gray(&entry.input)).naming(folder)?;
            let outputs = entry.outputs.iter().map(shape).collect::<Vec<_>>().join(", ");
            (entry.file.clone(), format!("{}, {outputs}", entry.role))
        }
        ([], Some(entry)) => {
            run_speech(&pack)?;
            (entry.file.clone(), format!("speech, {} features", entry.output.values))
        }
        _ => return Err(Failure::new(format!("{}: the pack must have exactly one network", folder.display()))),
    };
    let bytes = fs::read(folder.join(&file)).naming(folder)?;
    manifest.name = name.to_owned();
    install(target, &manifest, &file, &bytes)?;
    say(format!("added {name}: {described}; use it with --pack {name}"))
}

/// Returns the manifest entry of a user's file; shapes are found by loading and running it.
fn entry_of(args: &AddArgs, bytes: &[u8]) -> Outcome<ModelEntry> {
    let file = args.file.as_path();
    let signature = inspect(bytes).naming(file)?;
    let input = input_of(args, &signature)?;
    let outputs = outputs_of(file, bytes, &input, &tensors_of(file, &signature)?)?;
    let logits = outputs.iter().find(|output| output.kind == "logits").map(|output| output.shape[1]);
    let sha256 = sha256_hex(bytes);
    Ok(ModelEntry {
        role: Role::Expression,
        file: "expression.onnx".to_owned(),
        sha256: sha256.clone(),
        bytes: bytes.len() as u64,
        input,
        crop: Crop::Box { scale: args.crop },
        outputs,
        labels: class_names(&args.labels, logits)?,
        decision: None,
        heights: Vec::new(),
        f16: false,
        license: args.license.clone(),
        source: Source {
            registry: "file".to_owned(),
            package: String::new(),
            version: String::new(),
            file: file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            sha256,
        },
    })
}

/// Returns the input of the network: one picture, normalized as given by the options.
fn input_of(args: &AddArgs, signature: &Signature) -> Outcome<InputSpec> {
    let refuse = |what: String| Failure::new(format!("{}: {what}", args.file.display()));
    let [(name, dimensions)] = signature.inputs.as_slice() else {
        return Err(refuse(format!("the network has {} inputs; expected one picture", signature.inputs.len())));
    };
    let size = input_size(dimensions, args.size).map_err(refuse)?;
    let std = triple("--std", &args.std, IMAGENET_STD.map(|std| 255.0 * std))?;
    if std.iter().any(|std| *std <= 0.0) {
        return Err(Failure::new("--std must be above 0"));
    }
    Ok(InputSpec {
        name: name.clone(),
        shape: [1, 3, size, size],
        layout: "NCHW".to_owned(),
        channels: ChannelOrder::Rgb,
        mean: triple("--mean", &args.mean, IMAGENET_MEAN.map(|mean| 255.0 * mean))?,
        scale: std.map(|std| 1.0 / std),
    })
}

/// Returns the kinds and names of the output tensors. If the network has its last layer, the input of that layer is
/// the features and its output the logits; otherwise its output is the features.
fn tensors_of(file: &Path, signature: &Signature) -> Outcome<Vec<(&'static str, String)>> {
    match (&signature.before_last_layer, signature.outputs.as_slice()) {
        (Some(features), [logits]) => Ok(vec![("features", features.clone()), ("logits", logits.clone())]),
        (None, [features]) => Ok(vec![("features", features.clone())]),
        (_, outputs) => {
            Err(Failure::new(format!("{}: the network has {} outputs; expected one", file.display(), outputs.len())))
        }
    }
}

/// Loads and runs the network once, and returns its outputs. Features are scaled so that they have length 1 for a
/// gray picture.
fn outputs_of(
    file: &Path,
    bytes: &[u8],
    input: &InputSpec,
    tensors: &[(&'static str, String)],
) -> Outcome<Vec<OutputSpec>> {
    let names: Vec<&str> = tensors.iter().map(|(_, name)| name.as_str()).collect();
    let network = load(bytes, input.shape, &names, Precision::default()).naming(file)?;
    let values = run_checked(&*network, "added", &gray(input)).naming(file)?;
    let length = values[0].iter().map(|value| value * value).sum::<f32>().sqrt();
    let output = |((kind, name), &length_of): (&(&str, String), &usize)| OutputSpec {
        name: name.clone(),
        kind: (*kind).to_owned(),
        shape: vec![1, length_of],
        feature_scale: (*kind == "features" && length > 0.0).then(|| 1.0 / length),
        temperature: None,
    };
    Ok(tensors.iter().zip(network.output_lengths()).map(output).collect())
}

/// Returns the side of a `[N, 3, S, S]` input.
fn input_size(dimensions: &[Option<usize>], asked: Option<usize>) -> Result<usize, String> {
    let &[batch, channels, height, width] = dimensions else {
        return Err(format!("the input has {} dimensions; expected [1, 3, side, side]", dimensions.len()));
    };
    if batch.is_some_and(|batch| batch != 1) || channels.is_some_and(|channels| channels != 3) || height != width {
        let shown = dimensions.iter().map(|d| d.map_or("?".to_owned(), |d| d.to_string())).collect::<Vec<_>>();
        return Err(format!("the input is [{}]; expected [1, 3, side, side]", shown.join(", ")));
    }
    match (height, asked) {
        (Some(fixed), Some(asked)) if fixed != asked => {
            Err(format!("the input is {fixed} pixels wide, but --size is {asked}"))
        }
        (Some(size), _) | (None, Some(size)) if (16..=2048).contains(&size) => Ok(size),
        (None, None) => Err("the file does not fix the size of the input: give --size PIXELS".to_owned()),
        _ => Err("the side of the input must be 16 to 2048 pixels".to_owned()),
    }
}

fn class_names(given: &[String], logits: Option<usize>) -> Outcome<Vec<String>> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let names: Vec<String> = match (logits, given.is_empty()) {
        (None, true) => return Ok(Vec::new()),
        (None, false) => return Err(Failure::new("--labels names classes, but the file has no logits")),
        (Some(7), true) => own(&EMOTIEFF_7),
        (Some(8), true) => own(&EMOTIEFF_8),
        (Some(n), true) => {
            return Err(Failure::new(format!("the file has {n} logits: give their classes with --labels")));
        }
        (Some(n), false) if n != given.len() => {
            return Err(Failure::new(format!("the file has {n} logits, but --labels names {}", given.len())));
        }
        (Some(_), false) => given.iter().map(|name| labels::canonical(name)).collect(),
    };
    labels::check(&names)?;
    Ok(names)
}

fn triple(option: &str, given: &[f32], default: [f32; 3]) -> Outcome<[f32; 3]> {
    match *given {
        [] => Ok(default),
        [r, g, b] if [r, g, b].iter().all(|value| value.is_finite()) => Ok([r, g, b]),
        _ => Err(Failure::new(format!("{option} must be three numbers: red, green and blue"))),
    }
}

/// Writes the folder of a pack with its network `file` as a whole or not at all. It lies in the user store, so only its
/// owner can read it.
fn install(target: &Path, manifest: &Manifest, file: &str, network: &[u8]) -> Outcome {
    let half = HalfFolder::beside(target)?;
    half.write(MANIFEST, &serde_json::to_vec_pretty(manifest).naming(target)?)?;
    half.write(file, network)?;
    // The installed pack must pass the checks of every later start.
    ModelPack::from_folder(half.path())?;
    half.complete(target)
}
