//! Maps the tensors of a file to the parameters of a formula.

use super::tensors::Tensor;
use crate::error::{Result, fail};
use crate::head::HeadKind;

/// Maximum number of tensors listed in a message.
const MAX_LISTED: usize = 20;

/// A layer `W x + b` of a formula; its tensors are `NAME.weight` and `NAME.bias`.
#[derive(Debug)]
pub(super) struct Layer {
    /// Empty for the only layer of a logistic regression; its tensors are `weight` and `bias`.
    pub name: &'static str,
    /// Whether W is a single row, a vector.
    pub vector: bool,
    /// Whether the formula has b.
    pub bias: bool,
}

/// A layer with b.
const fn affine(name: &'static str, vector: bool) -> Layer {
    Layer { name, vector, bias: true }
}

/// A layer without b.
const fn linear(name: &'static str, vector: bool) -> Layer {
    Layer { name, vector, bias: false }
}

const LOGISTIC: &[Layer] = &[affine("", false)];
const SINGLE: &[Layer] = &[affine("attention", true), affine("hidden", false), affine("output", false)];
const RELATION: &[Layer] = &[linear("frame", true), linear("relation", true), affine("output", false)];
const SELF: &[Layer] =
    &[linear("query", false), linear("value", false), affine("attention", true), affine("output", false)];

/// Returns the layers of a kind, in the order of its parameters.
pub(super) fn layers(kind: HeadKind) -> &'static [Layer] {
    match kind {
        HeadKind::Logistic => LOGISTIC,
        HeadKind::SingleAttention => SINGLE,
        HeadKind::RelationAttention => RELATION,
        HeadKind::SelfAttention => SELF,
    }
}

impl Layer {
    /// Returns the canonical name of this layer's `leaf`.
    pub fn tensor(&self, leaf: Leaf) -> String {
        let leaf = match leaf {
            Leaf::Weight => "weight",
            Leaf::Bias => "bias",
        };
        if self.name.is_empty() { leaf.to_owned() } else { format!("{}.{leaf}", self.name) }
    }
}

/// Returns the canonical names of a kind's tensors.
pub(super) fn canonical(kind: HeadKind) -> Vec<String> {
    let names = |layer: &Layer| {
        let bias = layer.bias.then(|| layer.tensor(Leaf::Bias));
        std::iter::once(layer.tensor(Leaf::Weight)).chain(bias)
    };
    layers(kind).iter().flat_map(names).collect()
}

/// One of a layer's two tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Weight,
    Bias,
}

/// The parts of a tensor's name.
#[derive(Debug, PartialEq)]
struct Parsed<'a> {
    /// The part that the tensors of one layer share: the name up to the leaf.
    stem: &'a str,
    /// The last part of the stem that is a layer's name.
    layer: &'a str,
    leaf: Leaf,
    /// Whether a weight is (in, out), like a Keras kernel.
    input_first: bool,
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns `name` without a trailing `separator` and number.
fn without_number(name: &str, separator: char) -> &str {
    match name.rsplit_once(separator) {
        Some((front, number)) if is_number(number) => front,
        _ => name,
    }
}

