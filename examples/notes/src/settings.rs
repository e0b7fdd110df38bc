//! The settings of this service.

use std::path::PathBuf;

use palisade::{
    Failure, PrivateFolder, SecretFile,
    auth::{Algorithm, SigningKey},
    settings::Sourced,
    sql::Db,
};
use secrecy::{ExposeSecret as _, SecretString};

/// Keeps people's notes.
#[derive(Debug, palisade::Settings)]
#[settings(section = "notes")]
pub(crate) struct Settings {
    /// The folder of the database file and of the signing key.
    #[setting(default = ".palisade")]
    data: Sourced<PathBuf>,

    /// A private key (Ed25519, PEM) to sign tokens with, in place of one of the service's own.
    signing_key: Option<Sourced<PathBuf>>,

    /// The database, `postgres://user:password@host/database` or `sqlite:path`, in place of a file in the
    /// data folder.
    #[setting(name = "DATABASE_URL")]
    database_url: Option<Sourced<SecretString>>,
}

impl Settings {
    /// The key that signs tokens; one of our own is made if none is named.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, read or trusted.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, Failure> {
        let read = |path: PathBuf| SigningKey::pem_file(Algorithm::EdDsa, None, path);
        if let Some(path) = &self.signing_key {
            return read((**path).clone()).map_err(|error| path.refused(error));
        }
        self.open_folder()?;
        let make = || SigningKey::generate_pem(Algorithm::EdDsa);
        let file = SecretFile::open_or_create(self.data.join("signing.pem"), make);
        let file = file.map_err(|error| self.data.refused(error))?;
        read(file.path().to_owned()).map_err(|error| self.data.refused(error))
    }

    /// The database: that of `DATABASE_URL`, or a file in the data folder.
    ///
    /// # Errors
    ///
    /// It cannot be reached or opened, or the data folder cannot be made.
    pub(crate) async fn database(&self) -> Result<Db, Failure> {
        if let Some(url) = &self.database_url {
            let connected = Db::connect(url.expose_secret()).await;
            return connected.map_err(|error| url.refused(Failure::new(error.to_string())));
        }
        self.open_folder()?;
        let path = self.data.join("notes.sqlite");
        let opened = Db::open_file(&path).await;
        opened.map_err(|error| {
            self.data.refused(Failure::new(format!("{}: {error}", path.display())))
        })
    }

    fn open_folder(&self) -> Result<PrivateFolder, Failure> {
        PrivateFolder::open(&**self.data).map_err(|error| self.data.refused(error))
    }
}
