//! The Cholesky factorization of a symmetric, positive definite matrix (Golub & Van Loan, Matrix Computations, section
//! 4.2), in double precision.

/// The triangle L of the factorization L L'.
pub(crate) struct Triangle(Vec<Vec<f64>>);

impl Triangle {
    /// Factors the symmetric matrix with this lower triangle, by rows; `None` if it is not positive definite.
    pub fn of(mut rows: Vec<Vec<f64>>) -> Option<Self> {
        for row in 0..rows.len() {
            let (done, rest) = rows.split_at_mut(row);
            let own = &mut rest[0];
            for (column, other) in done.iter().enumerate() {
                own[column] = (own[column] - product(&own[..column], &other[..column])) / other[column];
            }
            let square = own[row] - product(&own[..row], &own[..row]);
            if square <= 0.0 {
                return None;
            }
            own[row] = square.sqrt();
        }
        Some(Self(rows))
    }

    /// Returns x of L L' x = `right`.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for (place, row) in self.0.iter().enumerate() {
            x[place] = (x[place] - product(&row[..place], &x[..place])) / row[place];
        }
        for (place, row) in self.0.iter().enumerate().rev() {
            x[place] /= row[place];
            let value = x[place];
            x[..place].iter_mut().zip(row).for_each(|(x, weight)| *x -= weight * value);
        }
        x
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangle_solves_the_system() {
        let triangle = Triangle::of(vec![vec![4.0], vec![2.0, 5.0], vec![-2.0, 1.0, 6.0]]).unwrap();
        let x = triangle.solve(&[2.0, 9.0, 9.0]);
        let product =
            [4.0 * x[0] + 2.0 * x[1] - 2.0 * x[2], 2.0 * x[0] + 5.0 * x[1] + x[2], -2.0 * x[0] + x[1] + 6.0 * x[2]];
        assert!(product.iter().zip([2.0, 9.0, 9.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{x:?}");
        assert!(Triangle::of(vec![vec![1.0], vec![2.0, 1.0]]).is_none());
    }
}
