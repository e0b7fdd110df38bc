//! The grammar of palisade's attributes, the model of an endpoint with all of its checks, and the
//! rules for the code of handlers.
//!
//! The macros and the command line tool share this crate, so that what the compiler refuses and
//! what the tool reports are the same. The grammar and the model read tokens and return data: no
//! input, no output, no dependency on Actix.
//!
//! The rules judge code: [`analyse_item`] one function, as a macro sees it; [`Crate`] and
//! [`analyse`] files, folders and whole crates; [`enforce`] the crate that is being built.

pub mod attribute;
mod denial;
pub mod diagnostic;
mod documentation;
pub mod endpoint;
mod enforce;
mod finding;
mod handler;
pub mod input;
pub mod inventory;
mod item;
mod krate;
pub mod literal;
mod page;
mod rules;
pub mod scope;
pub mod settings;
mod suppress;
mod taint;

pub use denial::denials;
pub use diagnostic::{Code, Diagnostic, Diagnostics};
pub use documentation::documentation;
pub use endpoint::Endpoint;
pub use enforce::enforce;
pub use finding::{Finding, Fix, Level, Place, Step};
pub use handler::Handler;
pub use item::{Context, ItemFinding, analyse_item};
pub use krate::{
    Crate, LoadError, Options, Report, analyse, expand_own, is_test_only, tree, unfolded,
};
pub use rules::macro_internals::{Crates, Internal, internals};
pub use rules::{ALL as RULES, Rule, RuleScope, explain, find as find_rule};
pub use suppress::{Suppression, strip, suppressions};
