//! The command line and the part of the environment that this program reads itself.

use std::{env, path::PathBuf};

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Parser;
use palisade::{Failure, PrivateFolder, SecretFile, password::Password, sql::Db};
use secrecy::{ExposeSecret as _, SecretString};

/// A guest book. Serves on `PALISADE_BIND` (127.0.0.1:8080 if unset). The administrator's
/// password is `BROWSER_ADMIN_PASSWORD`, or one that is made on the first start.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Settings {
    /// The folder of the database and of the administrator's password.
    #[arg(long, env = "BROWSER_DATA", value_name = "FOLDER", default_value = ".palisade")]
    data: PathBuf,
}

impl Settings {
    /// The database: a file in the data folder.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or the file cannot be opened.
    pub(crate) async fn database(&self) -> Result<Db, Failure> {
        PrivateFolder::open(&self.data)?;
        let opened = Db::open_file(self.data.join("browser.sqlite")).await;
        opened.map_err(|error| Failure::new(format!("the database: {error}")))
    }

    /// The administrator's password: that of the environment, or one of our own, made at random
    /// and kept in a file that only its user can read. There is none that is known beforehand.
    ///
    /// # Errors
    ///
    /// It is too short or too long to be one, or the file cannot be made, read or trusted.
    pub(crate) fn admin_password(&self) -> Result<Password, Failure> {
        let (text, place) = match secret(ADMIN_PASSWORD)? {
            Some(text) => (text, ADMIN_PASSWORD.to_owned()),
            None => {
                let file = SecretFile::open_or_create(self.data.join("admin-password"), generate)?;
                let place = file.path().display().to_string();
                tracing::info!("the password of `admin` is in {place}");
                (file.read()?, place)
            }
        };
        let password = Password::new(text.expose_secret().trim_end_matches('\n').to_owned());
        password.ok_or_else(|| {
            Failure::new(format!(
                "{place} holds no password: {} to {} characters",
                Password::MIN,
                Password::MAX
            ))
        })
    }
}

const ADMIN_PASSWORD: &str = "BROWSER_ADMIN_PASSWORD";

/// 128 random bits and a line's end.
fn generate() -> Result<SecretString, Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(SecretString::from(format!("{}\n", URL_SAFE_NO_PAD.encode(bytes))))
}

/// A variable that may hold a password: read from the environment alone, since every user of the
/// machine sees the arguments of a program.
///
/// # Errors
///
/// One that is empty or not UTF-8: whoever set it means something else than to leave it out.
pub(crate) fn secret(name: &str) -> Result<Option<SecretString>, Failure> {
    match env::var(name) {
        Ok(value) if value.trim().is_empty() => {
            Err(Failure::new(format!("{name} is empty: set it or unset it")))
        }
        Ok(value) => Ok(Some(SecretString::from(value))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::new(format!("{name} is not UTF-8"))),
    }
}
