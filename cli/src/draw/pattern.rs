//! Patterns for the reasons why speech is not used, so that nobody depends on colors.

use mien_eval::drawing::axis::SOFT;
use mien_eval::drawing::{Area, Color, Scene, Stroke};

use crate::session::Unused;

/// Distance of the lines of a pattern in pixels.
const STEP: f32 = 7.0;
/// Color behind the lines.
const BACK: Color = Color::new(250, 250, 250);

/// Fills `area` with the pattern of a reason.
pub fn fill(scene: &mut Scene, area: Area, unused: Unused) {
    scene.block(area, BACK);
    match unused {
        Unused::Doubtful => slanted(scene, area, 1.0),
        Unused::NoFace => slanted(scene, area, -1.0),
        Unused::SeveralFaces => [1.0, -1.0].into_iter().for_each(|slope| slanted(scene, area, slope)),
        Unused::MouthStill => upright(scene, area),
        Unused::NoHead => dotted(scene, area),
    }
}

fn stroke() -> Stroke {
    Stroke::solid(SOFT, 1.2)
}

/// Returns the multiples of [`STEP`] between two coordinates, so that patterns of neighbors fit.
fn steps(from: f32, to: f32) -> impl Iterator<Item = f32> {
    ((from / STEP).ceil() as i32..=(to / STEP).floor() as i32).map(|step| STEP * step as f32)
}

/// Draws the lines y = c - slope x within `area`.
fn slanted(scene: &mut Scene, area: Area, slope: f32) {
    let sums = [area.x, area.right()].map(|x| [area.y, area.bottom()].map(|y| y + slope * x));
    let all = sums.as_flattened();
    let (low, high) = (all.iter().copied().fold(f32::MAX, f32::min), all.iter().copied().fold(f32::MIN, f32::max));
    for sum in steps(low, high) {
        let x = |y: f32| (sum - y) * slope;
        let ends = [x(area.y), x(area.bottom())];
        let from = ends[0].min(ends[1]).max(area.x);
        let to = ends[0].max(ends[1]).min(area.right());
        if to > from {
            scene.line([(from, sum - slope * from), (to, sum - slope * to)], stroke());
        }
    }
}

fn upright(scene: &mut Scene, area: Area) {
    steps(area.x, area.right()).for_each(|x| scene.line([(x, area.y), (x, area.bottom())], stroke()));
}

fn dotted(scene: &mut Scene, area: Area) {
    for x in steps(area.x + 1.5, area.right() - 1.5) {
        steps(area.y + 1.5, area.bottom() - 1.5).for_each(|y| scene.dot((x, y), 1.3, SOFT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_differ() {
        let area = Area::new(101.5, 40.0, 33.0, 61.0);
        let drawn = Unused::ALL.map(|unused| {
            let mut scene = Scene::default();
            fill(&mut scene, area, unused);
            format!("{scene:?}")
        });
        for (index, one) in drawn.iter().enumerate() {
            assert!(drawn[..index].iter().all(|other| other != one), "{one}");
            assert!(one.matches("Line").count() + one.matches("Dot").count() > 3, "{one}");
        }
    }
}
