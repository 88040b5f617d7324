//! The axis of shares, which several plots have.

use super::{Anchor, Area, Color, Scene, Stroke, Text};

/// Color of what stands back behind the data.
pub const SOFT: Color = Color::new(90, 90, 90);
/// Color of lines behind the data.
pub const GRID: Color = Color::new(222, 222, 222);

/// A vertical axis of shares from `low` to `high` along `plot`.
#[derive(Clone, Copy)]
pub struct ShareAxis {
    /// The area of the data.
    pub plot: Area,
    /// Share at the bottom.
    pub low: f64,
    /// Share at the top.
    pub high: f64,
}

impl ShareAxis {
    /// Returns the y coordinate of a share.
    #[must_use]
    pub fn y(&self, share: f64) -> f32 {
        self.plot.bottom() - self.plot.height * ((share - self.low) / (self.high - self.low)) as f32
    }

    /// Draws a line at every round share, with its value in percent at the left in the font size `size`.
    pub fn draw(&self, scene: &mut Scene, size: f32) {
        for share in self.lines(size) {
            let y = self.y(share);
            scene.line([(self.plot.x, y), (self.plot.right(), y)], Stroke::solid(GRID, 1.0));
            let label = Text::new(format!("{:.0} %", 100.0 * share), (self.plot.x - 0.5 * size, y), size);
            scene.text(label.color(SOFT).anchor(Anchor::Right));
        }
        let corners = [(self.plot.x, self.plot.y), (self.plot.x, self.plot.bottom())];
        scene.line([corners[0], corners[1], (self.plot.right(), self.plot.bottom())], Stroke::solid(SOFT, 1.0));
    }

    /// Returns the shares with a line: tenths, quarters or halves, so that their texts do not touch.
    fn lines(&self, size: f32) -> Vec<f64> {
        let room = f64::from(self.plot.height) / (self.high - self.low) / (1.6 * f64::from(size));
        let parts = [10_u32, 4, 2].into_iter().find(|&parts| f64::from(parts) <= room).unwrap_or(1);
        let shares = (0..=parts).map(|part| f64::from(part) / f64::from(parts));
        shares.filter(|share| (self.low..=self.high).contains(share)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lie_within_the_range_and_apart() {
        let axis = |low, high, height| ShareAxis { plot: Area::new(0.0, 20.0, 100.0, height), low, high };
        assert_eq!(axis(0.75, 1.03, 280.0).lines(14.0), [0.8, 0.9, 1.0]);
        assert_eq!((axis(0.75, 1.03, 280.0).y(0.75), axis(0.75, 1.03, 280.0).y(1.03)), (300.0, 20.0));
        assert_eq!(axis(0.0, 1.0, 100.0).lines(14.0), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(axis(0.0, 1.0, 30.0).lines(14.0), [0.0, 1.0]);
    }
}
