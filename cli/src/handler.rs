//! Converts functions and mounts to entries of the inventory.

use std::collections::BTreeSet;

use palisade_lint::{
    Diagnostics, Endpoint as Model, Place as Extent,
    attribute::{Args, Value, Word},
    endpoint, internals, suppressions,
    tree::{self, Origin, imports},
};
use quote::ToTokens as _;
use syn::{
    Attribute, ItemFn, ItemMod, ItemUse, Lit, Meta,
    ext::IdentExt as _,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::{
    argument::{Aliases, Inputs},
    candidate::{Candidate, Finder},
    conditional,
    facts::{self, Facts},
    inventory::{Dangerous, Endpoint, Entry, Mode, Raw, Reason, Scope, Silenced, Upload},
    mount::{self, Mount, Mounts},
    place::Place,
    policy,
    program::{Package, Program},
    report::Report,
    source::SourceFile,
    workspace::Member,
};

/// The entries of all requested packages. Errors that the compiler would report go to `report` with
/// the same text, and so do names of unknown handlers.
pub fn entries(program: &Program, report: &mut Report) -> Vec<Entry> {
    let facts = Facts::of(program);
    let aliases = Aliases::of(program);
    let mut found = Vec::new();
    for package in &program.packages {
        found.push(Found::of(program, package, &facts, &aliases, report));
    }
    let handlers: BTreeSet<Vec<String>> = found
        .iter()
        .flat_map(|found| {
            found.handlers.iter().map(|handler| found.package.item(&handler.candidate))
        })
        .collect();
    // What a package mounts of others is a part of it, and so is what its dependencies mount.
    let within = program.within();
    let (mut mounts, mut ready): (Vec<(&Package, Mount)>, Vec<Entry>) = Default::default();
    for one in found.iter_mut().filter(|one| within.contains(one.package.member.name.as_str())) {
        let package = one.package;
        if package.member.listed {
            one.report_unknown(&handlers, report);
        }
        let Mounts { named, ready: of_palisade } = std::mem::take(&mut one.mounts);
        mounts.extend(named.into_iter().map(|mount| (package, mount)));
        let entries = of_palisade.iter().flat_map(|mount| mount.entries(&package.member.name));
        ready.extend(entries.map(|entry| Entry::Endpoint(Box::new(entry))));
    }
    let mounts: Vec<(BTreeSet<Origin>, Mount)> = mounts
        .into_iter()
        .map(|(package, mount)| (program.origins(package, &mount.module, &mount.handler), mount))
        .collect();
    let mut entries = ready;
    for mut one in found {
        if !one.package.member.listed {
            one.keep_mounted(&mounts);
        }
        entries.extend(one.entries(&facts, &aliases, &mounts, report));
    }
    entries
}

/// The contents of one package.
struct Found<'a> {
    program: &'a Program,
    package: &'a Package,
    handlers: Vec<Handler<'a>>,
    mounts: Mounts,
    others: Vec<Entry>,
}

/// A handler, before its attributes are read.
struct Handler<'a> {
    file: &'a SourceFile,
    inputs: Inputs,
    candidate: Candidate,
}

impl<'a> Found<'a> {
    fn of(
        program: &'a Program,
        package: &'a Package,
        facts: &Facts,
        aliases: &Aliases<'_>,
        report: &mut Report,
    ) -> Self {
        // Of what is not asked for, the names are needed, and no word more.
        let mut unheard = Report::default();
        let report = if package.member.listed { report } else { &mut unheard };
        let mounts = mount::all(program, package, report);
        let (mut handlers, mut others) = (Vec::new(), Vec::new());
        for file in &package.files {
            report_internals(program, package, file, report);
            report_renames(program, package, file, report);
            let finder = Finder::read(program, package, file, report);
            let Finder { candidates, calls, scopes, raw, .. } = finder;
            let (name, shown) = (&package.member.name, file.path.display().to_string());
            others.extend(calls.into_iter().map(|call| {
                Entry::Dangerous(Dangerous {
                    package: name.clone(),
                    module: module_path(&call.module),
                    call: call.name,
                    reason: call.reason,
                    file: shown.clone(),
                    line: call.span.start().line,
                })
            }));
            others.extend(scopes.into_iter().map(|scope| {
                Entry::Scope(Scope {
                    package: name.clone(),
                    module: module_path(&scope.module),
                    name: scope.name,
                    scope: scope.scope,
                    granted_by: scope.granted_by,
                    file: shown.clone(),
                    line: scope.span.start().line,
                })
            }));
            others.extend(raw.into_iter().map(|raw| {
                Entry::Raw(Raw {
                    package: name.clone(),
                    module: module_path(&raw.module),
                    reader: raw.name,
                    file: shown.clone(),
                    line: raw.span.start().line,
                })
            }));
            others.extend(silenced(&package.member, file, &candidates));
            handlers.extend(candidates.into_iter().map(|candidate| Handler {
                file,
                inputs: aliases.inputs(
                    &candidate.item.sig,
                    program,
                    package,
                    &candidate.module,
                    facts,
                ),
                candidate,
            }));
        }
        Self { program, package, handlers, mounts, others }
    }

