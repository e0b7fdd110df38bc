//! The environment, and the files and folders that it names.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    PREFIX,
    described::{Described, nearest},
    layers::{Layer, Pool},
    origin::Origin,
    secret_file::{self, Reader},
    sources::Names,
};

/// The path of the settings file, instead of `palisade.toml`.
pub(crate) const CONFIG: &str = "PALISADE_CONFIG";
/// A folder in which each file is a setting.
pub(crate) const SECRETS_DIR: &str = "PALISADE_SECRETS_DIR";
/// The folder of systemd's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What the names of the variables of OpenTelemetry begin with.
const OTEL: &str = "OTEL_";

/// What the name of a variable ends with whose value is the path of a file.
const FILE: &str = "_FILE";

/// The most bytes of a file: a private key or a JWK set has a few thousand.
const LONGEST: u64 = 64 << 10;

/// The settings of the environment, by source.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) variables: Layer,
    pub(crate) folder: Layer,
    pub(crate) credentials: Layer,
    pub(crate) files: Layer,
}

/// Reads the settings of the environment and of the files and folders that it names.
pub(crate) fn read(
    variables: &BTreeMap<OsString, OsString>,
    names: Names<'_>,
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> Environment {
    let Names { known, are_all } = names;
    let mut found = Environment::default();
    for (name, value) in variables {
        // A name that is not UTF-8 is none of ours.
        let Some(name) = name.to_str() else { continue };
        if let Some(setting) = known.iter().find(|setting| setting.name == name) {
            match value.to_str() {
                // The standard has an empty variable as one that is not set.
                Some("") if name.starts_with(OTEL) => {}
                Some(text) => {
                    let text = text.into();
                    found.variables.set(setting, text, Origin::Environment, pool, complaints);
                }
                None => complaints.push(format!("{name} (environment) is not UTF-8")),
            }
        } else if let Some(setting) = of_file(name, known) {
            let path = PathBuf::from(value);
            let origin = Origin::NamedFile { variable: name.to_owned(), path: path.clone() };
            if path.as_os_str().is_empty() {
                complaints.push(format!("{name} (environment) is empty: set it or unset it"));
                continue;
            }
            take(setting, &path, origin, &mut found.files, pool, complaints);
        } else if are_all && !matches!(name, CONFIG | SECRETS_DIR) {
            complaints.extend(unknown(name, known));
        }
    }
    for setting in known {
        let variable = format!("{}{FILE}", setting.name);
        let named = |name: &str| variables.contains_key(OsStr::new(name));
        if named(setting.name) && named(&variable) {
            complaints.push(format!(
                "{} and {variable} (environment) both say what {} is: keep one of them",
                setting.name, setting.name
            ));
        }
    }
    if let Some(folder) = variables.get(OsStr::new(SECRETS_DIR)) {
        found.folder = mounted(Path::new(folder), names, pool, complaints);
    }
    if let Some(folder) = variables.get(OsStr::new(CREDENTIALS)) {
        found.credentials = credentials(Path::new(folder), known, pool, complaints);
    }
    found
}

/// The setting whose value is in the file that this variable names.
fn of_file<'a>(name: &str, known: &'a [Described]) -> Option<&'a Described> {
    let of = name.strip_suffix(FILE)?;
    known.iter().find(|setting| setting.name == of)
}

/// A variable that is not a setting, and looks like one.
///
/// All names with the prefix of palisade are its own. Those with the prefix of the service may be
/// variables of a platform (Kubernetes sets `NOTES_SERVICE_HOST` for a service of this name), so
/// only a name that is similar to a setting's is an error.
fn unknown(name: &str, known: &[Described]) -> Option<String> {
    let names = || {
        let settings = known.iter().map(|setting| setting.name.to_owned());
        settings.chain([CONFIG.to_owned(), SECRETS_DIR.to_owned()])
    };
    let base = name.strip_suffix(FILE).unwrap_or(name);
    let near = nearest(base, names()).map(|near| match name.strip_suffix(FILE) {
        Some(_) => format!("{near}{FILE}"),
        None => near,
    });
    let is_of_section = |setting: &Described| {
        let rest = name.get(setting.section.len()..).unwrap_or_default();
        let section = name.get(..setting.section.len()).unwrap_or_default();
        rest.starts_with('_') && section.eq_ignore_ascii_case(setting.section)
    };
    if name.starts_with(PREFIX) {
        return Some(match near {
            Some(near) => format!("{name} (environment) is unknown: did you mean {near}?"),
            None => format!(
                "{name} (environment) is unknown: unset it, or use another prefix for your own"
            ),
        });
    }
    let near = near.filter(|near| !near.starts_with(PREFIX))?;
    known
        .iter()
        .any(is_of_section)
        .then(|| format!("{name} (environment) is unknown: did you mean {near}?"))
}

