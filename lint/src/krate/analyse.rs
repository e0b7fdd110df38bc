//! Runs the analysis over all loaded sources.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::collect::{Module, Task, collect_items};
use super::index::Index;
use super::load::{Crate, Group};
use super::tree::Tree;
use crate::finding::{Finding, Fix, Level, Place, Step};
use crate::page::{self, Declared};
use crate::rules;
use crate::suppress::{self, Suppression};
use crate::taint::source::Trust;
use crate::taint::value::Link;
use crate::taint::walk::{Hit, Scope, Walker};

/// Deep code needs a deep stack; pages that are not used cost nothing.
const STACK: usize = 256 << 20;
/// After so many rounds over the call graph the sums are taken as they are.
const MAX_ROUNDS: usize = 6;
/// Brackets deeper than this are refused before they are parsed: the parser calls itself for each.
const MAX_BRACKETS: usize = 200;

/// What is asked of a run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Every function is a root, and plain text in parameters comes from outside.
    pub audit: bool,
    /// Only these rules; all of them where the list is empty.
    pub rules: Vec<String>,
    /// Only findings of this level and above.
    pub level: Option<Level>,
}

/// What a run gives.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings, by file and place.
    pub findings: Vec<Finding>,
    /// Every `allow_unsafe`, for the inventory.
    pub suppressions: Vec<Suppression>,
}

/// Judges everything that was loaded by every rule.
#[must_use]
pub fn analyse(krate: &Crate, options: &Options) -> Report {
    let next = AtomicUsize::new(0);
    let report = Mutex::new((Report::default(), BTreeSet::new()));
    let workers =
        std::thread::available_parallelism().map_or(1, usize::from).min(krate.groups.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let work = || {
                while let Some(group) = krate.groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (mut own, read) = analyse_group(krate, group, options);
                    if let Ok(mut shared) = report.lock() {
                        let (report, templates) = &mut *shared;
                        report.findings.append(&mut own.findings);
                        report.suppressions.append(&mut own.suppressions);
                        templates.extend(read);
                    }
                    // Spans of one group are of no use to the next, and their number is limited.
                    proc_macro2::extra::invalidate_current_thread_spans();
                }
            };
            let spawned = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            if spawned.is_err() {
                work();
            }
        }
    });
    let (mut report, read) = report.into_inner().unwrap_or_default();
    // What belongs to a type was judged with it.
    let loose = krate.templates.iter().filter(|template| !read.contains(&template.path));
    report.findings.extend(loose.flat_map(rules::beyond::template_findings));
    report.findings.retain(|finding| {
        // What could not be read was not checked for anything: no choice of rules hides that.
        finding.rule == rules::unparsed_code::RULE.name
            || options.level.is_none_or(|level| finding.level >= level)
                && (options.rules.is_empty()
                    || options.rules.iter().any(|rule| rule == finding.rule))
    });
    report.findings.sort();
    report.findings.dedup();
    report
}

