//! What a function does with its parameters, so that its callers need not look inside.

use std::rc::Rc;

use proc_macro2::Span;

use super::class::Class;
use super::value::{FileId, Link, Value};
use crate::rules::Rule;

/// A parameter that reaches a sink.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) rule: &'static Rule,
    pub(crate) class: Class,
    pub(crate) param: u16,
    /// The field of the parameter, as `.name`.
    pub(crate) path: Rc<str>,
    pub(crate) file: FileId,
    pub(crate) span: Span,
    pub(crate) message: Rc<str>,
    pub(crate) help: Rc<str>,
    pub(crate) link: Rc<Link>,
    pub(crate) level: crate::finding::Level,
}

/// The sum of one function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    /// What it returns; taints of parameters stand for the arguments.
    pub(crate) ret: Value,
    pub(crate) flows: Vec<Flow>,
    /// What is known of arguments when it returns `true`, `Some` or `Ok`.
    pub(crate) when_true: Vec<(u16, Class)>,
    /// What is known of arguments when it returns otherwise.
    pub(crate) when_false: Vec<(u16, Class)>,
    /// What stands in the parameters that it changes.
    pub(crate) outs: Vec<(u16, Value)>,
}

impl Summary {
    /// Whether a caller would see a difference.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.ret == other.ret
            && self.when_true == other.when_true
            && self.when_false == other.when_false
            && self.outs == other.outs
            && self.flows.len() == other.flows.len()
    }
}
