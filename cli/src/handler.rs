//! From functions and mounts to the entries of the inventory.

use palisade_lint::{
    Diagnostics, Endpoint as Model, Place as Extent,
    attribute::{Args, Value, Word},
    endpoint, suppressions,
};
use quote::ToTokens as _;
use syn::{Attribute, ItemFn, Lit, Meta};

use crate::{
    argument::{Aliases, Inputs},
    candidate::{Candidate, Finder},
    conditional,
    import::Imports,
    inventory::{
        CrossSite, Dangerous, Endpoint, Entry, Mode, Reason, Silenced, Upload, Validation,
    },
    mount::{self, Mount},
    place::Place,
    report::Report,
    source::SourceFile,
    workspace::Member,
};

/// The entries of one package. What the compiler would refuse goes to `report` in the same words.
pub fn entries(package: &Member, files: &[SourceFile], report: &mut Report) -> Vec<Entry> {
    // A package may be read before it depends on the crate under the usual name.
    let mut crates = package.palisade.clone();
    crates.push("palisade".to_owned());
    let aliases = Aliases::of(files);
    let mounts = mount::all(files);
    let mut names = Vec::new();
    let mut found = Vec::new();
    let mut entries = Vec::new();
    for file in files {
        let imports = Imports::of(&file.syntax);
        report_renames(file, &imports, &crates, report);
        let finder = Finder::read(file, &imports, &crates, report);
        let Finder { candidates, calls, .. } = finder;
        for call in calls {
            entries.push(Entry::Dangerous(Dangerous {
                package: package.name.clone(),
                module: module_path(&call.module),
                call: call.name.to_string(),
                reason: call.reason,
                file: file.path.display().to_string(),
                line: call.name.span().start().line,
            }));
        }
        entries.extend(silenced(package, file, &candidates));
        for candidate in candidates {
            names.push((candidate.item.sig.ident.to_string(), candidate.module.clone()));
            let inputs = aliases.inputs(&candidate.item.sig, &imports);
            found.push((file, inputs, actix_route(&candidate, &imports, &crates), candidate));
        }
    }
    for (file, inputs, actix, candidate) in found {
        let mut item = candidate.item.clone();
        let foreign = actix.and_then(|index| foreign_route(&item.attrs.remove(index)));
        let Some(model) = read(&item, file, report) else { continue };
        let mut entry = entry(package, file, &candidate, &model, inputs);
        if let Some((methods, path)) = foreign {
            entry = Endpoint { methods, path: Some(path), ..entry };
        }
        let mounts = mounts_of(&entry.name, &candidate.module, &names, &mounts);
        entries.extend(match &entry.path {
            Some(path) => served(&entry, path, &mounts),
            None => mounted(&entry, &mounts),
        });
    }
    entries
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

/// A word of ours under another name is not found by its siblings, nor by this program.
fn report_renames(file: &SourceFile, imports: &Imports, crates: &[String], report: &mut Report) {
    for import in imports.renamed(crates) {
        let Some(word) = import.path.last().and_then(|last| Word::named(last)) else { continue };
        report.wrong(
            Place::of(&file.path, import.span),
            format!(
                "`{word}` goes by the name `{}` here, so its handlers are not found",
                import.name
            ),
            Some(format!("import it as `{word}`, or write `#[palisade::{word}]`")),
        );
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

/// Which attribute is actix's own route above all of ours: it expands first, and leaves a plain
/// handler behind. Below one of ours, it is taken over as if it were palisade's.
fn actix_route(candidate: &Candidate, imports: &Imports, crates: &[String]) -> Option<usize> {
    for (index, attribute) in candidate.item.attrs.iter().enumerate() {
        let path: Vec<String> =
            attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
        let Some((last, prefix)) = path.split_last() else { continue };
        let Some(word) = Word::named(last) else { continue };
        let actix = match prefix {
            [] => imports.is_actix(last, crates),
            [krate] => krate == "actix_web",
            _ => false,
        };
        return (word.is_route() && actix).then_some(index);
    }
    None
}

/// Method and path of actix's own attribute.
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

fn entry(
    package: &Member,
    file: &SourceFile,
    candidate: &Candidate,
    model: &Model,
    inputs: Inputs,
) -> Endpoint {
    let mut conditions = candidate.conditions.clone();
    conditions.extend(conditional::conditions(&candidate.item.attrs));
    let place = Place::of(&file.path, candidate.item.sig.ident.span());
    let route = model.route.as_ref();
    Endpoint {
        package: package.name.clone(),
        module: module_path(&candidate.module),
        name: model.name.to_string(),
        mode: if route.is_some() { Mode::Routed } else { Mode::Plain },
        methods: route.map_or_else(Vec::new, |route| {
            route.methods.iter().map(|method| method.value.to_owned()).collect()
        }),
        path: route.map(|route| route.path.value()),
        access: model.access.to_string(),
        credentials: model.credentials.names.iter().map(|name| name.value.clone()).collect(),
        limits: model.limits.iter().map(ToString::to_string).collect(),
        body_limit: model.body_cap(),
        upload: model.upload.as_ref().map(upload),
        timeout_ms: model
            .timeout
            .map(|timeout| u64::try_from(timeout.value.as_millis()).unwrap_or(u64::MAX)),
        cross_site: match model.cross_site {
            endpoint::CrossSite::Refuse => CrossSite::Refuse,
            endpoint::CrossSite::Token => CrossSite::Token,
            endpoint::CrossSite::Allow => CrossSite::Allow,
        },
        cross_origin: model.cors.as_ref().map(endpoint::Cors::summary),
        validation: match model.validation.value {
            endpoint::Validation::NoInput => Validation::NoInput,
            endpoint::Validation::Strict => Validation::Strict,
            endpoint::Validation::AllowUnknownFields => Validation::AllowUnknownFields,
        },
        inputs: inputs.validated,
        objects: inputs.objects,
        vouched: inputs.vouched,
        cache: model.headers.cache.as_ref().map(|cache| cache.value.clone()),
        csp: model.headers.csp.as_ref().map(endpoint::Written::text),
        conditions,
        reasons: model
            .reasons
            .iter()
            .map(|reason| Reason { word: reason.word.clone(), reason: reason.text.value() })
            .collect(),
        file: file.path.display().to_string(),
        line: place.line,
    }
}

fn upload(upload: &endpoint::Upload) -> Upload {
    let endpoint::Upload { field, files, max, kinds, unpacked, pixels, frames, .. } = upload;
    Upload {
        field: field.clone(),
        files: *files,
        max: *max,
        kinds: kinds.iter().map(|kind| kind.name().to_owned()).collect(),
        unpacked: *unpacked,
        pixels: *pixels,
        frames: *frames,
    }
}

/// One entry for each prefix under which an attribute's route is mounted; its own path where none is
/// known, as palisade mounts it.
fn served(entry: &Endpoint, path: &str, mounts: &[&Mount]) -> Vec<Entry> {
    let mut paths: Vec<Option<String>> = Vec::new();
    for mount in mounts.iter().filter(|mount| mount.by_attribute) {
        let path = mount.path.as_ref().map(|prefix| mount::join(prefix, path));
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        paths.push(Some(path.to_owned()));
    }
    let entries = paths.into_iter().map(|path| Endpoint { path, ..entry.clone() });
    entries.map(|entry| Entry::Endpoint(Box::new(entry))).collect()
}

/// One entry for each place where a plain handler is mounted; one without path if there is none.
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

/// The mounts that name this handler and no other one of the package.
fn mounts_of<'a>(
    name: &str,
    module: &[String],
    names: &[(String, Vec<String>)],
    mounts: &'a [Mount],
) -> Vec<&'a Mount> {
    mounts
        .iter()
        .filter(|mount| {
            let Some((last, prefix)) = mount.handler.split_last() else { return false };
            if last != name {
                return false;
            }
            // `crate`, `self`, `super` and the library's own name say nothing of the last modules.
            let tail: Vec<&String> = prefix
                .iter()
                .filter(|part| !matches!(part.as_str(), "crate" | "self" | "super"))
                .collect();
            let fits = |module: &[String]| {
                let mut end = module.iter().rev();
                tail.iter().rev().all(|part| end.next().is_none_or(|module| module == *part))
            };
            let same: Vec<&Vec<String>> = names
                .iter()
                .filter(|(other, module)| other == name && fits(module))
                .map(|(_, module)| module)
                .collect();
            match same.as_slice() {
                [one] => one.as_slice() == module,
                // Several fit: a bare name means the one in the same module.
                several => {
                    prefix.is_empty()
                        && mount.module == module
                        && several.iter().any(|fitting| fitting.as_slice() == module)
                }
            }
        })
        .collect()
}

fn module_path(module: &[String]) -> String {
    std::iter::once("crate").chain(module.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}
