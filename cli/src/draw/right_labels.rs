//! Labels at the right ends of lines, moved apart where they would touch.

use mien_eval::drawing::{Area, Scene, Stroke, Text};

/// A label that belongs to a height.
pub struct RightLabel {
    /// What is written.
    pub text: String,
    /// The height of what it names.
    pub y: f32,
    /// The line to it.
    pub look: Stroke,
}

/// Draws `labels` from `x` on within the heights of `plot`, each with a sample of its line that starts at its height.
pub fn draw(scene: &mut Scene, labels: &[RightLabel], plot: &Area, (x, width): (f32, f32), size: f32) {
    let places = apart(&labels.iter().map(|label| label.y).collect::<Vec<_>>(), 1.3 * size, (plot.y, plot.bottom()));
    for (label, y) in labels.iter().zip(places) {
        let (bend, end) = (x + 0.8 * size, x + 3.4 * size);
        scene.line([(x, label.y), (bend, y)], Stroke::solid(label.look.color, 1.0));
        scene.line([(bend, y), (end, y)], label.look);
        scene.text(Text::new(&label.text, (end + 0.4 * size, y), size).within(width - 3.8 * size));
    }
}

/// Moves `heights` at least `step` apart, between two heights where they fit, and as little as it takes.
fn apart(heights: &[f32], step: f32, (top, bottom): (f32, f32)) -> Vec<f32> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|&a, &b| heights[a].total_cmp(&heights[b]));
    // Groups of labels that touch: the sum of the heights that their first label would have, and their number.
    let mut groups: Vec<(f32, usize)> = Vec::new();
    let first = |(sum, count): (f32, usize)| {
        let room = (bottom - step * (count - 1) as f32).max(top);
        (sum / count as f32).min(room).max(top)
    };
    for &place in &order {
        groups.push((heights[place], 1));
        while let [.., one, two] = groups[..] {
            if first(one) + step * one.1 as f32 <= first(two) {
                break;
            }
            groups.truncate(groups.len() - 2);
            groups.push((one.0 + two.0 - step * (one.1 * two.1) as f32, one.1 + two.1));
        }
    }
    let moved = groups.iter().flat_map(|&group| (0..group.1).map(move |row| first(group) + step * row as f32));
    let mut places = vec![0.0; heights.len()];
    order.into_iter().zip(moved).for_each(|(place, y)| places[place] = y);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_apart_and_stay_within() {
        let all = (0.0, 100.0);
        assert_eq!(apart(&[50.0, 10.0], 10.0, all), [50.0, 10.0]);
        assert_eq!(apart(&[50.0, 50.0], 10.0, all), [45.0, 55.0]);
        assert_eq!(apart(&[100.0, 100.0, 99.0], 10.0, all), [90.0, 100.0, 80.0]);
        assert_eq!(apart(&[0.0, 3.0, 60.0], 10.0, all), [0.0, 10.0, 60.0]);
        for heights in [vec![0.0; 8], vec![100.0; 8], (0..9).map(|at| 3.0 * at as f32).collect()] {
            let mut places = apart(&heights, 11.0, all);
            places.sort_by(f32::total_cmp);
            assert!(places.windows(2).all(|two| two[1] - two[0] >= 10.99), "{places:?}");
            assert!(places[0] >= 0.0 && places[places.len() - 1] <= 100.0, "{places:?}");
        }
    }
}
