//! The command line of a service.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};

use super::{
    described::{Described, nearest},
    layers::{Layer, Pool},
    origin::Origin,
};

/// What the process was started for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Serve,
    Help,
    Version,
    PrintSettings,
    Check,
}

/// The content of the command line.
#[derive(Debug, Default)]
pub(super) struct CommandLine {
    pub(super) mode: Mode,
    pub(super) config: Option<PathBuf>,
    pub(super) layer: Layer,
}

/// The options of every service, and their arguments.
pub(super) const OPTIONS: [(&str, &str, &str); 6] = [
    ("--config", " FILE", "the settings file, in place of ./palisade.toml"),
    ("--set", " KEY=VALUE", "a setting, by its name or by its key: --set bind=127.0.0.1:0"),
    ("--print-settings", "", "print every setting with its value and its origin, and end"),
    ("--check", "", "check the settings, and end"),
    ("--help", "", "print this text, and end"),
    ("--version", "", "print the version, and end"),
];

/// Parses the arguments, without the program's own name.
pub(super) fn read(
    arguments: Vec<OsString>,
    known: &[Described],
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> CommandLine {
    let mut line = CommandLine::default();
    let mut parser = Parser::from_args(arguments);
    loop {
        match parser.next() {
            Ok(None) => return line,
            Ok(Some(arg)) => {
                let option = match arg {
                    Arg::Short('h') => "help".to_owned(),
                    Arg::Short('V') => "version".to_owned(),
                    Arg::Short(short) => {
                        complaints.push(format!("-{short} (command line) is unknown: see --help"));
                        // What follows may belong to it.
                        return line;
                    }
                    Arg::Long(long) => long.to_owned(),
                    Arg::Value(value) => {
                        let value = value.to_string_lossy().into_owned();
                        complaints.push(format!(
                            "{value:?} (command line) is unexpected: options begin with `--`, see --help"
                        ));
                        continue;
                    }
                };
                if !line.take(&option, &mut parser, known, pool, complaints) {
                    return line;
                }
            }
            Err(error) => {
                complaints.push(format!("the command line: {error}"));
                return line;
            }
        }
    }
}

/// The values of `--set` for these settings by their names, in arguments that the program may parse
/// itself.
pub(super) fn pairs(
    arguments: &[OsString],
    known: &[Described],
    pool: &mut Pool,
    complaints: &mut Vec<String>,
) -> Layer {
    let mut line = CommandLine::default();
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            break;
        }
        let pair = match argument.strip_prefix("--set") {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(|pair| pair.to_owned().into()),
            None => None,
        };
        let Some((name, text)) = pair.as_deref().and_then(|pair| pair.split_once('=')) else {
            continue;
        };
        let is_meant = |setting: &&Described| setting.name.eq_ignore_ascii_case(name.trim());
        if let Some(setting) = known.iter().find(is_meant) {
            line.set(setting, text, pool, complaints);
        }
    }
    line.layer
}

impl CommandLine {
    /// Whether the other arguments are valid too.
    fn take(
        &mut self,
        option: &str,
        parser: &mut Parser,
        known: &[Described],
        pool: &mut Pool,
        complaints: &mut Vec<String>,
    ) -> bool {
        match option {
            "help" => self.mode = Mode::Help,
            "version" if self.mode != Mode::Help => self.mode = Mode::Version,
            "print-settings" if self.mode == Mode::Serve => self.mode = Mode::PrintSettings,
            "check" if self.mode == Mode::Serve => self.mode = Mode::Check,
            "version" | "print-settings" | "check" => {}
            "config" => match parser.value() {
                Ok(path) if !path.is_empty() => self.config = Some(path.into()),
                _ => complaints.push("--config (command line) needs the path of a file".to_owned()),
            },
            "set" => match parser.value().and_then(ValueExt::string) {
                Ok(pair) => self.set_pair(&pair, known, pool, complaints),
                Err(_) => {
                    let wrong = "--set (command line) needs KEY=VALUE: --set bind=127.0.0.1:0";
                    complaints.push(wrong.to_owned());
                }
            },
            other => {
                let name = format!("--{other}");
                let Some(setting) = known.iter().find(|one| one.is_option(&name)) else {
                    complaints.push(unknown(&name, known));
                    return false;
                };
                match parser.value().and_then(ValueExt::string) {
                    Ok(text) => self.set(setting, &text, pool, complaints),
                    Err(_) => {
                        let (setting, takes) = (setting.name, setting.takes);
                        let wrong = format!("{setting} (command line): {name} needs {takes}");
                        complaints.push(wrong);
                    }
                }
            }
        }
        true
    }

    fn set_pair(
        &mut self,
        pair: &str,
        known: &[Described],
        pool: &mut Pool,
        complaints: &mut Vec<String>,
    ) {
        let Some((name, text)) = pair.split_once('=') else {
            let wrong = "--set (command line) needs KEY=VALUE: --set bind=127.0.0.1:0";
            complaints.push(wrong.to_owned());
            return;
        };
        let name = name.trim();
        match known.iter().find(|setting| setting.is_called(name)) {
            Some(setting) => self.set(setting, text, pool, complaints),
            None => {
                let keys = known.iter().map(Described::key);
                let names = known.iter().map(|setting| setting.name.to_owned());
                let near = nearest(name, keys.chain(names));
                let fix =
                    near.map_or("see --help".to_owned(), |near| format!("did you mean {near}?"));
                complaints.push(format!("{name:?} (command line) is no setting: {fix}"));
            }
        }
    }

    /// Every user of the machine can read the arguments of a process (CWE-214).
    fn set(
        &mut self,
        setting: &Described,
        text: &str,
        pool: &mut Pool,
        complaints: &mut Vec<String>,
    ) {
        let name = setting.name;
        if setting.secret {
            complaints.push(format!(
                "{name} (command line) is a secret, and other users can read the arguments of a \
                 process: name a file that holds it in {name}_FILE"
            ));
            return;
        }
        if self.layer.has(name) {
            complaints.push(format!("{name} (command line) is set twice: keep one of them"));
            return;
        }
        self.layer.set(setting, text.into(), Origin::CommandLine, pool, complaints);
    }
}

fn unknown(name: &str, known: &[Described]) -> String {
    let own = known.iter().filter(|setting| setting.flag).map(Described::option);
    let all = own.chain(OPTIONS.iter().map(|(name, ..)| (*name).to_owned()));
    match nearest(name, all) {
        Some(near) => format!("{name} (command line) is unknown: did you mean {near}?"),
        None => format!("{name} (command line) is unknown: see --help"),
    }
}
