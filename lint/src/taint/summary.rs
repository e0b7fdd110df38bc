//! The effects of a function on its parameters, so that its body is analysed once and not for each
//! caller.

use std::rc::Rc;

use proc_macro2::Span;
use syn::Expr;

use super::class::Class;
use super::value::{FileId, Link, Note, Part, SourceKind, Taint, Value, add};
use super::walk::Walker;
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
    /// What it returns; taints of parameters represent those of the arguments.
    pub(crate) ret: Value,
    pub(crate) flows: Vec<Flow>,
    /// What is known of arguments when it returns `true`, `Some` or `Ok`.
    pub(crate) when_true: Vec<(u16, Class)>,
    /// What is known of arguments when it returns otherwise.
    pub(crate) when_false: Vec<(u16, Class)>,
    /// The values of the parameters that it changes.
    pub(crate) outs: Vec<(u16, Value)>,
    /// The functions among its parameters that it calls, and with what.
    pub(crate) calls: Vec<HandedOver>,
}

/// A call of something that the caller handed over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HandedOver {
    pub(crate) param: u16,
    /// The field of the parameter, as `.name`.
    pub(crate) path: Rc<str>,
    pub(crate) args: Vec<Value>,
}

impl Summary {
    /// Notes that a parameter, or a field of one, is called.
    pub(crate) fn note_call(&mut self, function: &Value, args: &[Value]) {
        for taint in &function.taints {
            if let SourceKind::Param(param) = taint.origin.kind
                && taint.part == Part::Whole
                && self.calls.len() < 16
            {
                let args =
                    args.iter().map(|arg| Value { cond: None, ..arg.clone().pruned(2) }).collect();
                let call = HandedOver { param, path: Rc::clone(&taint.origin.path), args };
                if !self.calls.contains(&call) {
                    self.calls.push(call);
                }
            }
        }
    }

    /// Whether a caller would see a difference.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.ret == other.ret
            && self.when_true == other.when_true
            && self.when_false == other.when_false
            && self.outs == other.outs
            && self.calls == other.calls
            && self.flows.len() == other.flows.len()
    }
}

impl Walker<'_> {
    pub(super) fn apply(
        &mut self,
        summary: &Summary,
        span: Span,
        name: &str,
        exprs: &[&Expr],
        args: &[Value],
    ) -> Value {
        for flow in &summary.flows {
            let Some(arg) = args.get(usize::from(flow.param)) else { continue };
            if arg.is_tainted() {
                let part = descend(arg, &flow.path);
                self.passed(flow, &part, span, name);
            }
        }
        let note: Rc<str> = Rc::from(name);
        let value = self.substitute(&summary.ret, args, span, &note);
        for (param, out) in &summary.outs {
            let at = usize::from(*param);
            let (Some(expr), Some(arg)) = (exprs.get(at), args.get(at)) else { continue };
            let new = self.substitute(out, args, span, &note);
            if new != *arg {
                let parts = |new: Value, value: &mut Value| {
                    // Parts that are not distinguished may be anywhere in it.
                    let whole = Value { fields: None, ..new.clone() };
                    if whole.taints != value.taints {
                        value.absorb(&whole);
                    }
                    for (name, part) in new.fields.iter().flat_map(|fields| &fields.0) {
                        value.set_field(&[Rc::clone(name)], part.clone());
                    }
                };
                self.mix(expr, |value| parts(new, value));
            }
        }
        for call in &summary.calls {
            let Some(arg) = args.get(usize::from(call.param)) else { continue };
            let function = descend(arg, &call.path);
            if function.closure.is_some() || function.function.is_some() {
                let args: Vec<Value> =
                    call.args.iter().map(|arg| self.substitute(arg, args, span, &note)).collect();
                self.call_value(&function, span, &[], &args);
            } else {
                let args: Vec<Value> =
                    call.args.iter().map(|arg| self.substitute(arg, args, span, &note)).collect();
                self.summary.note_call(&function, &args);
            }
        }
        let about = |known: &[(u16, Class)]| {
            known
                .iter()
                .filter_map(|(param, class)| {
                    let at = usize::from(*param);
                    Some(self.facts(exprs.get(at)?, args.get(at)?, *class))
                })
                .flatten()
                .collect::<Vec<_>>()
        };
        let cond = super::cond::Cond {
            when_true: about(&summary.when_true),
            when_false: about(&summary.when_false),
        };
        value.with_cond((!cond.is_empty()).then_some(cond))
    }

    /// A value of a summary, with the arguments substituted for the parameters.
    pub(super) fn substitute(
        &self,
        value: &Value,
        args: &[Value],
        span: Span,
        name: &Rc<str>,
    ) -> Value {
        if value.fields.is_none()
            && let [only] = value.taints.as_slice()
            && let SourceKind::Param(param) = only.origin.kind
            && only.part == Part::Whole
        {
            let arg = args.get(usize::from(param)).cloned().unwrap_or_default();
            let mut part = descend(&arg, &only.origin.path).cleaned(only.safe);
            part.ty = None;
            return part.through(self.scope.file, span, &Note::Returned(Rc::clone(name)));
        }
        if let Some(fields) = &value.fields
            && let [only] = value.taints.as_slice()
            && let SourceKind::Param(param) = only.origin.kind
            && only.part == Part::Whole
            && let Some(arg) = args.get(usize::from(param))
        {
            // A parameter that is handed back with some of its parts changed.
            let mut part = descend(arg, &only.origin.path).cleaned(only.safe);
            for (field, own) in &fields.0 {
                let own = self.substitute(own, args, span, name);
                part.set_field(&[Rc::clone(field)], own);
            }
            return part;
        }
        let mut new = Value {
            text: value.text.clone(),
            marks: value.marks,
            ty: value.ty.clone(),
            secret: value.secret.clone(),
            ..Value::default()
        };
        for taint in &value.taints {
            match taint.origin.kind {
                SourceKind::Param(param) => {
                    let Some(arg) = args.get(usize::from(param)) else { continue };
                    for own in descend(arg, &taint.origin.path).all_taints() {
                        let safe = own.safe.or(taint.safe);
                        let link = Link {
                            file: self.scope.file,
                            span,
                            note: Note::Returned(Rc::clone(name)),
                            before: Some(Rc::clone(&own.link)),
                        };
                        let part = if taint.part == Part::Host && own.part == Part::Whole {
                            Part::Host
                        } else {
                            Part::Derived
                        };
                        add(&mut new.taints, Taint { safe, part, link: Rc::new(link), ..own });
                    }
                }
                SourceKind::Request
                | SourceKind::UploadName
                | SourceKind::Referer
                | SourceKind::Host
                | SourceKind::Assumed
                | SourceKind::Ambient => add(&mut new.taints, taint.clone()),
            }
        }
        if let Some(fields) = &value.fields {
            let parts = fields
                .0
                .iter()
                .map(|(field, part)| (Rc::clone(field), self.substitute(part, args, span, name)));
            new.fields = Value::of_parts(parts).fields;
        }
        new
    }
}

/// The part of a value that a path as `.a.b` leads to.
pub(crate) fn descend(value: &Value, path: &str) -> Value {
    let mut part = value.clone();
    for name in path.split('.').filter(|name| !name.is_empty()) {
        part = part.field(name);
    }
    part
}