/// Judges files that see one another; gives the templates that were judged with their types, too.
fn analyse_group(krate: &Crate, group: &Group, options: &Options) -> (Report, BTreeSet<String>) {
    let mut report = Report::default();
    let names: Vec<String> = group.files.iter().map(|file| file.path.clone()).collect();
    let mut parsed = Vec::new();
    for (at, file) in group.files.iter().enumerate() {
        match parse(&file.text) {
            Ok(tree) => parsed.push((at, tree)),
            Err((place, message)) => report.findings.push(unparsed(&file.path, place, message)),
        }
    }
    for file in group.files.iter().filter(|file| !file.in_test) {
        report.findings.extend(super::follow::beyond(file).into_iter().map(|span| {
            Finding {
            level: Level::Warn,
            ..unparsed(
                &file.path,
                Place::of(span),
                "the file that is included here is known to the compiler alone, and is not checked"
                    .to_owned(),
            )
        }
        }));
    }
    let macros = super::expansion::definitions(&parsed);
    super::expansion::expand_items(&mut parsed, &macros);
    let places = super::layout::modules(group, &parsed);
    let tests = super::collect::test_modules(&places, &parsed);
    let in_test = |at: usize| {
        group.files.get(at).is_some_and(|file| {
            file.in_test
                || places.get(at).is_some_and(|own| tests.iter().any(|test| own.starts_with(test)))
        })
    };
    let roots = group
        .files
        .iter()
        .filter_map(|file| file.module.first())
        .map(|root| Rc::from(root.as_str()))
        .collect();
    let mut index = Index { roots, macros, ..Index::default() };
    let mut modules: Vec<Module> = Vec::new();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for (at, tree) in &parsed {
        let Some(place) = places.get(*at) else { continue };
        let module: Vec<Rc<str>> = place.iter().map(|m| Rc::from(m.as_str())).collect();
        let file_id = u32::try_from(*at).unwrap_or(u32::MAX);
        collect_items(
            &tree.items,
            &module,
            file_id,
            in_test(*at),
            &mut modules,
            &mut tasks,
            &mut index,
        );
    }
    super::settle::globs(&mut modules);
    super::settle::finish(&modules, &mut tasks, &mut index);
    let routes = super::route::routed(&parsed, &places, &modules, &index, &in_test);

    let mut hits = walk_all(&tasks, &modules, &index, &routes.names, options.audit);
    for module in &modules {
        hits.extend(super::settle::item_hits(module, &index, options.audit));
    }
    let crates = &group.crates;
    let named: Vec<&str> = crates.names.iter().map(String::as_str).collect();
    let guarded = modules.iter().any(|module| module.names.imports_from(&named));
    for task in &tasks {
        hits.extend(rules::beyond::function_hits(task, &modules, &index, &routes, guarded));
    }
    if guarded {
        hits.extend(rules::beyond::closure_hits(&routes));
    }
    let mut declared = Vec::new();
    if !crates.names.is_empty() {
        let mut known = Tree::default();
        for (at, file) in &parsed {
            known.add(places.get(*at).map_or(&[], Vec::as_slice), &file.items);
        }
        for (at, file) in parsed.iter().filter(|(at, _)| !in_test(*at)) {
            let place = places.get(*at).map_or(&[][..], Vec::as_slice);
            let id = u32::try_from(*at).unwrap_or(u32::MAX);
            hits.extend(rules::beyond::internal_hits(&known, place, file, id, crates));
            let pages = Declared::of(&known, place, file, id, crates);
            hits.extend(rules::beyond::page_hits(&pages, id));
            declared.push(pages);
        }
    }
    for (at, tree) in &parsed {
        hits.extend(rules::beyond::file_hits(
            tree,
            u32::try_from(*at).unwrap_or(u32::MAX),
            in_test(*at),
        ));
    }

    let mut pages = page::judged(krate, &declared, &names, crates.certain || guarded);
    let mut seen = HashSet::new();
    // A finding in a template belongs to a type: an `allow_unsafe` on the type covers its files.
    let mut findings: Vec<(Finding, Vec<(String, usize)>)> = std::mem::take(&mut pages.findings);
    for hit in hits {
        let finding = finding_of(&hit, &names);
        if seen.insert((finding.rule, finding.file.clone(), finding.place)) {
            let steps = finding.trace.iter().map(|s| (s.file.clone(), s.line)).collect();
            findings.push((finding, steps));
        }
    }
    drop_weaker(&mut findings);
    let suppressions: Vec<Suppression> = group
        .files
        .iter()
        .enumerate()
        .filter(|(at, file)| file.text.contains("allow_unsafe") && !in_test(*at))
        .filter_map(|(_, file)| Some((file, file.text.parse::<proc_macro2::TokenStream>().ok()?)))
        .flat_map(|(file, tokens)| suppress::collect(tokens, &file.path))
        .map(|found| found.suppression)
        .collect();
    let mut used = vec![false; suppressions.len()];
    findings.retain(|(finding, steps)| {
        let mut silenced = false;
        for (own, used) in suppressions.iter().zip(&mut used) {
            let here = own.file == finding.file && own.covers.contains(&finding.place);
            let on_the_way = steps.iter().any(|(file, line)| {
                *file == own.file && (own.covers.line..=own.covers.end_line).contains(line)
            });
            if own.rule == finding.rule && own.mistake.is_none() && (here || on_the_way) {
                *used = true;
                silenced = true;
            }
        }
        !silenced
    });
    report.findings.extend(findings.into_iter().map(|(finding, _)| finding));
    for (own, used) in suppressions.iter().zip(used) {
        let message = match own.mistake {
            Some(mistake) => mistake,
            None if !used => "this `allow_unsafe` silences nothing",
            None => continue,
        };
        let rule = &rules::unused_suppression::RULE;
        report.findings.push(Finding {
            file: own.file.clone(),
            place: own.place,
            rule: rule.name,
            cwe: rule.cwe,
            level: Level::Deny,
            message: message.to_owned(),
            help: "remove the attribute".to_owned(),
            trace: Vec::new(),
            // The `#` precedes the brackets that the place covers.
            fix: Some(Fix {
                place: Place { column: own.place.column.saturating_sub(1), ..own.place },
                replacement: String::new(),
            }),
        });
    }
    report.suppressions = suppressions;
    (report, pages.read)
}