    /// Reports names that are mounted and belong to no known handler.
    fn report_unknown(&self, handlers: &BTreeSet<Vec<String>>, report: &mut Report) {
        for mount in &self.mounts.named {
            let Some(last) = mount.handler.last() else { continue };
            let origins = self.program.origins(self.package, &mount.module, &mount.handler);
            let handler = origins
                .iter()
                .any(|origin| matches!(origin, Origin::Item(item) if handlers.contains(item)));
            let known = handler
                || origins.iter().any(|origin| match origin {
                    // A function without an attribute of ours is the check's to report.
                    Origin::Item(_) => !mount.listed,
                    Origin::External(path) => {
                        let actix = path.first().is_some_and(|krate| krate.starts_with("actix_"));
                        !mount.listed && (actix || self.program.is_palisade(self.package, path))
                    }
                    Origin::Perhaps(_) => false,
                })
                // A type is not an endpoint; a function of a type is not accepted by `.service` or
                // `.with`.
                || !mount.listed
                    && (last.starts_with(char::is_uppercase)
                        || mount.by_attribute && of_type(&mount.handler)
                        || mount.handler.iter().any(|part| part == "Self"));
            if !known {
                report.unreadable(
                    mount.place.clone(),
                    format!(
                        "not found: `{}` is mounted here, and the sources that were read hold no such \
                         handler",
                        mount.handler.join("::")
                    ),
                );
            }
        }
    }

    /// Keeps the handlers of another package that the requested ones mount.
    fn keep_mounted(&mut self, mounts: &[(BTreeSet<Origin>, Mount)]) {
        self.others.clear();
        let package = self.package;
        self.handlers.retain(|handler| {
            let own = Origin::Item(package.item(&handler.candidate));
            mounts.iter().any(|(origins, _)| origins.contains(&own))
        });
    }

    fn entries(
        self,
        facts: &Facts,
        aliases: &Aliases<'_>,
        mounts: &[(BTreeSet<Origin>, Mount)],
        report: &mut Report,
    ) -> Vec<Entry> {
        let mut entries = self.others;
        for Handler { file, inputs, candidate } in self.handlers {
            let mut item = candidate.item.clone();
            let foreign =
                candidate.actix.and_then(|index| foreign_route(&item.attrs.remove(index)));
            let Some(model) = read(&item, file, report) else { continue };
            let context = Context { program: self.program, package: self.package, facts, aliases };
            let mut entry = context.entry(file, &candidate, &model, inputs, report);
            if let Some((methods, path)) = foreign {
                entry = Endpoint { methods, path: Some(path), ..entry };
            }
            let own = Origin::Item(self.package.item(&candidate));
            let here = mounts.iter().filter(|(origins, _)| origins.contains(&own));
            let mounts: Vec<&Mount> = here.map(|(_, mount)| mount).collect();
            entries.extend(match &entry.path {
                Some(path) => served(&entry, path, &mounts),
                None => mounted(&entry, &mounts),
            });
        }
        entries
    }
}

/// Whether a path is a function of a type: `Cell::get`.
fn of_type(path: &[String]) -> bool {
    path.iter().rev().nth(1).is_some_and(|owner| owner.starts_with(char::is_uppercase))
}

