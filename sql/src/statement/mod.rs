//! Converts a template to one checked text for each database.

mod catalog;
mod conditions;
mod emit;
mod facts;
mod functions;
mod inspect;
mod known;
mod patterns;
mod prepared;
mod rows;
mod searches;

use sqlparser::ast::Statement;

use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind},
    render::{Rendered, render},
    resolve::{Resolver, Shared},
    schema::Schema,
    template::{HoleKind, Template},
};

pub use known::is_reserved;
pub use prepared::{Allow, Chosen, NameUse, Part, Prepared, Request, Role};

/// The most optional fragments: more would result in more combinations than a test suite covers.
const MAX_FRAGMENTS: u32 = 6;

/// Checks a query.
///
/// # Errors
///
/// All faults for the first database that has some, with that database: the positions are those of
/// its text.
pub fn prepare(request: &Request<'_>) -> Result<Prepared, (Dialect, Vec<Fault>)> {
    let mut chosen: Option<Prepared> = None;
    let mut first: Option<&Template> = None;
    for dialect in Dialect::ALL {
        let Some(template) = request.templates.get(dialect.index()).copied().flatten() else {
            continue;
        };
        if let Some(first) = first {
            same_holes(first, template, dialect).map_err(|faults| (dialect, faults))?;
        }
        let schema = request.schemas.and_then(|schemas| schemas.get(dialect.index()));
        let shared = shared(request, template);
        let prepared =
            prepare_for(dialect, template, schema, shared, request.allow).map_err(|faults| {
                // A fault in the first dialect is assumed to hold for all of them.
                (dialect, if first.is_none() { faults } else { in_dialect(faults, dialect) })
            })?;
        first = first.or(Some(template));
        chosen = Some(match chosen {
            None => prepared,
            Some(before) => before.and(prepared),
        });
    }
    chosen.ok_or_else(|| {
        let fault = Fault::new(FaultKind::Dialect, 0, "no database is enabled")
            .help("turn a feature of `palisade` on: sqlite, postgres or mysql");
        (Dialect::Sqlite, vec![fault])
    })
}

/// The databases with this text.
fn shared(request: &Request<'_>, template: &Template) -> Shared {
    let [sqlite, postgres, mysql] =
        request.templates.map(|other| other.is_some_and(|other| other.source == template.source));
    Shared { sqlite, postgres, mysql }
}

fn in_dialect(faults: Vec<Fault>, dialect: Dialect) -> Vec<Fault> {
    let named = |fault: &Fault| fault.message.contains(&dialect.to_string());
    faults
        .into_iter()
        .map(|fault| match named(&fault) {
            true => fault,
            false => Fault { message: format!("in {dialect}: {}", fault.message), ..fault },
        })
        .collect()
}

/// Values are bound once for all databases, so each text must have the same ones.
fn same_holes(first: &Template, other: &Template, dialect: Dialect) -> Result<(), Vec<Fault>> {
    let kind = |hole: &HoleKind| match hole {
        HoleKind::Fragment { condition, .. } => {
            HoleKind::Fragment { condition: condition.clone(), pieces: Vec::new() }
        }
        same => same.clone(),
    };
    let (own, others) = (first.holes(), other.holes());
    let differs = own.iter().zip(&others).find(|(a, b)| kind(&a.kind) != kind(&b.kind));
    let at = match differs {
        None if own.len() == others.len() => return Ok(()),
        Some((_, hole)) => hole.at,
        None => others.get(own.len()).map_or(other.source.len(), |hole| hole.at),
    };
    let message =
        format!("the text for {dialect} has other braces than the first, or another order");
    Err(vec![
        Fault::new(FaultKind::Variant, at, message).help(
            "values are bound once for all databases: write the same braces in the same order",
        ),
    ])
}

