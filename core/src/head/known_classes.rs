//! A network's last layer, mapped to another list of classes.

use mien_nn::LinearLayer;
use ndarray::ArrayView2;

use crate::labels;

/// Maps `layer`, a layer over the classes `own`, to the classes `labels`; `None` if no label is
/// among `own` under any spelling.
///
/// A known class keeps its row and bias. Any other class gets the mean row and mean bias over all
/// of the layer's classes: `w = sum(w_c) / C`, `b = sum(b_c) / C`. A row of zeros would not do:
/// softmax is unchanged when all logits rise by the same number, so zero may be the best or the
/// worst of them. The mean moves with them and favors neither side. If `labels` hold all of `own`,
/// the new class is never the most probable one before it has been trained.
pub(crate) fn layer_for(layer: &LinearLayer, own: &[String], labels: &[String]) -> Option<LinearLayer> {
    let known: Vec<Option<usize>> = labels.iter().map(|label| labels::index_of(own, label)).collect();
    let weights = ArrayView2::from_shape((layer.bias.len(), layer.inputs()), &layer.weights);
    let weights = weights.expect("a layer has a row of weights per class");
    known.iter().any(Option::is_some).then(|| LinearLayer {
        weights: known.iter().flat_map(|class| row(weights, *class)).collect(),
        bias: known
            .iter()
            .map(|class| class.map_or_else(|| mean(layer.bias.iter()), |class| layer.bias[class]))
            .collect(),
    })
}

/// Returns the weights of `class`, or the mean of all classes' weights.
fn row(weights: ArrayView2<'_, f32>, class: Option<usize>) -> Vec<f32> {
    match class {
        Some(class) => weights.row(class).to_vec(),
        None => weights.columns().into_iter().map(|column| mean(column.iter())).collect(),
    }
}

fn mean<'a>(values: impl ExactSizeIterator<Item = &'a f32>) -> f32 {
    let count = values.len() as f32;
    values.sum::<f32>() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::{Clip, Head, HeadKind};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn layer() -> LinearLayer {
        LinearLayer { weights: vec![1.0, 2.0, 3.0, 4.0, 8.0, -6.0], bias: vec![0.3, 0.6, -0.6] }
    }

    #[test]
    fn known_classes_keep_their_rows_and_others_get_the_mean() {
        let own = names(&["neutral", "happy", "anger"]);
        assert_eq!(layer_for(&layer(), &own, &own), Some(layer()));
        let found = layer_for(&layer(), &own, &names(&["Angry", "calm", "neutral"])).unwrap();
        assert_eq!(found.weights, [8.0, -6.0, 4.0, 0.0, 1.0, 2.0]);
        for (got, want) in found.bias.iter().zip([-0.6, 0.1, 0.3]) {
            assert!((got - want).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn a_list_without_a_known_class_has_no_layer() {
        assert_eq!(layer_for(&layer(), &names(&["a", "b", "c"]), &names(&["engaged", "away"])), None);
    }

    #[test]
    fn a_new_class_beside_all_known_ones_is_never_the_likeliest() {
        let own = names(&["neutral", "happy", "anger"]);
        let labels = names(&["neutral", "calm", "happy", "anger"]);
        let layer = layer_for(&layer(), &own, &labels).unwrap();
        for kind in HeadKind::ALL {
            let head = Head::fresh(labels.clone(), 3, kind.body(), Some(&layer), 1.0).unwrap();
            for frame in [[1.0, 0.0, 0.0], [-1.0, 0.5, 0.0], [0.0, 0.0, 1.0], [-3.0, -2.0, 0.0]] {
                let clip = Clip::from_frames(&[frame]).unwrap();
                assert_ne!(head.classify(&clip).unwrap(), 1, "{kind:?} {frame:?}");
            }
        }
    }
}