/// Reports code that only the macros may contain.
fn report_internals(program: &Program, package: &Package, file: &SourceFile, report: &mut Report) {
    let module = package.module(&file.module);
    let path = file.path.display().to_string();
    let silenced = suppressions(file.syntax.to_token_stream(), &path);
    for found in internals(program.tree(), &module, &file.syntax, &package.crates) {
        let place = Extent::of(found.span);
        // It is a line of the inventory, with its reason.
        if silenced.iter().any(|own| own.silences("macro_internals", &place)) {
            continue;
        }
        report.wrong(Place::of(&file.path, found.span), found.message, Some(found.help));
    }
}

/// Rules that are silenced outside of handlers: in helpers, methods, constants.
fn silenced<'a>(
    package: &'a Member,
    file: &'a SourceFile,
    handlers: &'a [Candidate],
) -> impl Iterator<Item = Entry> + 'a {
    let path = file.path.display().to_string();
    let whole: Vec<Extent> = handlers.iter().map(|handler| extent(&handler.item)).collect();
    suppressions(file.syntax.to_token_stream(), &path)
        .into_iter()
        .filter(move |found| !whole.iter().any(|handler| handler.contains(&found.place)))
        .map(|found| {
            Entry::Silenced(Silenced {
                package: package.name.clone(),
                module: module_path(&file.module),
                rule: found.rule,
                reason: found.reason,
                file: found.file,
                line: found.place.line,
            })
        })
}

/// From the first token to the last, attributes included.
fn extent(item: &ItemFn) -> Extent {
    let mut tokens = item.to_token_stream().into_iter().map(|token| Extent::of(token.span()));
    let first = tokens.next().unwrap_or_default();
    let last = tokens.last().unwrap_or(first);
    Extent { end_line: last.end_line, end_column: last.end_column, ..first }
}

/// Reports a renamed palisade attribute, which the others would not find.
fn report_renames(program: &Program, package: &Package, file: &SourceFile, report: &mut Report) {
    struct Imports<'ast>(Vec<String>, Vec<(Vec<String>, &'ast ItemUse)>);
    impl<'ast> Visit<'ast> for Imports<'ast> {
        fn visit_item_mod(&mut self, item: &'ast ItemMod) {
            if !conditional::is_test_only(&item.attrs) {
                self.0.push(item.ident.unraw().to_string());
                visit::visit_item_mod(self, item);
                self.0.pop();
            }
        }
        fn visit_item_use(&mut self, item: &'ast ItemUse) {
            self.1.push((self.0.clone(), item));
        }
    }
    let mut all = Imports(file.module.clone(), Vec::new());
    all.visit_file(&file.syntax);
    for (module, item) in all.1 {
        for (path, name) in imports(item) {
            let new = name.unraw().to_string();
            if new == "_" || path.last().is_none_or(|last| *last == new || last == "*") {
                continue;
            }
            let origins = program.tree().macro_origins(&package.module(&module), &path);
            let word = origins.iter().find_map(|origin| match origin {
                Origin::External(path) | Origin::Perhaps(path) => {
                    let word = path.last().and_then(|last| Word::named(last));
                    word.filter(|_| program.is_palisade(package, path))
                }
                Origin::Item(_) => None,
            });
            let Some(word) = word else { continue };
            report.wrong(
                Place::of(&file.path, name.span()),
                format!("`{word}` goes by the name `{new}` here, so its handlers are not found"),
                Some(format!("import it as `{word}`, or write `#[palisade::{word}]`")),
            );
        }
    }
}

fn read(item: &ItemFn, file: &SourceFile, report: &mut Report) -> Option<Model> {
    let mut diagnostics = Diagnostics::new();
    let model = Model::from_item(item, &mut diagnostics);
    match diagnostics.check() {
        Ok(()) => model,
        Err(found) => {
            for mistake in found {
                report.wrong(Place::of(&file.path, mistake.start), mistake.message, mistake.help);
            }
            None
        }
    }
}

/// Method and path of Actix's own attribute.
fn foreign_route(attribute: &Attribute) -> Option<(Vec<String>, String)> {
    let word = Word::named(&attribute.path().segments.last()?.ident.to_string())?;
    let Meta::List(list) = &attribute.meta else { return None };
    // Actix checks its own attribute; what cannot be read here is shown as not known.
    let mut unread = Diagnostics::new();
    let span = attribute.path().segments.last()?.ident.span();
    let args = Args::read(word.name(), span, list.tokens.clone(), &mut unread);
    let _checked_by_actix = unread.check();
    let mut args = args?;
    let text = |value: Value| match value {
        Value::Literal(Lit::Str(text)) => Some(text.value()),
        Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_) => None,
    };
    let methods = match word.method() {
        Some(method) => vec![method.to_owned()],
        None => args.take_all("method").into_iter().filter_map(|(_, value)| text(value)).collect(),
    };
    let path = args.take_values().into_iter().next().and_then(text)?;
    Some((methods, path))
}