/// One line about the variables of OpenTelemetry that are given and that palisade does not read; `None` where there are
/// none, or where palisade reads none. They are not an error, because other libraries read the same names.
pub(super) fn unread_otel(
    variables: &BTreeMap<OsString, OsString>,
    known: &[Described],
) -> Option<String> {
    let otel = || known.iter().map(|setting| setting.name).filter(|name| name.starts_with(OTEL));
    otel().next()?;
    let is_unread = |name: &str| {
        let of_file = name.strip_suffix(FILE).unwrap_or(name);
        name.starts_with(OTEL) && otel().all(|known| known != name && known != of_file)
    };
    let unread = variables.iter().filter(|(_, value)| !value.is_empty()).filter_map(|(name, _)| {
        let name = name.to_str().filter(|name| is_unread(name))?;
        Some(match nearest(name, otel().map(str::to_owned)) {
            Some(near) => format!("{name} (did you mean {near}?)"),
            None => name.to_owned(),
        })
    });
    let unread: Vec<_> = unread.collect();
    (!unread.is_empty()).then(|| {
        format!("palisade does not read these variables of OpenTelemetry: {}", unread.join(", "))
    })
}

/// A folder of settings, each in a file that has its name or its key.
fn mounted(
    folder: &Path,
    settings: Names<'_>,
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> Layer {
    let Names { known, are_all } = settings;
    let mut layer = Layer::default();
    let place = folder.display();
    if folder.as_os_str().is_empty() {
        complaints.push(format!("{SECRETS_DIR} (environment) is empty: set it or unset it"));
        return layer;
    }
    let names = match names(folder) {
        Ok(names) => names,
        Err(error) => {
            complaints.push(format!("{SECRETS_DIR} (environment) is {place}: {error}"));
            return layer;
        }
    };
    for name in names {
        let path = folder.join(&name);
        // `..data` and what it leads to, which Kubernetes changes in one step.
        if name.starts_with('.') {
            continue;
        }
        let Some(setting) = called(&name, known) else {
            if !are_all {
                continue;
            }
            let all = known.iter().map(|setting| setting.name.to_owned());
            let fix = match nearest(&name.to_ascii_uppercase(), all) {
                Some(near) => format!("did you mean {near}?"),
                None => "mount settings alone there (Kubernetes: `items`)".to_owned(),
            };
            let file = path.display();
            complaints.push(format!("the file {file} of {SECRETS_DIR} is no setting: {fix}"));
            continue;
        };
        if layer.has(setting.name) {
            let setting = setting.name;
            complaints
                .push(format!("two files in {place} say what {setting} is: keep one of them"));
            continue;
        }
        let origin = Origin::SecretsFolder(path.clone());
        take(setting, &path, origin, &mut layer, pool, complaints);
    }
    layer
}

/// The credentials that are settings; a unit may have others.
fn credentials(
    folder: &Path,
    known: &[Described],
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> Layer {
    let mut layer = Layer::default();
    let names = match names(folder) {
        Ok(names) => names,
        Err(error) => {
            let place = folder.display();
            complaints.push(format!("{CREDENTIALS} (environment) is {place}: {error}"));
            return layer;
        }
    };
    for name in names {
        let Some(setting) = known.iter().find(|one| one.name.eq_ignore_ascii_case(&name)) else {
            continue;
        };
        let path = folder.join(&name);
        let origin = Origin::Credential(path.clone());
        take(setting, &path, origin, &mut layer, pool, complaints);
    }
    layer
}

/// The setting of a file with this name.
fn called<'a>(name: &str, known: &'a [Described]) -> Option<&'a Described> {
    let own = known.iter().filter(|setting| setting.section != super::SECTION);
    let exact = known.iter().find(|setting| setting.name.eq_ignore_ascii_case(name));
    exact.or_else(|| own.into_iter().find(|setting| setting.key() == name))
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The content of a file, without the line end that editors add.
fn take(
    setting: &Described,
    path: &Path,
    origin: Origin,
    layer: &mut Layer,
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) {
    let reader = if setting.secret { Reader::Owner } else { Reader::Anybody };
    match secret_file::read(path, LONGEST, reader) {
        Ok(text) => layer.set(setting, without_line_end(text), origin, pool, complaints),
        Err(error) => complaints.push(format!("{} ({origin}): {error}", setting.name)),
    }
}

fn without_line_end(text: SecretString) -> SecretString {
    let exposed = text.expose_secret();
    let Some(line) = exposed.strip_suffix('\n') else { return text };
    line.strip_suffix('\r').unwrap_or(line).into()
}
