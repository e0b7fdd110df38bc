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
    layers::{Given, Layer, Pool, merge},
};

/// What surrounds a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The arguments, without the program's name; `None` where the program reads them itself.
    pub(crate) arguments: Option<Vec<OsString>>,
    pub(crate) variables: BTreeMap<OsString, OsString>,
    /// Where `palisade.toml` is looked for.
    pub(crate) folder: PathBuf,
}

impl Surroundings {
    /// These variables, and the folder of this process. The arguments are left to the program.
    pub(crate) fn with_variables(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        Self { arguments: None, variables: variables.collect(), folder: PathBuf::new() }
    }

    /// Those of this process, its arguments among them.
    pub(crate) fn of_process() -> Self {
        let arguments = env::args_os().skip(1).collect();
        Self { arguments: Some(arguments), ..Self::with_variables(env::vars_os()) }
    }
}

impl Surroundings {
    /// Whether the command line names the settings file.
    pub(crate) fn names_config(&self) -> bool {
        let is_config = |argument: &OsString| {
            argument == "--config" || argument.to_string_lossy().starts_with("--config=")
        };
        self.arguments.iter().flatten().any(is_config)
    }
}

/// What all sources say.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) mode: Mode,
    pub(crate) values: BTreeMap<String, Given>,
    /// Findings about the sources that are not errors; a line each.
    pub(crate) notes: Vec<String>,
}

/// Reads every source; what cannot be read is noted, and the rest is there.
pub(crate) fn resolve(
    known: &[Described],
    from: &Surroundings,
    complaints: &mut Vec<String>,
) -> Resolved {
    let mut pool = Pool::default();
    let names = Names { known, are_all: true };
    let notes = environment::unread_otel(&from.variables, known).into_iter().collect();
    let CommandLine { mode, config, layer: options } = match &from.arguments {
        Some(arguments) => command_line::read(arguments.clone(), known, &mut pool, complaints),
        None => CommandLine::default(),
    };
    if matches!(mode, Mode::Help | Mode::Version) {
        return Resolved { mode, ..Resolved::default() };
    }
    let values = layered(names, from, config.as_deref(), options, &mut pool, complaints);
    Resolved { mode, values, notes }
}

/// The names of settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    pub(crate) known: &'a [Described],
    /// Whether any other name is a mistake.
    pub(crate) are_all: bool,
}

/// The value of each setting by these sources and by these options of the command line.
pub(crate) fn layered(
    names: Names<'_>,
    from: &Surroundings,
    config: Option<&Path>,
    options: Layer,
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> BTreeMap<String, Given> {
    let variable = from.variables.get(OsStr::new(CONFIG));
    if config.is_none() && variable.is_some_and(|path| path.is_empty()) {
        complaints.push(format!("{CONFIG} (environment) is empty: set it or unset it"));
    }
    let variable = variable.filter(|path| !path.is_empty());
    let named = config.or_else(|| variable.map(Path::new));
    let toml = match file::find(named, &from.folder) {
        Some(path) => file::read(&path, names, pool, complaints),
        None => Layer::default(),
    };
    let environment = environment::read(&from.variables, names, pool, complaints);
    let layers = [
        toml,
        environment.variables,
        environment.folder,
        environment.credentials,
        environment.files,
        options,
    ];
    merge(layers, pool, complaints)
}
