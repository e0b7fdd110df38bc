//! Secrets in the environment, and files with secrets that it names.

use std::{env, ffi::OsString};

use palisade_policy::{
    deploy::{SecretFact, SharedFile},
    secret::{names_secret_file, purpose_of_variable, weakness_of_setting},
};

/// Secrets among the variables of this process that can be guessed. Whether the service uses them is not
/// known. Settings of palisade and of the service are judged where they are read.
pub(crate) fn named_by_environment() -> Vec<SecretFact> {
    weak_in(env::vars_os())
}

fn weak_in(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<SecretFact> {
    variables
        .filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            let purpose = purpose_of_variable(&name).filter(|_| !name.starts_with("PALISADE_"))?;
            let weakness = weakness_of_setting(&value, purpose).filter(|_| !value.is_empty())?;
            // The other side decides how long the secret is.
            let fact = SecretFact { setting: name, weakness, is_used: false };
            weakness.is_certain().then_some(fact)
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

    const READ_BY_OTHERS: u32 = 0o004;

    variables
        .filter_map(|(name, path)| {
            let setting = name.into_string().ok()?;
            let is_secret = names_secret_file(&setting);
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

    use super::{shared_in, weak_in};

    fn variables(all: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        let all: Vec<_> = all.iter().map(|(name, value)| (name.into(), value.into())).collect();
        all.into_iter()
    }

    #[test]
    fn weak_secrets_are_found_by_their_names() {
        let found = weak_in(variables(&[
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
