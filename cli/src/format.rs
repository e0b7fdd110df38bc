//! How findings are printed.

use clap::ValueEnum;

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Excerpts of the source, as the compiler prints them.
    Human,
    /// One JSON object a line.
    Json,
    /// SARIF 2.1.0, one document.
    Sarif,
}
