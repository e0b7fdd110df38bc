//! Where the value of a setting comes from.

use std::{fmt, path::PathBuf};

/// The source of one value. Its text follows the name of the setting in every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The setting was not given.
    Default,
    /// `palisade.toml`, or the file that was named in its place.
    File {
        path: PathBuf,
        line: usize,
        key: String,
    },
    /// A variable of the environment.
    Environment,
    /// A file that `NAME_FILE` names.
    NamedFile {
        variable: String,
        path: PathBuf,
    },
    /// A file of the folder that `PALISADE_SECRETS_DIR` names.
    SecretsFolder(PathBuf),
    /// A credential that systemd passed (`LoadCredential=`).
    Credential(PathBuf),
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, key } => write!(f, "{key} in {}:{line}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::NamedFile { variable, path } => write!(f, "{variable}={}", path.display()),
            Self::SecretsFolder(path) => write!(f, "the file {}", path.display()),
            Self::Credential(path) => write!(f, "the systemd credential {}", path.display()),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// Puts a setting and its origin before what is wrong with it: `PALISADE_CORS_MAX_AGE
/// (environment): ..`. A message that begins with the name keeps its form: `PALISADE_CORS_MAX_AGE
/// (environment) is ..`.
pub(crate) fn attributed(name: &str, origin: &Origin, text: &str) -> String {
    match text.strip_prefix(name) {
        Some(rest) if !continues_name(rest) => format!("{name} ({origin}){rest}"),
        _ => format!("{name} ({origin}): {text}"),
    }
}

/// Puts the origin after the first mention of a setting, unless the text has it already. `NAME=value` says what
/// to write.
pub(crate) fn with_origin(name: &str, origin: &Origin, text: &str) -> Option<String> {
    let label = format!("{name} ({origin})");
    if text.contains(&label) {
        return None;
    }
    let at = text.match_indices(name).map(|(at, _)| at).find(|at| {
        let begins = text.get(..*at).is_some_and(|before| !before.ends_with(is_of_name));
        let rest = text.get(at.saturating_add(name.len())..);
        begins && rest.is_some_and(|rest| !continues_name(rest) && !rest.starts_with('='))
    })?;
    let (before, rest) = text.split_at_checked(at)?;
    Some(format!("{before}{label}{}", rest.strip_prefix(name)?))
}

fn continues_name(rest: &str) -> bool {
    rest.starts_with(is_of_name)
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::{Origin, attributed, with_origin};

    #[test]
    fn an_origin_follows_its_setting() {
        let file = Origin::File { path: "palisade.toml".into(), line: 12, key: "bind".to_owned() };
        assert_eq!(
            attributed("PALISADE_BIND", &file, "PALISADE_BIND is \"x\""),
            "PALISADE_BIND (bind in palisade.toml:12) is \"x\""
        );
        assert_eq!(
            attributed("PALISADE_BIND", &Origin::Environment, "PALISADE_BIND_MODE is"),
            "PALISADE_BIND (environment): PALISADE_BIND_MODE is"
        );
        let late = "PALISADE_HOSTS_X and PALISADE_HOSTS or `.host(..)`";
        let told = with_origin("PALISADE_HOSTS", &Origin::CommandLine, late);
        let expected = "PALISADE_HOSTS_X and PALISADE_HOSTS (command line) or `.host(..)`";
        assert_eq!(told.as_deref(), Some(expected));
        assert_eq!(with_origin("PALISADE_HOSTS", &Origin::CommandLine, expected), None);
        assert_eq!(with_origin("PALISADE_BIND", &Origin::CommandLine, late), None);
        let example = "set PALISADE_BIND=unix:/path";
        assert_eq!(with_origin("PALISADE_BIND", &Origin::CommandLine, example), None);
    }
}
