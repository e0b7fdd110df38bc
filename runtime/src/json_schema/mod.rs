//! Schemas of inputs and answers, for the OpenAPI document.

mod answer;
pub(crate) mod pattern;
mod rule;
mod schemas;

pub(crate) use answer::Head;
pub use answer::{Answer, Description};
pub use rule::{InputNumber, InputRule};
pub(crate) use schemas::MakeSchema;
pub use schemas::Schemas;
