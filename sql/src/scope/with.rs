//! Queries and the names in their WITH clauses.

use std::{rc::Rc, sync::Arc};

use sqlparser::ast::{Query, SetExpr};

use super::{Columns, Mark, Rows, Scope};

/// A WITH query. The list goes from the last one to the first one.
#[derive(Clone, Debug)]
pub(crate) struct Cte {
    pub(super) key: String,
    /// Its name as it is written.
    pub(super) name: String,
    /// Its position in the statement.
    pub(super) at: *const Query,
    pub(super) query: Arc<Query>,
    pub(super) columns: Columns,
    /// Its names of its columns.
    pub(super) renamed: Vec<String>,
    /// Whether it can refer to itself.
    pub(super) recursive: bool,
    pub(super) before: Option<Rc<Self>>,
}

impl Scope<'_> {
    /// Opens a query in a statement: the names of its WITH clause.
    pub(crate) fn open_query(&mut self, query: &Query) {
        let at = std::ptr::from_ref(query);
        let named = self.named();
        let own = self.ctes().find(|cte| cte.at == at).map(Rc::clone);
        // A query sees those that WITH names before it, and with RECURSIVE all of them.
        let named = match own {
            Some(own) if !own.recursive => own.before.clone(),
            _ => named,
        };
        self.open_names(query, named);
        match query.body.as_ref() {
            SetExpr::Select(select) => {
                let body = std::ptr::from_ref(select.as_ref());
                self.change(|frame| frame.body = Some(body));
            }
            body => {
                // ORDER BY of a union sees the names of its first part.
                let columns = self.body(body);
                let open = columns.complete().is_none();
                let aliases = columns.known.into_iter();
                let aliases: Vec<_> =
                    aliases.filter_map(|known| Some((known.key?, known.mark))).collect();
                self.change(|frame| {
                    frame.aliases.extend(aliases);
                    frame.open = open;
                });
            }
        }
    }

    pub(crate) fn close_query(&mut self) {
        if self.top().is_some_and(|frame| frame.kept) {
            self.close();
        }
        self.close();
    }

    /// Opens the names of a query's WITH clause inside of these names.
    fn open_names(&mut self, query: &Query, named: Option<Rc<Cte>>) {
        self.open_with(named);
        let Some(with) = &query.with else { return };
        for cte in &with.cte_tables {
            let renamed = self.names_of(Some(&cte.alias));
            let named = |columns: Columns, before| Cte {
                key: self.key(&cte.alias.name),
                name: cte.alias.name.value.clone(),
                at: std::ptr::from_ref(cte.query.as_ref()),
                query: Arc::new((*cte.query).clone()),
                columns,
                renamed: renamed.clone(),
                recursive: with.recursive,
                before,
            };
            let before = self.named();
            let mut own = named(Columns::unknown(Mark::default()), before.clone());
            if with.recursive {
                own = self.recursive(own, cte);
            } else {
                let columns = self.columns(&cte.query);
                own.columns = self.renamed(columns, Some(&cte.alias));
            }
            self.change(|frame| frame.named = Some(Rc::new(own)));
        }
    }

    /// A recursive query: the columns of its first part, and those of its later rounds.
    fn recursive(&mut self, mut own: Cte, cte: &sqlparser::ast::Cte) -> Cte {
        // Each round can carry a value one column on.
        const ROUNDS: usize = 4;
        if let SetExpr::SetOperation { left, .. } = cte.query.body.as_ref()
            && cte.query.with.is_none()
        {
            let first = self.body(left);
            own.columns = self.renamed(first, Some(&cte.alias));
        }
        let first = own.columns.clone();
        for _round in 0..ROUNDS {
            self.open_with(Some(Rc::new(own.clone())));
            let next = self.columns(&cte.query);
            self.close();
            let next = self.renamed(next, Some(&cte.alias));
            let before = std::mem::replace(&mut own.columns, next);
            if own.columns == before {
                break;
            }
        }
        own.columns.of_rounds(&first);
        own
    }

    /// Opens the names of a query's WITH clause in addition to the outer ones.
    pub(crate) fn open_query_names(&mut self, query: &Query) {
        self.open_names(query, self.named());
    }

    /// Opens the names that a relation's query can use.
    pub(crate) fn open_named(&mut self, rows: &Rows) {
        self.open_with(rows.named.clone());
    }
}