/// Returns the last part of a name with `.` (PyTorch) or `/` (Keras) as separator.
fn last_part(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

impl<'a> Parsed<'a> {
    /// `None` if the name is not a layer's weight or bias.
    fn of(name: &'a str) -> Option<Self> {
        let name = without_number(name, ':');
        let last = last_part(name);
        let stem = &name[..name.len() - last.len()];
        let alias = |layer| Self { stem: name, layer, leaf: Leaf::Weight, input_first: false };
        let (leaf, input_first) = match last {
            "weight" => (Leaf::Weight, false),
            "kernel" => (Leaf::Weight, true),
            "bias" => (Leaf::Bias, false),
            // Keras' own weight files number the variables of a layer.
            "0" if stem.ends_with("vars/") => (Leaf::Weight, true),
            "1" if stem.ends_with("vars/") => (Leaf::Bias, false),
            "q0" => return Some(alias("frame")),
            "q1" => return Some(alias("relation")),
            _ => return None,
        };
        // `output.0.weight` is the first layer of a sequence named `output`.
        let mut parts = stem.split(['.', '/']).rev();
        let layer = parts.find(|part| !part.is_empty() && *part != "vars" && !is_number(part)).unwrap_or("");
        Some(Self { stem, layer, leaf, input_first })
    }

    /// Whether the name belongs to `layer`, under any prefix; a logistic regression accepts any
    /// layer.
    fn fits(&self, layer: &Layer) -> bool {
        layer.name.is_empty() || self.layer == layer.name || without_number(self.layer, '_') == layer.name
    }

    /// Whether the name belongs to `layer` without a prefix.
    fn is_exactly(&self, layer: &Layer) -> bool {
        self.stem.trim_end_matches(['.', '/']) == layer.name
    }
}

/// The tensors assigned to one layer.
pub(super) struct Assignment<'a> {
    pub layer: &'static Layer,
    pub weight: &'a Tensor,
    /// Whether the weight is (in, out).
    pub input_first: bool,
    /// `None` counts as zero. A layer may have a bias here although its formula has none.
    pub bias: Option<&'a Tensor>,
}

/// A file's tensors and the names given by the user.
pub(super) struct Search<'a> {
    pub kind: HeadKind,
    pub tensors: &'a [Tensor],
    /// Pairs of a canonical name (or one with `kernel` for `weight`) and a tensor's name.
    pub given: &'a [(String, String)],
}

