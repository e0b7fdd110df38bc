//! The scope of names in a statement: its tables, aliases, queries and columns.
//!
//! All checks share one scope: the available names, the kind of a column, whether it depends on a
//! bound value, and whether a condition restricts a table. A [`Frame`] belongs to one SELECT, or to
//! one statement that writes; the innermost frame is the last. A name is looked up from the
//! innermost frame outwards.
//!
//! Unknown parts stay open: a relation with unknown columns may have any column.

mod columns;
mod from;
mod kinds;
mod names;
mod relation;
mod rows;
mod sides;
mod statement;
mod value;
mod with;
mod written;

use std::rc::Rc;

use sqlparser::ast::{Expr, Select, SelectItem};

use crate::{dialect::Dialect, render::Rendered, schema::Schema};

pub(crate) use columns::{Columns, Known, Mark};
pub(crate) use from::Joined;
pub(crate) use kinds::expression;
pub(crate) use names::{Meaning, TableNamed, search_columns};
pub(crate) use relation::{Relation, Rows};
pub(crate) use sides::{Side, without_parentheses};
pub(crate) use value::argument;
use with::Cte;

/// The names that are available at one position of a statement.
pub(crate) struct Scope<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) schema: Option<&'a Schema>,
    /// The positions of the text's placeholders; `None` for a query of a migration.
    rendered: Option<&'a Rendered>,
    frames: Vec<Frame>,
    /// The relations of all frames, from the outermost; a relation keeps its number as long as its
    /// frame is open.
    relations: Vec<Relation>,
}

/// The names of one SELECT or statement, or those of a WITH clause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    /// The number of its first relation.
    first: usize,
    /// The aliases of selected expressions, with their marks.
    pub(crate) aliases: Vec<(String, Mark)>,
    /// The queries of WITH, including those of outer frames.
    named: Option<Rc<Cte>>,
    /// Whether there are relations that are not modelled.
    pub(crate) open: bool,
    /// Whether columns of several relations are merged: USING, NATURAL.
    pub(crate) merged: bool,
    /// The columns that are not NULL in the rows that satisfy the conditions.
    narrowed: Vec<String>,
    pub(crate) joined: Vec<Joined>,
    /// The SELECT that is the whole body of the query of this frame: ORDER BY sees its relations.
    body: Option<*const Select>,
    /// Whether the frame of a SELECT stays open until its query ends.
    kept: bool,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(
        dialect: Dialect,
        schema: Option<&'a Schema>,
        rendered: Option<&'a Rendered>,
    ) -> Self {
        Self { dialect, schema, rendered, frames: Vec::new(), relations: Vec::new() }
    }

    /// A scope with the WITH queries that are known here, and without relations.
    pub(crate) fn of_names(&self) -> Self {
        let named = self.named();
        let mut scope = Self::new(self.dialect, self.schema, self.rendered);
        scope.frames.push(Frame { named, ..Frame::default() });
        scope
    }

    /// Opens a frame with the same WITH queries.
    pub(crate) fn open(&mut self) {
        self.open_with(self.named());
    }

    fn open_with(&mut self, named: Option<Rc<Cte>>) {
        self.frames.push(Frame { first: self.relations.len(), named, ..Frame::default() });
    }

    pub(crate) fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.relations.truncate(frame.first);
        }
    }

    pub(crate) fn top(&self) -> Option<&Frame> {
        self.frames.last()
    }

    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            change(frame);
        }
    }

    fn named(&self) -> Option<Rc<Cte>> {
        self.frames.last().and_then(|frame| frame.named.clone())
    }

    pub(crate) fn open_select(&mut self, select: &Select) {
        self.open();
        self.add_select(select);
    }

    /// Ends a SELECT; the frame of one that is all of a query stays for its ORDER BY.
    pub(crate) fn close_select(&mut self, select: &Select) {
        let around = self.frames.len().checked_sub(2).and_then(|at| self.frames.get(at));
        let is_body = around.is_some_and(|frame| frame.body == Some(std::ptr::from_ref(select)));
        if is_body {
            self.change(|frame| frame.kept = true);
        } else {
            self.close();
        }
    }

    /// Adds the relations of a SELECT to the open frame.
    pub(crate) fn add_relations(&mut self, select: &Select) {
        select.from.iter().for_each(|from| self.add_from(from));
        self.narrow(select.selection.as_ref());
        if !select.lateral_views.is_empty() {
            self.change(|frame| frame.open = true);
        }
    }

    fn add_select(&mut self, select: &Select) {
        self.add_relations(select);
        let mut aliases = Vec::new();
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                aliases.push((self.key(alias), self.mark(expr)));
            }
        }
        self.change(|frame| frame.aliases.extend(aliases));
    }

    /// Marks the columns in a condition as not NULL.
    fn narrow(&mut self, condition: Option<&Expr>) {
        if let Some(condition) = condition {
            let mut narrowed = Vec::new();
            kinds::not_null(self.dialect, condition, &mut narrowed);
            self.change(|frame| frame.narrowed.extend(narrowed));
        }
    }

    /// The numbers of the relations of the innermost frame.
    pub(crate) fn own_relations(&self) -> std::ops::Range<usize> {
        self.top().map_or(0, |frame| frame.first)..self.relations.len()
    }

    /// The frames, with their numbers, from the innermost outwards.
    pub(crate) fn frames(&self) -> impl Iterator<Item = (usize, &Frame)> {
        self.frames.iter().enumerate().rev()
    }

    pub(crate) fn relation(&self, number: usize) -> Option<&Relation> {
        self.relations.get(number)
    }

    pub(crate) fn count(&self) -> usize {
        self.relations.len()
    }

    pub(crate) fn place(&self, at: sqlparser::tokenizer::Location) -> usize {
        self.rendered.map_or(0, |rendered| rendered.place(at))
    }
}

#[cfg(test)]
mod tests;
