//! Secrets of this machine: files and the environment.

use std::{env, path::Path};

use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroize as _};

use super::{
    Secret, SecretAddress, Source, SourceError, SourceErrorKind, SourceFuture, member::member,
};
use crate::regular_file;

/// The most bytes of a file: a chain of certificates with its key has a few thousand.
const LONGEST: u64 = 64 << 10;

/// Files by their path, as Kubernetes and systemd provide them.
///
/// A file that other users can read is refused, as by [`SecretFile`](crate::SecretFile): in Kubernetes,
/// set `defaultMode: 0400` for the volume, and `fsGroup` where the service is not root. One newline at
/// the end is not part of the secret.
#[derive(Debug)]
pub(super) struct FileSource;

impl Source for FileSource {
    fn describe(&self) -> String {
        "the file system".to_owned()
    }

    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
        // Without a wait: the thread does little else, and what could wait is refused.
        Box::pin(std::future::ready(read(address)))
    }
}

fn read(address: &SecretAddress) -> Result<Secret, SourceError> {
    if let Some(name) = address.unknown_parameter(&[]) {
        return Err(SourceError::setting(format!(
            "a file has no parameter `{name}`: leave it out"
        )));
    }
    let path = Path::new(address.path());
    if !path.is_absolute() {
        return Err(SourceError::setting(
            "the path is relative: write it from the root, file:/path",
        ));
    }
    let mut bytes = open(path)
        .and_then(|file| regular_file::read_open(file, LONGEST).map_err(|error| failed(&error)))?;
    if address.field().is_none() && bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    chosen(bytes, address.field())
}

fn open(path: &Path) -> Result<std::fs::File, SourceError> {
    let file = regular_file::open(path).map_err(|error| failed(&error))?;
    #[cfg(unix)]
    {
        let found = file.metadata().map_err(|error| failed(&error))?;
        crate::private_folder::private_file(path, &found)
            .map_err(|error| SourceError::new(SourceErrorKind::Denied, error.to_string()))?;
    }
    Ok(file)
}

fn failed(error: &std::io::Error) -> SourceError {
    let kind = if error.kind() == std::io::ErrorKind::NotFound {
        SourceErrorKind::NotFound
    } else if error.kind() == std::io::ErrorKind::PermissionDenied {
        SourceErrorKind::Denied
    } else {
        SourceErrorKind::Malformed
    };
    SourceError::new(kind, error.to_string())
}

/// Variables of the environment. They never change while a process runs.
#[derive(Debug)]
pub(super) struct EnvironmentSource;

impl Source for EnvironmentSource {
    fn describe(&self) -> String {
        "the environment".to_owned()
    }

    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
        Box::pin(std::future::ready(variable(address)))
    }
}

fn variable(address: &SecretAddress) -> Result<Secret, SourceError> {
    if let Some(name) = address.unknown_parameter(&[]) {
        let what = format!("a variable has no parameter `{name}`: leave it out");
        return Err(SourceError::setting(what));
    }
    match env::var(address.path()) {
        Ok(value) => chosen(value.into_bytes().into(), address.field()),
        Err(env::VarError::NotPresent) => Err(SourceError::not_found("the variable is not set")),
        Err(env::VarError::NotUnicode(_)) => {
            Err(SourceError::malformed("the variable is not UTF-8"))
        }
    }
}

/// The whole text, or a member of it if it is an object.
pub(super) fn chosen(
    mut bytes: secrecy::zeroize::Zeroizing<Vec<u8>>,
    field: Option<&str>,
) -> Result<Secret, SourceError> {
    let value = match field {
        Some(field) => member(&bytes, &[field])?
            .ok_or_else(|| SourceError::not_found(format!("the secret has no field `{field}`")))?,
        None => {
            let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
                error.into_bytes().zeroize();
                SourceError::malformed("the secret is not UTF-8")
            })?;
            SecretString::from(text)
        }
    };
    if value.expose_secret().contains('\0') {
        return Err(SourceError::malformed("the secret has a NUL character"));
    }
    Ok(Secret::new(value))
}
