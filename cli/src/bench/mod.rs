pub mod frame;
pub mod layers;
pub mod networks;
pub mod stages;
pub mod stream;
pub mod timeline;
pub mod training;
