//! Numbers that are processed together.

/// Channels of a plane, processed together.
pub(super) const LANES: usize = 8;

/// Eight channels of a pixel.
pub(crate) type Lanes<N> = [N; LANES];

/// Planes of outputs of a panel: their sums are in registers at once.
pub(super) const PANEL: usize = 2;

/// The weights of eight inputs for the outputs of a panel.
pub(crate) type Panel<N> = [[Lanes<N>; PANEL]; LANES];

/// The sums of a panel's outputs of a pixel.
pub(crate) type Sums<N> = [Lanes<N>; PANEL];

/// Taps of a line of a convolution of 3 x 3 pixels.
pub(super) const TAPS: usize = 3;
