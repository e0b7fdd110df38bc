//! Loops: analysed until the state does not change.

use super::state::State;
use super::value::Value;
use super::walk::Walker;

/// A loop that still changes after so many rounds is taken as it is.
const MAX_ROUNDS: usize = 4;

impl Walker<'_> {
    /// Runs `body` until the state at its start no longer changes. `body` says whether it may be left
    /// without a `break`.
    pub(crate) fn repeat(
        &mut self,
        label: Option<&syn::Label>,
        ends: bool,
        mut body: impl FnMut(&mut Self),
    ) -> Value {
        let depth = self.state.slots.len();
        let mut head = self.state.clone();
        let mut after = State { dead: true, ..State::default() };
        let mut broken = Value::default();
        for _ in 0..MAX_ROUNDS {
            self.loops.push(Loop {
                label: label.map(|l| l.name.ident.to_string()),
                depth,
                breaks: State { dead: true, ..State::default() },
                broken: Value::default(),
                continues: State { dead: true, ..State::default() },
            });
            self.state = head.clone();
            body(self);
            self.state.truncate(depth);
            let Some(frame) = self.loops.pop() else { break };
            let mut end = std::mem::take(&mut self.state);
            end.join(frame.continues);
            after = frame.breaks;
            broken = frame.broken;
            let mut next = head.clone();
            next.join(end);
            let stable = next.same(&head);
            head = next;
            if stable {
                break;
            }
        }
        if ends {
            head.join(after);
            self.state = head;
        } else {
            self.state = after;
        }
        broken
    }

    pub(crate) fn exit_loop(&mut self, label: Option<&syn::Lifetime>, value: Option<Value>) {
        let name = label.map(|l| l.ident.to_string());
        let frame = self.loops.iter_mut().rev().find(|l| name.is_none() || l.label == name);
        if let Some(frame) = frame {
            let mut state = self.state.clone();
            state.truncate(frame.depth);
            frame.breaks.join(state);
            if let Some(value) = value {
                frame.broken = std::mem::take(&mut frame.broken).join(&value);
            }
        }
        self.state.dead = true;
    }

    pub(crate) fn next_round(&mut self, label: Option<&syn::Lifetime>) {
        let name = label.map(|l| l.ident.to_string());
        let frame = self.loops.iter_mut().rev().find(|l| name.is_none() || l.label == name);
        if let Some(frame) = frame {
            let mut state = self.state.clone();
            state.truncate(frame.depth);
            frame.continues.join(state);
        }
        self.state.dead = true;
    }

    pub(super) fn labelled(&mut self, block: &syn::ExprBlock) -> Value {
        if block.label.is_none() {
            return self.block(&block.block);
        }
        // `'a: { .. break 'a value .. }` is a loop of one round.
        let mut end = Value::default();
        let broken = self.repeat(block.label.as_ref(), true, |w| end = w.block(&block.block));
        end.join(&broken)
    }

    pub(super) fn for_loop(&mut self, each: &syn::ExprForLoop) -> Value {
        let over = self.expr(&each.expr);
        let element = self.element(&over);
        self.repeat(each.label.as_ref(), true, |w| {
            w.scoped(|w| {
                w.bind_pattern(&each.pat, &element, None);
                w.block(&each.body);
            });
        });
        Value::constant()
    }

    pub(super) fn while_loop(&mut self, repeat: &syn::ExprWhile) -> Value {
        self.repeat(repeat.label.as_ref(), true, |w| {
            w.scoped(|w| {
                let cond = w.expr(&repeat.cond);
                let facts = w.true_and_false(&cond);
                w.state.learn(&facts.when_true);
                w.block(&repeat.body);
            });
        });
        Value::constant()
    }
}

/// A loop that is being walked.
pub(super) struct Loop {
    pub(super) label: Option<String>,
    pub(super) depth: usize,
    pub(super) breaks: State,
    pub(super) broken: Value,
    pub(super) continues: State,
}
