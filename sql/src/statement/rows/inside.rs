//! Expressions with branches inside of another expression.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Visit as _, VisitMut, Visitor, VisitorMut};

use super::cases::{Branch, branches, null, truth};

/// The first expression with branches inside of another, and the other in each of them.
pub(super) fn first_inside(expr: &Expr, truths: bool) -> Option<Vec<Branch>> {
    let mut search = Search { truths, seen: 0, depth: 0, found: None };
    let _stops_at_the_first: ControlFlow<()> = expr.visit(&mut search);
    let (place, mut branches) = search.found?;
    for branch in &mut branches {
        let mut whole = expr.clone();
        let with = std::mem::replace(&mut branch.value, null());
        let mut replace = Replace { place, seen: 0, depth: 0, with: Some(with) };
        let _stops_there: ControlFlow<()> = VisitMut::visit(&mut whole, &mut replace);
        branch.value = whole;
    }
    Some(branches)
}

struct Search {
    truths: bool,
    seen: usize,
    /// Subqueries are judged for themselves.
    depth: usize,
    found: Option<(usize, Vec<Branch>)>,
}

impl Visitor for Search {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_add(1);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        self.seen = self.seen.saturating_add(1);
        if self.seen == 1 {
            return ControlFlow::Continue(());
        }
        let found = branches(expr).or_else(|| if self.truths { truth(expr) } else { None });
        match found {
            Some(branches) => {
                self.found = Some((self.seen, branches));
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        }
    }
}

struct Replace {
    place: usize,
    seen: usize,
    depth: usize,
    with: Option<Expr>,
}

impl VisitorMut for Replace {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_add(1);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        self.seen = self.seen.saturating_add(1);
        if self.seen == self.place
            && let Some(with) = self.with.take()
        {
            *expr = with;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
