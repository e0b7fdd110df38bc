//! Elements: the arguments of closures for iterators, and the facts that they prove.

use syn::{Expr, ExprMethodCall};

use super::class::Class;
use super::value::{Marks, Value};
use super::walk::Walker;
use crate::krate::ty::Ty;

impl Walker<'_> {
    /// What a closure given to a method is called with.
    pub(super) fn closure_params(
        &mut self,
        name: &str,
        recv: &Value,
        count: usize,
        first: Option<&Value>,
    ) -> Vec<Value> {
        if matches!(
            name,
            "unwrap_or_else"
                | "map_err"
                | "or_else"
                | "ok_or_else"
                | "with_context"
                | "get_or_insert_with"
                | "or_insert_with"
                | "inspect_err"
                | "service"
                | "app_data"
                | "configure"
                | "default_service"
                | "wrap_fn"
                | "to"
                | "route"
        ) {
            return Vec::new();
        }
        let element = self.handed_over(name, recv);
        match name {
            "fold" | "try_fold" | "scan" => vec![first.cloned().unwrap_or_default(), element],
            _ => (0..count).map(|_| element.clone()).collect(),
        }
    }

    pub(super) fn handed_over(&self, name: &str, recv: &Value) -> Value {
        let list = recv.ty.as_ref().is_some_and(|t| t.element().is_some())
            || recv.fields.is_some()
            || recv.marks.has(Marks::CHARS);
        if list && !matches!(name, "then" | "is_some_and" | "is_ok_and") {
            self.element(recv)
        } else {
            super::pattern::unwrapped(recv)
        }
    }

    /// `filter(|x| ..)`: what comes out has passed the check.
    pub(super) fn filtered(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        recv: &Value,
        answer: &Value,
    ) -> Value {
        let cond = self.true_and_false(answer);
        let mut value = recv.clone();
        if name != "inspect" && name != "skip_while" {
            let mut class = Class::NONE;
            for fact in &cond.when_true {
                if let super::cond::Target::Origin(origin) = &fact.target
                    && recv.taints.iter().any(|t| t.origin == *origin)
                {
                    class = class.or(fact.clean);
                }
            }
            // The element itself is a variable of the closure and gone by now; ask again with it at hand.
            if class.is_none()
                && let Some(Expr::Closure(closure)) = call.args.first()
            {
                class = self.closure_proves(closure, recv);
            }
            if recv.marks.has(Marks::CHARS)
                && let Some(test) = call.args.first()
            {
                class = class.or(super::chars::proven(test));
            }
            value = value.cleaned(class);
            if name == "retain" {
                let cleaned = value.clone();
                self.mix(&call.receiver, |v| *v = cleaned);
            }
        } else if name == "find" {
            value = self.element(&value);
        }
        value
    }

    /// The dangers that elements are clean of for which a closure says true.
    pub(super) fn closure_proves(&mut self, closure: &syn::ExprClosure, recv: &Value) -> Class {
        let element = self.handed_over("filter", recv);
        let mut proven = Class::NONE;
        let before = self.state.clone();
        self.enclosed(|w| {
            let first = w.state.slots.len();
            for pat in &closure.inputs {
                w.bind_pattern(pat, &element, None);
            }
            let answer = w.expr(&closure.body);
            for fact in w.true_and_false(&answer).when_true {
                if matches!(fact.target, super::cond::Target::Place { slot, .. } if slot >= first) {
                    proven = proven.or(fact.clean);
                }
            }
            Value::unknown()
        });
        self.state = before;
        proven
    }

    /// An element of a collection, one as good as another.
    pub(crate) fn element(&self, whole: &Value) -> Value {
        if let Some(each) = whole.each() {
            return each.clone();
        }
        let ty = whole.ty.as_ref().and_then(Ty::element);
        let mut element = Value {
            taints: whole.taints.clone(),
            marks: whole.marks.without(Marks::LITERAL_BYTES),
            ..Value::default()
        };
        for taint in &mut element.taints {
            taint.part = super::value::Part::Derived;
        }
        if let Some(fields) = &whole.fields {
            let mut all = fields.0.values();
            if let Some(first) = all.next() {
                let joined = all.fold(first.clone(), Value::join);
                element = if element.taints.is_empty() { joined } else { element.join(&joined) };
            }
        }
        match ty {
            Some(ty) => self.typed_as(element, &ty),
            None => element,
        }
    }
}

/// The elements of a list that is in sight, in their order.
pub(crate) fn ordered(list: &Value) -> Vec<Value> {
    let Some(fields) = &list.fields else { return Vec::new() };
    let mut parts: Vec<(usize, &Value)> =
        fields.0.iter().filter_map(|(at, value)| Some((at.parse().ok()?, value))).collect();
    parts.sort_by_key(|(at, _)| *at);
    parts.into_iter().map(|(_, value)| value.clone()).collect()
}

/// Methods that call the function they are given, with an element or with what is inside.
pub(super) fn calls_what_it_is_given(name: &str) -> bool {
    matches!(
        name,
        "map"
            | "and_then"
            | "filter_map"
            | "flat_map"
            | "map_or"
            | "then"
            | "map_or_else"
            | "for_each"
            | "try_for_each"
            | "for_each_concurrent"
            | "try_for_each_concurrent"
            | "inspect"
            | "inspect_ok"
            | "filter"
            | "find"
            | "find_map"
            | "map_while"
            | "take_while"
            | "any"
            | "all"
            | "is_some_and"
            | "is_ok_and"
            | "map_ok"
            | "fold"
            | "reduce"
            | "retain"
            | "par_iter_for_each"
            | "unwrap_or_else"
    )
}
