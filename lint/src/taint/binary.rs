//! Operators between two values.

use syn::spanned::Spanned as _;
use syn::{BinOp, Expr};

use super::value::Value;
use super::walk::Walker;
use crate::krate::ty::Ty;
use crate::rules::{Compare, Site};

impl Walker<'_> {
    pub(super) fn binary(&mut self, expr: &Expr) -> Value {
        // `a + b + c + ..` leans to the left, and may be thousands long.
        let mut spine = Vec::new();
        let mut left = expr;
        while let Expr::Binary(binary) = left {
            spine.push(binary);
            left = &binary.left;
        }
        let mut left_expr = left;
        let mut value = self.expr(left);
        for binary in spine.into_iter().rev() {
            value = self.operation(binary, left_expr, value);
            left_expr = &binary.left;
        }
        value
    }

    pub(super) fn operation(
        &mut self,
        binary: &syn::ExprBinary,
        _first: &Expr,
        left: Value,
    ) -> Value {
        match binary.op {
            BinOp::And(_) | BinOp::Or(_) => {
                let is_and = matches!(binary.op, BinOp::And(_));
                let first = self.true_and_false(&left);
                let before = self.state.clone();
                self.state.learn(if is_and { &first.when_true } else { &first.when_false });
                let right = self.expr(&binary.right);
                let second = self.true_and_false(&right);
                // `let` bindings of an `&&` chain stay; the rest of the state is as it was before.
                let mut after = before;
                let bound =
                    self.state.slots.split_off(after.slots.len().min(self.state.slots.len()));
                if self.state.dead {
                    self.state.dead = false;
                }
                after.slots.extend(bound);
                self.state = after;
                let cond = if is_and { first.and(&second) } else { first.or(&second) };
                Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
            }
            BinOp::Eq(_) | BinOp::Ne(_) => {
                let right = self.expr(&binary.right);
                self.ask(&Site::Compare(Compare {
                    left: (&binary.left, &left),
                    right: (&binary.right, &right),
                    span: binary.op.span(),
                }));
                let cond = self.equality((&binary.left, &left), (&binary.right, &right));
                let cond = if matches!(binary.op, BinOp::Eq(_)) { cond } else { cond.not() };
                Value::unknown().with_cond((!cond.is_empty()).then_some(cond))
            }
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                self.expr(&binary.right);
                Value::unknown()
            }
            BinOp::Add(_) => {
                let right = self.expr(&binary.right);
                if left.ty.as_ref().and_then(Ty::holds_text) == Some(false) && !right.is_tainted() {
                    return left;
                }
                self.concat(&[left, right], binary.op.span())
            }
            BinOp::AddAssign(_) => {
                let right = self.expr(&binary.right);
                self.append(&binary.left, &right, binary.op.span());
                Value::constant()
            }
            BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_) => {
                self.expr(&binary.right);
                Value::constant()
            }
            BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::BitXor(_)
            | BinOp::BitAnd(_)
            | BinOp::BitOr(_)
            | BinOp::Shl(_)
            | BinOp::Shr(_)
            | _ => {
                // Path libraries use `/`; numbers hold no text, and are not tainted to begin with.
                let right = self.expr(&binary.right);
                let mut value = left.derived();
                value.absorb(&right);
                value
            }
        }
    }
}