/// The inputs for making an entry.
struct Context<'a> {
    program: &'a Program,
    package: &'a Package,
    facts: &'a Facts,
    aliases: &'a Aliases<'a>,
}

impl Context<'_> {
    fn entry(
        &self,
        file: &SourceFile,
        candidate: &Candidate,
        model: &Model,
        inputs: Inputs,
        report: &mut Report,
    ) -> Endpoint {
        let mut conditions = candidate.conditions.clone();
        conditions.extend(conditional::conditions(&candidate.item.attrs));
        let place = Place::of(&file.path, candidate.item.sig.ident.span());
        let route = model.route.as_ref();
        let module = &candidate.module;
        let mut reasons: Vec<Reason> = model
            .reasons
            .iter()
            .map(|reason| Reason { word: reason.word.clone(), reason: reason.text.value() })
            .collect();
        reasons.extend(inputs.reasons);
        let headers = &model.headers;
        let mut policies = policy::Policies {
            program: self.program,
            package: self.package,
            facts: self.facts,
            module,
            file: &file.path,
            reasons: &mut reasons,
            report,
        };
        let csp = policies.csp(headers.csp.as_ref());
        let report_only = policies.report_only(headers.report_only.as_ref());
        let permissions = policies.permissions(headers.permissions.as_ref());
        let (access, grants) = self.access(model, module, &file.path, report);
        Endpoint {
            package: self.package.member.name.clone(),
            module: module_path(module),
            name: model.name.to_string(),
            mode: if route.is_some() { Mode::Routed } else { Mode::Plain },
            methods: route.map_or_else(Vec::new, |route| {
                route.methods.iter().map(|method| method.value.to_owned()).collect()
            }),
            path: route.map(|route| route.path.value()),
            access,
            grants,
            credentials: model.credentials.names.iter().map(|name| name.value.clone()).collect(),
            limits: model.limits.iter().map(ToString::to_string).collect(),
            body_limit: model.body_cap(),
            body_timeout_ms: model.body_timeout.map(millis),
            body_encodings: body_encodings(model),
            upload: model.upload.as_ref().map(upload),
            timeout_ms: model.timeout.map(millis),
            cross_site: model.cross_site,
            cross_origin: model.cors.as_ref().map(endpoint::Cors::summary),
            conditional: model
                .conditional
                .map(|conditional| conditional.conditions.name().to_owned()),
            responds: model.responds.clone(),
            validation: model.validation.value,
            inputs: inputs.validated,
            objects: inputs.objects,
            vouched: inputs.vouched,
            raw: raw_readers(model),
            profile: headers.profile.map(|profile| profile.value.to_string()),
            resource_policy: headers.resource.map(|one| one.value.to_string()),
            cache: headers.cache.as_ref().map(|cache| cache.value.clone()),
            csp,
            report_only,
            permissions,
            compressed: model.compress.is_some(),
            conditions,
            reasons,
            file: file.path.display().to_string(),
            line: place.line,
        }
    }

    /// The access rule, with typed scopes by their names in tokens, and the scopes that include
    /// those.
    fn access(
        &self,
        model: &Model,
        module: &[String],
        file: &std::path::Path,
        report: &mut Report,
    ) -> (String, Vec<String>) {
        let endpoint::Access::Scoped(scope) = &model.access else {
            return (model.access.to_string(), Vec::new());
        };
        let leads = |item: &[String]| self.aliases.leads(item);
        let find = |path: &syn::Path| {
            let items = facts::items_at(self.program, self.package, module, path);
            let found = self.facts.scope(&items, &leads);
            found.map(|(name, granted_by)| (name.to_owned(), granted_by.to_vec()))
        };
        for path in scope.typed() {
            let items = facts::items_at(self.program, self.package, module, path);
            if find(path).is_none() && !self.facts.is_by_hand(&items, &leads) {
                let name = tree::parts(path).join("::");
                report.unreadable(
                    Place::of(file, path.span()),
                    format!(
                        "not found: the scope `{name}` is of no type that was read, so its name in \
                         tokens is not known"
                    ),
                );
            }
        }
        (scope.shown(&|path| find(path).map(|(name, _)| name)), facts::grants(scope, find))
    }
}

