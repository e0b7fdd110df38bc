//! The command line and the part of the environment that this program reads itself.

use std::{env, path::PathBuf};

use clap::Parser;
use palisade::{
    Failure, PrivateFolder, SecretFile,
    auth::{Algorithm, SigningKey},
    sql::Db,
};
use secrecy::{ExposeSecret as _, SecretString};

/// Keeps people's notes. Serves on `PALISADE_BIND` (127.0.0.1:8080 if unset). The database is
/// that of `DATABASE_URL` (`postgres://..` or `sqlite:..`), a file in the data folder if unset.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Settings {
    /// The folder of the database file and of the signing key.
    #[arg(long, env = "NOTES_DATA", value_name = "FOLDER", default_value = ".palisade")]
    data: PathBuf,

    /// A private key (Ed25519, PEM) to sign tokens with, in place of one of our own.
    #[arg(long, env = "NOTES_SIGNING_KEY", value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

impl Settings {
    /// The key that signs tokens; one of our own is made if none is named.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, read or trusted.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, Failure> {
        let path = match &self.signing_key {
            Some(path) => path.clone(),
            None => {
                PrivateFolder::open(&self.data)?;
                let make = || SigningKey::generate_pem(Algorithm::EdDsa);
                SecretFile::open_or_create(self.data.join("signing.pem"), make)?.path().to_owned()
            }
        };
        Ok(SigningKey::pem_file(Algorithm::EdDsa, None, path)?)
    }

    /// The database: that of `DATABASE_URL`, or a file in the data folder.
    ///
    /// # Errors
    ///
    /// It cannot be reached or opened, or the data folder cannot be made.
    pub(crate) async fn database(&self) -> Result<Db, Failure> {
        if let Some(url) = secret("DATABASE_URL")? {
            let connected = Db::connect(url.expose_secret()).await;
            return connected.map_err(|error| Failure::new(format!("DATABASE_URL: {error}")));
        }
        PrivateFolder::open(&self.data)?;
        let path = self.data.join("notes.sqlite");
        let opened = Db::open_file(&path).await;
        opened.map_err(|error| Failure::new(format!("{}: {error}", path.display())))
    }
}

/// A variable that may hold a password: read from the environment alone, since every user of the
/// machine sees the arguments of a program.
///
/// # Errors
///
/// One that is empty or not UTF-8: a service that goes on without its database is a surprise.
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
