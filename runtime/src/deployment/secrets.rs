//! Secrets in the environment, and files with secrets that it names.

use std::{env, ffi::OsString};

use palisade_web::deploy::{SecretFact, SharedFile, Weakness, weakness};

/// What names of variables with a secret end with.
const ENDINGS: [&str; 6] =
    ["_PASSWORD", "_SECRET", "_TOKEN", "_API_KEY", "_PASSPHRASE", "_SECRET_KEY"];

/// Secrets of examples among the variables of this process. Whether the service uses them is not known.
pub(crate) fn named_by_environment() -> Vec<SecretFact> {
    defaults_in(env::vars_os())
}

fn defaults_in(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<SecretFact> {
    variables
        .filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            let is_secret = ENDINGS.iter().any(|ending| name.ends_with(ending));
            let is_default = is_secret && weakness(&value) == Some(Weakness::Default);
            is_default.then_some(SecretFact {
                setting: name,
                weakness: Weakness::Default,
                is_used: false,
            })
        })
        .collect()
}

/// Files that variables name which end with `_FILE`, have a secret's word, and that every user can read.
#[cfg(unix)]
pub(crate) fn shared_files() -> Vec<SharedFile> {
    shared_in(env::vars_os())
}

#[cfg(not(unix))]
pub(crate) fn shared_files() -> Vec<SharedFile> {
    Vec::new()
}

#[cfg(unix)]
fn shared_in(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<SharedFile> {
    use std::os::unix::fs::PermissionsExt as _;

    const WORDS: [&str; 5] = ["KEY", "SECRET", "PASSWORD", "TOKEN", "PASSPHRASE"];
    const READ_BY_OTHERS: u32 = 0o004;

    variables
        .filter_map(|(name, path)| {
            let setting = name.into_string().ok()?;
            let stem = setting.strip_suffix("_FILE")?;
            let is_secret = stem.split('_').any(|word| WORDS.contains(&word));
            let metadata = is_secret.then(|| std::fs::metadata(&path).ok()).flatten()?;
            let mode = metadata.permissions().mode() & 0o7777;
            let is_shared = metadata.is_file() && mode & READ_BY_OTHERS != 0;
            let path = path.to_string_lossy().into_owned();
            is_shared.then_some(SharedFile { setting, path, mode })
        })
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _};

    use super::{defaults_in, shared_in};

    fn variables(all: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        let all: Vec<_> = all.iter().map(|(name, value)| (name.into(), value.into())).collect();
        all.into_iter()
    }

    #[test]
    fn secrets_of_examples_are_found_by_their_names() {
        let found = defaults_in(variables(&[
            ("POSTGRES_PASSWORD", "postgres"),
            ("SHOP_API_KEY", "mB4kT8uZr2xVq7Lp"),
            ("SHOP_NAME", "secret"),
            ("SHOP_SECRET_KEY", "django-insecure-1234"),
        ]));
        let names: Vec<_> = found.iter().map(|secret| secret.setting.as_str()).collect();
        assert_eq!(names, ["POSTGRES_PASSWORD", "SHOP_SECRET_KEY"]);
    }

    #[test]
    fn files_with_secrets_are_for_one_user() {
        let folder = std::env::temp_dir().join(format!("palisade-secrets-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, mode| {
            let path = folder.join(name);
            fs::write(&path, "x").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        let (open, closed) = (file("open", 0o644), file("closed", 0o640));
        let found = shared_in(variables(&[
            ("PALISADE_FORM_KEY_FILE", &open),
            ("SHOP_PASSWORD_FILE", &closed),
            ("SHOP_LOG_FILE", &open),
            ("SHOP_TOKEN_FILE", "/does/not/exist"),
        ]));
        fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(found.as_slice(), [one] if one.setting == "PALISADE_FORM_KEY_FILE"));
    }
}