/// Code that reads the request for a handler, besides its arguments: guards of the route, keys of
/// limits.
fn raw_readers(model: &Model) -> Vec<String> {
    let guards = model.route.iter().flat_map(|route| &route.guards);
    let mut raw: Vec<String> =
        guards.map(|guard| format!("guard {}", endpoint::written(guard))).collect();
    for key in model.limits.iter().flat_map(|limit| &limit.key) {
        // One that says what it is made of is shown nothing else of the request.
        if let endpoint::LimitKey::Function(function, of) = &key.value
            && of.is_empty()
        {
            let line = format!("key {}", endpoint::written(function));
            if !raw.contains(&line) {
                raw.push(line);
            }
        }
    }
    raw
}

fn millis(deadline: endpoint::Spanned<std::time::Duration>) -> u64 {
    u64::try_from(deadline.value.as_millis()).unwrap_or(u64::MAX)
}

fn body_encodings(model: &Model) -> Vec<String> {
    let codings = model.body_encoding.iter().flat_map(|encoding| &encoding.codings);
    codings.map(|coding| coding.name().to_owned()).collect()
}

fn upload(upload: &endpoint::Upload) -> Upload {
    let endpoint::Upload {
        field,
        files,
        max,
        kinds,
        unpacked,
        pixels,
        frames,
        charset,
        markup,
        ..
    } = upload;
    Upload {
        field: field.clone(),
        files: *files,
        max: *max,
        kinds: kinds.iter().map(|kind| kind.name().to_owned()).collect(),
        unpacked: *unpacked,
        pixels: *pixels,
        frames: *frames,
        charset: charset.clone(),
        markup: *markup,
    }
}

/// One entry for each prefix under which an attribute's route is mounted; its own path if none is
/// known, as in palisade's lists.
fn served(entry: &Endpoint, path: &str, mounts: &[&Mount]) -> Vec<Entry> {
    // The path, and the conditions of each place that mounts it there.
    let mut paths: Vec<(Option<String>, Vec<&[String]>)> = Vec::new();
    for mount in mounts.iter().filter(|mount| mount.by_attribute) {
        let path = mount.path.as_ref().map(|prefix| mount::join(prefix, path));
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, conditions)) => conditions.push(&mount.conditions),
            None => paths.push((path, vec![&mount.conditions])),
        }
    }
    if paths.is_empty() {
        paths.push((Some(path.to_owned()), Vec::new()));
    }
    let entries = paths.into_iter().map(|(path, places)| {
        let mut conditions = entry.conditions.clone();
        conditions.extend(conditional::of_places(&places));
        Endpoint { path, conditions, ..entry.clone() }
    });
    entries.map(|entry| Entry::Endpoint(Box::new(entry))).collect()
}

/// One entry for each place where a plain handler is mounted; one without a path if there is none.
fn mounted(entry: &Endpoint, mounts: &[&Mount]) -> Vec<Entry> {
    let mut entries: Vec<Endpoint> = Vec::new();
    for mount in mounts.iter().filter(|mount| !mount.by_attribute) {
        let method = mount.method.clone();
        let known = entries.iter_mut().find(|known| known.path == mount.path);
        match (known, method) {
            // The same path with another method is one line: `GET,POST /items`.
            (Some(known), Some(method)) if !known.methods.is_empty() => {
                if !known.methods.contains(&method) {
                    known.methods.push(method);
                }
            }
            (_, method) => entries.push(Endpoint {
                methods: method.map_or_else(|| vec!["*".to_owned()], |method| vec![method]),
                path: mount.path.clone(),
                ..entry.clone()
            }),
        }
    }
    if entries.is_empty() {
        entries.push(entry.clone());
    }
    entries.into_iter().map(|entry| Entry::Endpoint(Box::new(entry))).collect()
}

fn module_path(module: &[String]) -> String {
    std::iter::once("crate").chain(module.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}
