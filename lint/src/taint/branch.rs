//! Branches: `if`, `match`, and the known facts in each.

use super::cond::{Cond, Fact};
use super::state::State;
use super::value::{Marks, Value};
use super::walk::Walker;

impl Walker<'_> {
    /// Runs `body` as a branch that is taken when `facts` hold; gives the value and the state at its end.
    pub(crate) fn branch<T>(
        &mut self,
        start: &State,
        facts: &[Fact],
        body: impl FnOnce(&mut Self) -> T,
    ) -> (T, State) {
        self.state = start.clone();
        self.state.learn(facts);
        self.branches = self.branches.saturating_add(1);
        let value = self.scoped(body);
        self.branches = self.branches.saturating_sub(1);
        (value, std::mem::take(&mut self.state))
    }

    /// A value that there is only where a condition holds, so that what is known there is known of it.
    pub(super) fn learned(&self, mut value: Value, cond: &Cond) -> Value {
        if cond.is_empty() {
            return value;
        }
        for fact in &cond.when_true {
            if let super::cond::Target::Origin(origin) = &fact.target {
                super::state::clean_origin(&mut value, origin, fact.clean);
            }
        }
        value.with_cond(Some(cond.clone()))
    }

    pub(super) fn if_else(&mut self, branch: &syn::ExprIf) -> Value {
        let depth = self.state.slots.len();
        let cond = self.expr(&branch.cond);
        let facts = self.true_and_false(&cond);
        // What `if let` has bound is there in the first branch only.
        let start = self.state.clone();
        self.state.learn(&facts.when_true);
        self.branches = self.branches.saturating_add(1);
        let mut then = self.block(&branch.then_branch);
        self.branches = self.branches.saturating_sub(1);
        self.state.truncate(depth);
        let then_state = std::mem::take(&mut self.state);
        let mut start = start;
        start.truncate(depth);
        let (other, other_state) =
            self.branch(&start, &facts.when_false, |w| match &branch.else_branch {
                Some((_, other)) => w.expr(other),
                None => Value::constant(),
            });
        let value = match (then_state.dead, other_state.dead) {
            (true, _) => other,
            (_, true) => then,
            _ => {
                let cond = joined_cond(&facts, &then, &other);
                then.cond = None;
                then.join(&other).with_cond(cond)
            }
        };
        self.state = then_state;
        self.state.join(other_state);
        value
    }

    pub(super) fn let_condition(&mut self, condition: &syn::ExprLet) -> Value {
        let value = self.expr(&condition.expr);
        let cond = self.pattern_facts(&condition.pat, &condition.expr, &value);
        // Bound into the scope that is open: the branch behind the condition sees it.
        self.state_then_bind(condition, &value, &cond);
        Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
    }

    pub(super) fn state_then_bind(&mut self, condition: &syn::ExprLet, value: &Value, cond: &Cond) {
        let mut known = self.state.clone();
        known.learn(&cond.when_true);
        let mut bound = value.clone();
        known.refresh(&mut bound);
        self.bind_pattern(&condition.pat, &bound, Some(&condition.expr));
    }

    pub(super) fn choose(&mut self, choice: &syn::ExprMatch) -> Value {
        let subject = self.expr(&choice.expr);
        let start = self.state.clone();
        let depth = start.slots.len();
        let mut end = State { dead: true, ..Default::default() };
        let mut value: Option<Value> = None;
        let mut so_far = Cond::default();
        let mut cond_parts: Option<(Vec<Fact>, Vec<Fact>)> = None;
        for arm in &choice.arms {
            let facts = self.pattern_facts(&arm.pat, &choice.expr, &subject);
            self.state = start.clone();
            self.state.learn(&so_far.when_false);
            self.state.learn(&facts.when_true);
            let bound = self.as_known_here(&choice.expr, self.refreshed(subject.clone()));
            self.bind_pattern(&arm.pat, &bound, Some(&choice.expr));
            if let syn::Pat::Guard(guard) = &arm.pat {
                let cond = self.expr(&guard.guard);
                let cond = self.true_and_false(&cond);
                self.state.learn(&cond.when_true);
            } else {
                so_far.when_false = super::cond::union(&so_far.when_false, &facts.when_false);
            }
            self.branches = self.branches.saturating_add(1);
            let mut result = self.expr(&arm.body);
            self.branches = self.branches.saturating_sub(1);
            self.state.truncate(depth);
            let state = std::mem::take(&mut self.state);
            if !state.dead {
                let own = self.arm_cond(&result, &facts);
                cond_parts = Some(match cond_parts {
                    Some((t, f)) => (
                        own.0.map_or(t.clone(), |o| super::cond::intersection(&t, &o)),
                        own.1.map_or(f.clone(), |o| super::cond::intersection(&f, &o)),
                    ),
                    None => (own.0.unwrap_or_default(), own.1.unwrap_or_default()),
                });
                result.cond = None;
                value = Some(match value {
                    Some(known) => known.join(&result),
                    None => result,
                });
            }
            end.join(state);
        }
        self.state = end;
        let cond = cond_parts.map(|(when_true, when_false)| Cond { when_true, when_false });
        value.unwrap_or_default().with_cond(cond.filter(|c| !c.is_empty()))
    }

    /// A value with what has been learnt since of the place that it was read from.
    fn as_known_here(&self, expr: &syn::Expr, mut value: Value) -> Value {
        let Some((slot, path)) = self.place(expr) else { return value };
        let Some(mut held) = self.state.slot(slot).map(|slot| slot.value.clone()) else {
            return value;
        };
        for name in &path {
            held = held.field(name);
        }
        value.map_taints(&mut |taint| {
            if let Some(known) = held.taints.iter().find(|t| t.origin == taint.origin) {
                taint.safe = taint.safe.or(known.safe);
            }
        });
        if !held.is_tainted() && value.is_tainted() {
            value = value.cleaned(super::class::Class::ALL);
        }
        value
    }

    /// What is known when an arm gives true, and when false; `None` when it cannot.
    pub(super) fn arm_cond(
        &self,
        value: &Value,
        facts: &Cond,
    ) -> (Option<Vec<Fact>>, Option<Vec<Fact>>) {
        let own = self.true_and_false(value);
        let t = (!value.marks.has(Marks::FALSE))
            .then(|| super::cond::union(&own.when_true, &facts.when_true));
        let f = (!value.marks.has(Marks::TRUE))
            .then(|| super::cond::union(&own.when_false, &facts.when_true));
        (t, f)
    }
}

pub(super) fn joined_cond(facts: &Cond, then: &Value, other: &Value) -> Option<Cond> {
    let none = Cond::default();
    let (a, b) = (then.cond.as_deref().unwrap_or(&none), other.cond.as_deref().unwrap_or(&none));
    use super::cond::{intersection, union};
    let then_true = (!then.marks.has(Marks::FALSE)).then(|| union(&facts.when_true, &a.when_true));
    let then_false = (!then.marks.has(Marks::TRUE)).then(|| union(&facts.when_true, &a.when_false));
    let else_true =
        (!other.marks.has(Marks::FALSE)).then(|| union(&facts.when_false, &b.when_true));
    let else_false =
        (!other.marks.has(Marks::TRUE)).then(|| union(&facts.when_false, &b.when_false));
    let meet = |x: Option<Vec<_>>, y: Option<Vec<_>>| match (x, y) {
        (Some(x), Some(y)) => intersection(&x, &y),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Vec::new(),
    };
    let cond =
        Cond { when_true: meet(then_true, else_true), when_false: meet(then_false, else_false) };
    (!cond.is_empty()).then_some(cond)
}
