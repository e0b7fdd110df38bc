//! All sources of settings, read once.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{
    command_line::{self, CommandLine, Mode},
    described::Described,
    environment::{self, CONFIG},
    file,
    layers::{Given, Pool, merge},
};

/// What surrounds a process.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// The arguments, without the program's name; `None` where the program reads them itself.
    pub(super) arguments: Option<Vec<OsString>>,
    pub(super) variables: BTreeMap<OsString, OsString>,
    /// Where `palisade.toml` is looked for.
    pub(super) folder: PathBuf,
}

impl Surroundings {
    /// These variables, and the folder of this process. The arguments are left to the program.
    pub(super) fn with_variables(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        Self { arguments: None, variables: variables.collect(), folder: PathBuf::new() }
    }

    /// Those of this process, its arguments among them.
    pub(super) fn of_process() -> Self {
        let arguments = env::args_os().skip(1).collect();
        Self { arguments: Some(arguments), ..Self::with_variables(env::vars_os()) }
    }
}

/// What all sources say.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) mode: Mode,
    pub(super) values: BTreeMap<String, Given>,
}

/// Reads every source; what cannot be read is noted, and the rest is there.
pub(super) fn resolve(
    known: &[Described],
    from: &Surroundings,
    complaints: &mut Vec<String>,
) -> Resolved {
    let mut pool = Pool::default();
    let CommandLine { mode, config, layer: options } = match &from.arguments {
        Some(arguments) => command_line::read(arguments.clone(), known, &mut pool, complaints),
        None => CommandLine::default(),
    };
    if matches!(mode, Mode::Help | Mode::Version) {
        return Resolved { mode, ..Resolved::default() };
    }
    let variable = from.variables.get(OsStr::new(CONFIG));
    if config.is_none() && variable.is_some_and(|path| path.is_empty()) {
        complaints.push(format!("{CONFIG} (environment) is empty: set it or unset it"));
    }
    let variable = variable.filter(|path| !path.is_empty());
    let named = config.as_deref().or_else(|| variable.map(Path::new));
    let toml = match file::find(named, &from.folder) {
        Some(path) => file::read(&path, known, &mut pool, complaints),
        None => super::layers::Layer::default(),
    };
    let environment = environment::read(&from.variables, known, &mut pool, complaints);
    let layers = [
        toml,
        environment.variables,
        environment.folder,
        environment.credentials,
        environment.files,
        options,
    ];
    Resolved { mode, values: merge(layers, &pool, complaints) }
}