/// A warning adds no information where the certain form of the same mistake is reported.
fn drop_weaker(findings: &mut Vec<(Finding, Vec<(String, usize)>)>) {
    const PAIRS: &[(&str, &str)] = &[
        ("sql_dynamic", "sql_format"),
        ("argument_injection", "shell_command"),
        ("sniffable_body", "html_body"),
        // Request data in markup is both; `html_body` shows the way that it took.
        ("unescaped_page", "html_body"),
        ("template_safe_filter", "unescaped_page"),
        // One place, one mistake: the client's file name is the more exact word for it.
        ("path_traversal", "upload_file_name"),
    ];
    let strong: HashSet<(&str, String, usize)> = findings
        .iter()
        .filter(|(f, _)| PAIRS.iter().any(|(_, strong)| *strong == f.rule))
        .map(|(f, _)| (f.rule, f.file.clone(), f.place.line))
        .collect();
    findings.retain(|(finding, _)| {
        PAIRS.iter().find(|(weak, _)| *weak == finding.rule).is_none_or(|(_, by)| {
            !strong.contains(&(*by, finding.file.clone(), finding.place.line))
        })
    });
}

/// Walks every function, again and again until no sum changes.
fn walk_all(
    tasks: &[Task<'_>],
    modules: &[Module],
    index: &Index,
    handlers: &HashSet<String>,
    audit: bool,
) -> Vec<Hit> {
    let mut hits: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
    let mut returned: BTreeMap<usize, Vec<Hit>> = BTreeMap::new();
    let mut callers: HashMap<usize, HashSet<usize>> = HashMap::new();
    let mut dirty: Vec<usize> = (0..tasks.len()).collect();
    for round in 0..MAX_ROUNDS {
        let mut changed: HashSet<usize> = HashSet::new();
        for at in std::mem::take(&mut dirty) {
            let (Some(task), Some(known)) = (tasks.get(at), index.functions.get(at)) else {
                continue;
            };
            index.asked.borrow_mut().clear();
            index.current.set(at);
            let (own, given_back, summary) = walk_one(task, modules, index, handlers, audit, round);
            hits.insert(at, own);
            returned.insert(at, given_back);
            for asked in index.asked.borrow_mut().drain() {
                callers.entry(asked).or_default().insert(at);
            }
            if !summary.same(&known.summary.borrow()) {
                changed.insert(at);
            }
            *known.summary.borrow_mut() = Rc::new(summary);
        }
        let mut next: HashSet<usize> =
            changed.iter().filter_map(|at| callers.get(at)).flatten().copied().collect();
        next.extend(index.kept.borrow_mut().stale());
        if round == 0 && audit {
            next.extend(index.spared_functions());
        }
        if next.is_empty() {
            break;
        }
        dirty = next.into_iter().collect();
        dirty.sort_unstable();
    }
    // A returned value is judged at the function's callers, if it has any.
    returned.retain(|at, _| !index.is_called(*at));
    hits.into_values().chain(returned.into_values()).flatten().collect()
}

fn walk_one(
    task: &Task<'_>,
    modules: &[Module],
    index: &Index,
    handlers: &HashSet<String>,
    audit: bool,
    round: usize,
) -> (Vec<Hit>, Vec<Hit>, crate::taint::summary::Summary) {
    let Some(module) = modules.get(task.module) else { return Default::default() };
    let scope = Scope {
        names: &module.names,
        index: Some(index),
        file: task.file,
        audit,
        item_only: false,
        in_test: task.in_test,
    };
    let mut walker = Walker::new(scope);
    walker.generics = Some(&task.sig.generics);
    walker.is_async = task.sig.asyncness.is_some();
    walker.self_ty.clone_from(&task.self_ty);
    walker.function = Rc::from(task.sig.ident.to_string());
    // Routes name functions; a method of the same name is another thing.
    let handler = task.is_handler
        || task.sig.receiver().is_none() && handlers.contains(&task.sig.ident.to_string());
    let trust = match (handler, audit) {
        (true, _) => Trust::Handler,
        (false, true) => Trust::Audit,
        (false, false) if walker.looks_like_handler(task.sig) => Trust::Implied,
        (false, false) => Trust::Plain,
    };
    let spared = if round > 0 && !task.is_public { index.spared(task.at) } else { Vec::new() };
    walker.bind_params(task.sig, trust, &spared);
    walker.run(task.block);
    let own = walker.hits.len();
    if audit {
        let value = std::mem::take(&mut walker.summary.ret);
        walker.judge_returned(&value);
        walker.summary.ret = value;
    }
    let given_back = walker.hits.split_off(own);
    (walker.hits, given_back, walker.summary)
}

fn parse(text: &str) -> Result<syn::File, (Place, String)> {
    if let Some(line) = too_deep(text) {
        let place = Place { line, column: 1, end_line: line, end_column: 2 };
        return Err((place, "code is nested too deep to be checked".to_owned()));
    }
    match syn::parse_file(text) {
        Ok(file) => Ok(file),
        Err(error) => {
            // A snippet may be statements without a function around them.
            if let Some(file) = parse_statements(text) {
                return Ok(file);
            }
            Err((Place::of(error.span()), format!("this cannot be parsed: {error}")))
        }
    }
}

/// Statements outside of a function, parsed as the body of one; every span stays as written.
fn parse_statements(text: &str) -> Option<syn::File> {
    use syn::parse::Parser as _;
    let stmts = syn::Block::parse_within.parse_str(text).ok()?;
    let mut main: syn::ItemFn = syn::parse_str("fn main() {}").ok()?;
    main.block.stmts = stmts;
    let mut file = syn::parse_file("").ok()?;
    file.items.push(syn::Item::Fn(main));
    Some(file)
}

/// The line where brackets are nested deeper than the parser should be sent.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut line, mut run) = (0_usize, 1_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' => line = line.saturating_add(1),
            _ => {}
        }
        // `!!!!..`, `&&&&..`, `----..`, `<<<<..`, `****..`, `||||..` each make the parser call itself.
        run = if matches!(byte, b'!' | b'&' | b'-' | b'*' | b'<' | b'|' | b'?') {
            run.saturating_add(1)
        } else if byte.is_ascii_whitespace() {
            run
        } else {
            0
        };
        if depth > MAX_BRACKETS || run > 20_000 {
            return Some(line);
        }
    }
    None
}

