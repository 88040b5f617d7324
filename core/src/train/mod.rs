//! Training: the optimizer, fitting a head, adapting it to a user.

pub mod adam;
pub mod adapt;
pub mod blend;
pub mod correct;
pub mod discriminant;
pub mod fit;
pub mod generic;
mod held_out;
pub mod statistics;