impl<'a> Search<'a> {
    /// Assigns tensors to each layer of the kind, in order.
    pub fn assign(&self) -> Result<Vec<Assignment<'a>>> {
        self.check_given()?;
        let assigned = layers(self.kind).iter().map(|layer| self.layer(layer)).collect::<Result<Vec<_>>>()?;
        let mut used: Vec<&str> = Vec::new();
        for tensor in assigned.iter().flat_map(|layer| [Some(layer.weight), layer.bias]).flatten() {
            if used.contains(&tensor.name.as_str()) {
                fail!(ModelLoad, "the tensor {:?} is assigned twice; {}", tensor.name, self.known());
            }
            used.push(&tensor.name);
        }
        Ok(assigned)
    }

    fn layer(&self, layer: &'static Layer) -> Result<Assignment<'a>> {
        let kernel = layer.tensor(Leaf::Weight).replace("weight", "kernel");
        let (given, kernel) = (self.given(&layer.tensor(Leaf::Weight))?, self.given(&kernel)?);
        let Some(weight) = given.or(kernel).map_or_else(|| self.named(layer, Leaf::Weight), |given| Ok(Some(given)))?
        else {
            fail!(ModelLoad, "no tensor is {:?}; {}", layer.tensor(Leaf::Weight), self.known());
        };
        let parsed = Parsed::of(&weight.name);
        let bias = match (self.given(&layer.tensor(Leaf::Bias))?, &parsed) {
            (Some(given), _) => Some(given),
            (None, Some(weight)) => self.beside(weight),
            (None, None) => self.named(layer, Leaf::Bias)?,
        };
        let input_first = kernel.is_some()
            || parsed.is_some_and(|parsed| parsed.input_first)
            || last_part(&weight.name).contains("kernel");
        Ok(Assignment { layer, weight, input_first, bias })
    }

    /// Returns the tensor that the user assigned to `name`.
    fn given(&self, name: &str) -> Result<Option<&'a Tensor>> {
        let Some((_, wanted)) = self.given.iter().find(|(given, _)| given == name) else { return Ok(None) };
        match self.tensors.iter().find(|tensor| tensor.name == *wanted) {
            Some(tensor) => Ok(Some(tensor)),
            None => fail!(InvalidOption, "no tensor is called {wanted:?}; {}", self.known()),
        }
    }

    /// Returns the only tensor with a name that fits `layer`'s `leaf`.
    fn named(&self, layer: &Layer, leaf: Leaf) -> Result<Option<&'a Tensor>> {
        let parsed = || self.tensors.iter().filter_map(|tensor| Some((tensor, Parsed::of(&tensor.name)?)));
        let fitting: Vec<_> = parsed().filter(|(_, parsed)| parsed.leaf == leaf && parsed.fits(layer)).collect();
        let exact: Vec<_> = fitting.iter().filter(|(_, parsed)| parsed.is_exactly(layer)).collect();
        match (exact.as_slice(), fitting.as_slice()) {
            ([(tensor, _)], _) | ([], [(tensor, _)]) => Ok(Some(tensor)),
            ([], []) => Ok(None),
            _ => fail!(ModelLoad, "{} tensors could be {:?}; {}", fitting.len(), layer.tensor(leaf), self.known()),
        }
    }

    /// Returns the bias of the layer of the given weight.
    fn beside(&self, weight: &Parsed<'_>) -> Option<&'a Tensor> {
        self.tensors.iter().find(|tensor| {
            Parsed::of(&tensor.name).is_some_and(|parsed| parsed.leaf == Leaf::Bias && parsed.stem == weight.stem)
        })
    }

    fn check_given(&self) -> Result<()> {
        let known = canonical(self.kind);
        for (index, (name, _)) in self.given.iter().enumerate() {
            let plain = name.replace("kernel", "weight");
            if !known.contains(&plain) {
                fail!(InvalidOption, "{name:?} is not a tensor of {}: {}", self.kind.name(), known.join(", "));
            }
            if self.given[..index].iter().any(|(other, _)| other.replace("kernel", "weight") == plain) {
                fail!(InvalidOption, "{plain:?} is given twice");
            }
        }
        Ok(())
    }

    /// Lists the file's tensors and the expected names.
    fn known(&self) -> String {
        let mut listed: Vec<_> = self.tensors.iter().take(MAX_LISTED).map(described).collect();
        if self.tensors.len() > MAX_LISTED {
            listed.push(format!("{} more", self.tensors.len() - MAX_LISTED));
        }
        format!(
            "the file has {}; {} takes {}: say which tensor is which (NAME=TENSOR)",
            listed.join(", "),
            self.kind.name(),
            canonical(self.kind).join(", ")
        )
    }
}

