//! The settings of this service.

use std::path::PathBuf;

use aws_lc_rs::{error::Unspecified, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use palisade::{
    Failure, PrivateFolder, SecretFile, password::Password, settings::Sourced, sql::Db,
};
use secrecy::{ExposeSecret as _, SecretString};

/// A guest book.
#[derive(Debug, palisade::Settings)]
#[settings(section = "browser")]
pub(crate) struct Settings {
    /// The folder of the database and of the administrator's password.
    #[setting(default = ".palisade")]
    data: Sourced<PathBuf>,

    /// The password of the administrator, in place of one that is made on the first start.
    admin_password: Option<Sourced<SecretString>>,
}

impl Settings {
    /// The database: a file in the data folder.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or the file cannot be opened.
    pub(crate) async fn database(&self) -> Result<Db, Failure> {
        PrivateFolder::open(&**self.data).map_err(|error| self.data.refused(error))?;
        let opened = Db::open_file(self.data.join("browser.sqlite")).await;
        opened.map_err(|error| self.data.refused(Failure::new(format!("the database: {error}"))))
    }

    /// The administrator's password: that of the settings, or one of our own, made at random
    /// and kept in a file that only its user can read. There is none that is known beforehand.
    ///
    /// # Errors
    ///
    /// It is too short or too long to be one, or the file cannot be made, read or trusted.
    pub(crate) fn admin_password(&self) -> Result<Password, Failure> {
        let wrong = |place: &str| {
            Failure::new(format!(
                "{place} is not a password: {} to {} characters",
                Password::MIN,
                Password::MAX
            ))
        };
        if let Some(text) = &self.admin_password {
            let password = Password::new(text.expose_secret().trim_end_matches('\n').to_owned());
            return password.ok_or_else(|| text.refused(wrong("it")));
        }
        let file = SecretFile::open_or_create(self.data.join("admin-password"), generate);
        let file = file.map_err(|error| self.data.refused(error))?;
        let place = file.path().display().to_string();
        tracing::info!("the password of `admin` is in {place}");
        let text = file.read().map_err(|error| self.data.refused(error))?;
        let password = Password::new(text.expose_secret().trim_end_matches('\n').to_owned());
        password.ok_or_else(|| wrong(&place))
    }
}

/// 128 random bits and a line's end.
fn generate() -> Result<SecretString, Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(SecretString::from(format!("{}\n", URL_SAFE_NO_PAD.encode(bytes))))
}
