//! The settings of the service, and the options of the command `token`.

use std::path::PathBuf;

use clap::Parser;
use palisade::{Builder, Failure, PrivateFolder, settings::Sourced};

use crate::key;

/// Who signs the tokens and whom they are for, unless a setting says otherwise.
const NAME: &str = "quickstart";

/// A small service over palisade.
///
/// `quickstart token --help` tells about tokens for it.
#[derive(Debug, palisade::Settings)]
#[settings(section = "quickstart")]
pub(crate) struct Settings {
    /// The folder of the database and of the signing key.
    #[setting(default = ".palisade")]
    pub(crate) data: Sourced<PathBuf>,
}

impl Settings {
    /// What the settings leave open: keys of our own, made if they are not there.
    ///
    /// # Errors
    ///
    /// Where our own can neither be made nor trusted.
    pub(crate) fn complete(&self, mut palisade: Builder) -> Result<Builder, Failure> {
        // The folder holds the database too, even if the keys come from elsewhere.
        PrivateFolder::open(&**self.data).map_err(|error| self.data.refused(error))?;
        if !palisade.has_auth_keys() {
            let keys = key::ensure(&self.data).map_err(|error| self.data.refused(error))?;
            palisade = palisade.auth_keys_file(keys);
        }
        if !palisade.is_set("PALISADE_AUTH_ISSUER") {
            palisade = palisade.auth_issuer(NAME);
        }
        if !palisade.is_set("PALISADE_AUTH_AUDIENCE") {
            palisade = palisade.auth_audience(NAME);
        }
        Ok(palisade)
    }
}

/// Prints a signed token for the service, alone on the last line of standard output. The options
/// about keys have to match the settings of the service.
#[derive(Debug, Parser)]
#[command(name = "quickstart token")]
pub(crate) struct TokenArgs {
    /// The folder of the signing key.
    #[arg(long, env = "QUICKSTART_DATA", value_name = "FOLDER", default_value = ".palisade")]
    data: PathBuf,

    /// The JWK set file to use instead of a key of our own.
    #[arg(long, env = "PALISADE_AUTH_KEYS", value_name = "FILE")]
    auth_keys: Option<PathBuf>,

    /// Who signs the token.
    #[arg(long, env = "PALISADE_AUTH_ISSUER", default_value = NAME)]
    pub(crate) issuer: String,

    /// Whom the token is for.
    #[arg(long, env = "PALISADE_AUTH_AUDIENCE", default_value = NAME)]
    pub(crate) audience: String,

    /// A scope that the token carries; may repeat.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,

    /// Whom the token names.
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub(crate) subject: String,

    /// How long the token is good for: `90s`, `15m`, `1h`.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = humantime::parse_duration)]
    pub(crate) expires: std::time::Duration,
}

impl TokenArgs {
    /// The JWK set file that signs tokens; our own is made if it is not there.
    ///
    /// # Errors
    ///
    /// Where our own can neither be made nor trusted.
    pub(crate) fn key_set(&self) -> Result<PathBuf, Failure> {
        PrivateFolder::open(&self.data)?;
        match &self.auth_keys {
            Some(keys) => Ok(keys.clone()),
            None => Ok(key::ensure(&self.data)?),
        }
    }
}
