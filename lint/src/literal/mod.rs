//! The literals in attributes: rates, sizes, times, scopes, paths, header values.
//!
//! Each reader takes the text alone and returns its meaning or what is wrong with it; the caller
//! adds its place in the source.

mod amount;
mod ban;
mod cache;
mod duration;
mod field;
mod max_age;
mod name;
mod policy;
mod rate;
mod scope;
mod size;
mod template;
mod window;

use crate::diagnostic::Code;

pub use ban::ban;
pub use cache::cache_control;
pub use duration::{LONGEST_DEADLINE, deadline};
pub use field::{body_field, form_field};
pub use max_age::max_age;
pub use name::{header_name, limit_name};
pub use policy::{CspText, PermissionsText, csp, csp_report_only, permissions};
pub use rate::{Rate, byte_burst, rate};
pub use scope::{scope, scope_token};
pub use size::{body_size, file_size};
pub use template::template;

/// What is wrong with a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Which mistake.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Flaw {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