/// Formats a tensor's name and shape.
pub(super) fn described(tensor: &Tensor) -> String {
    format!("{:?} {:?}", tensor.name, tensor.shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(names: &[&str]) -> Vec<Tensor> {
        let tensor = |name: &&str| Tensor { name: (*name).to_owned(), shape: vec![1], values: Ok(vec![0.0]) };
        names.iter().map(tensor).collect()
    }

    /// The names of the weights, with a `'` if they are (in, out), and of the biases.
    fn assigned(kind: HeadKind, names: &[&str], given: &[(&str, &str)]) -> Result<Vec<String>> {
        let given: Vec<_> = given.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let tensors = tensors(names);
        let assigned = Search { kind, tensors: &tensors, given: &given }.assign()?;
        let show = |a: &Assignment<'_>| {
            let (mark, bias) = (if a.input_first { "'" } else { "" }, a.bias.map_or("", |bias| &bias.name));
            format!("{}{mark} {bias}", a.weight.name)
        };
        Ok(assigned.iter().map(show).collect())
    }

    #[test]
    fn prefixes_and_the_spellings_of_keras_are_seen_through() {
        let layer = |name| Parsed::of(name).map(|parsed| (parsed.layer, parsed.leaf, parsed.input_first));
        assert_eq!(layer("weight"), Some(("", Leaf::Weight, false)));
        assert_eq!(layer("module.model.output.weight"), Some(("output", Leaf::Weight, false)));
        assert_eq!(layer("output.0.bias"), Some(("output", Leaf::Bias, false)));
        assert_eq!(layer("dense_1/kernel:0"), Some(("dense_1", Leaf::Weight, true)));
        assert_eq!(layer("layers/dense/vars/0"), Some(("dense", Leaf::Weight, true)));
        assert_eq!(layer("layers/dense/vars/1"), Some(("dense", Leaf::Bias, false)));
        assert_eq!(layer("model.q1"), Some(("relation", Leaf::Weight, false)));
        for name in ["", ":0", "0", "bn.running_mean", "vars.0", "weights"] {
            assert_eq!(Parsed::of(name), None, "{name}");
        }
    }

    #[test]
    fn layers_are_found_by_their_unique_names() {
        let single =
            ["a.attention.weight", "a.hidden.weight", "a.hidden.bias", "b/output_2/kernel:0", "b/output_2/bias:0"];
        assert_eq!(
            assigned(HeadKind::SingleAttention, &single, &[]).unwrap(),
            ["a.attention.weight ", "a.hidden.weight a.hidden.bias", "b/output_2/kernel:0' b/output_2/bias:0"]
        );
        let relation = ["q0", "q1", "output.weight", "teacher.output.weight", "bias"];
        assert_eq!(assigned(HeadKind::RelationAttention, &relation, &[]).unwrap(), ["q0 ", "q1 ", "output.weight "]);
        let dense = ["dense_7/kernel:0", "dense_7/bias:0", "norm/gamma:0"];
        assert_eq!(assigned(HeadKind::Logistic, &dense, &[]).unwrap(), ["dense_7/kernel:0' dense_7/bias:0"]);
    }

    #[test]
    fn given_names_decide_and_bring_their_biases() {
        let dense = ["dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "W1", "b1"];
        let given = [("attention.weight", "dense/kernel:0"), ("hidden.kernel", "W1"), ("hidden.bias", "b1")];
        let given = [&given[..], &[("output.weight", "dense_1/kernel:0")]].concat();
        assert_eq!(
            assigned(HeadKind::SingleAttention, &dense, &given).unwrap(),
            ["dense/kernel:0' dense/bias:0", "W1' b1", "dense_1/kernel:0' "]
        );
    }

    #[test]
    fn names_that_do_not_decide_list_what_there_is() {
        let two = ["fc.weight", "norm.weight"];
        let refused = |kind, names: &[&str], given: &[(&str, &str)], message: &str| {
            let said = assigned(kind, names, given).unwrap_err().to_string();
            assert!(said.contains(message), "{said:?} does not say {message:?}");
        };
        refused(
            HeadKind::Logistic,
            &two,
            &[],
            "2 tensors could be \"weight\"; the file has \"fc.weight\" [1], \"norm.weight\" [1]; logistic takes weight, bias",
        );
        refused(HeadKind::SelfAttention, &two, &[], "no tensor is \"query.weight\"");
        refused(HeadKind::SelfAttention, &two, &[], "query.weight, value.weight, attention.weight, attention.bias");
        refused(HeadKind::Logistic, &two, &[("weight", "gone")], "no tensor is called \"gone\"; the file has");
        refused(
            HeadKind::Logistic,
            &two,
            &[("output.weight", "fc.weight")],
            "is not a tensor of logistic: weight, bias",
        );
        refused(
            HeadKind::Logistic,
            &two,
            &[("weight", "fc.weight"), ("kernel", "fc.weight")],
            "\"weight\" is given twice",
        );
        refused(HeadKind::Logistic, &two, &[("weight", "fc.weight"), ("bias", "fc.weight")], "is assigned twice");
        let many: Vec<String> = (0..30).map(|i| format!("layer{i}.weight")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        refused(HeadKind::Logistic, &many, &[], "\"layer19.weight\" [1], 10 more; logistic");
    }
}