fn unparsed(file: &str, place: Place, message: String) -> Finding {
    let rule = &rules::unparsed_code::RULE;
    Finding {
        file: file.to_owned(),
        place,
        rule: rule.name,
        cwe: rule.cwe,
        level: rule.level,
        message,
        help: "what cannot be read has not been checked".to_owned(),
        trace: Vec::new(),
        fix: None,
    }
}

/// A hit with its way written out.
pub(crate) fn finding_of(hit: &Hit, files: &[String]) -> Finding {
    let name = |file: u32| {
        files.get(usize::try_from(file).unwrap_or(usize::MAX)).cloned().unwrap_or_default()
    };
    let mut trace = Vec::new();
    let mut next: Option<&Rc<Link>> = hit.link.as_ref();
    while let Some(link) = next {
        let step = Step {
            file: name(link.file),
            line: link.span.start().line,
            note: link.note.sentence(),
        };
        if trace.last() != Some(&step) {
            trace.push(step);
        }
        if trace.len() > 30 {
            break;
        }
        next = link.before.as_ref();
    }
    trace.reverse();
    if !trace.is_empty() {
        trace.push(Step {
            file: name(hit.file),
            line: hit.span.start().line,
            note: hit.message.to_string(),
        });
    }
    Finding {
        file: name(hit.file),
        place: Place::of(hit.span),
        rule: hit.rule.name,
        cwe: hit.rule.cwe,
        level: hit.level,
        message: hit.message.to_string(),
        help: hit.help.to_string(),
        trace,
        fix: hit
            .fix
            .as_ref()
            .map(|(span, text)| Fix { place: Place::of(*span), replacement: text.clone() }),
    }
}