fn prepare_for(
    dialect: Dialect,
    template: &Template,
    schema: Option<&Schema>,
    shared: Shared,
    allow: Allow,
) -> Result<Prepared, Vec<Fault>> {
    let holes = template.holes();
    let fragments = holes.iter().filter(|hole| matches!(hole.kind, HoleKind::Fragment { .. }));
    let count = u32::try_from(fragments.count()).unwrap_or(u32::MAX);
    if count > MAX_FRAGMENTS {
        let message = format!(
            "{count} optional fragments are {}more statements than are checked",
            if count < 32 { format!("{} statements, ", 1_u64 << count) } else { String::new() }
        );
        return Err(vec![
            Fault::new(FaultKind::Fragments, 0, message).help(format!(
                "at most {MAX_FRAGMENTS}: write the query twice, or one column as `({{x}} IS NULL OR column = {{x}})`"
            )),
        ]);
    }
    if allow.raw {
        return raw(dialect, template);
    }
    let mut outcome: Option<facts::Facts> = None;
    // The combination with every fragment first: its faults are reported without another
    // combination.
    for mask in (0..1_u64 << count).rev() {
        let rendered = render(template, dialect, mask);
        let facts = check(dialect, template, &rendered, schema, shared, allow)?;
        outcome = Some(match outcome {
            None => facts,
            Some(before) => before.and(facts),
        });
    }
    let Some(facts) = outcome else { return Err(Vec::new()) };
    facts.all_used(&holes)?;
    let parts = emit::emit(dialect, template, &facts.roles, facts.any_lists);
    let mut texts = [None, None, None];
    if let Some(text) = texts.get_mut(dialect.index()) {
        *text = Some(parts);
    }
    Ok(Prepared {
        texts,
        roles: facts.roles.iter().map(facts::RoleFact::role).collect(),
        columns: facts.columns,
        rows: facts.rows,
        verb: facts.verb,
        names: facts.names,
        compared: facts.compared,
    })
}

/// One combination, parsed and checked.
fn check(
    dialect: Dialect,
    template: &Template,
    rendered: &Rendered,
    schema: Option<&Schema>,
    shared: Shared,
    allow: Allow,
) -> Result<facts::Facts, Vec<Fault>> {
    let statement = parse(dialect, rendered).map_err(|fault| vec![fault])?;
    let mut facts = inspect::inspect(dialect, template, rendered, &statement, schema, allow)?;
    let resolved = Resolver::new(dialect, schema, rendered, shared).resolve(&statement);
    if !resolved.faults.is_empty() {
        return Err(resolved.faults);
    }
    facts.columns = resolved.columns;
    facts.rows = resolved.rows;
    facts.compared = resolved.compared;
    for name in &mut facts.names {
        name.columns = resolved.names.get(&name.hole).cloned().flatten();
    }
    if dialect == Dialect::Postgres && facts.any_lists {
        facts.any_lists = emit::any_means_the_same(template, rendered, &facts, &statement);
    }
    Ok(facts)
}

fn parse(dialect: Dialect, rendered: &Rendered) -> Result<Statement, Fault> {
    rendered.parse(dialect)
}

/// Inserts the placeholders, without any check.
fn raw(dialect: Dialect, template: &Template) -> Result<Prepared, Vec<Fault>> {
    let mut roles = Vec::new();
    let mut choices = 0_usize;
    for hole in template.holes() {
        roles.push(match hole.kind {
            HoleKind::Bind { .. } => facts::RoleFact::Bind,
            HoleKind::Fragment { .. } => {
                choices = choices.saturating_add(1);
                facts::RoleFact::Choice(choices.saturating_sub(1), Chosen::Fragment)
            }
            HoleKind::List { .. } | HoleKind::Name { .. } => {
                let message = "an unchecked query takes no lists and no names";
                return Err(vec![
                    Fault::new(FaultKind::List, hole.at, message)
                        .help("bind one value, or leave `dangerous_raw` out"),
                ]);
            }
        });
    }
    let mut texts = [None, None, None];
    if let Some(text) = texts.get_mut(dialect.index()) {
        *text = Some(emit::emit(dialect, template, &roles, false));
    }
    Ok(Prepared {
        texts,
        roles: roles.iter().map(facts::RoleFact::role).collect(),
        columns: None,
        rows: None,
        verb: "raw",
        names: Vec::new(),
        compared: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
