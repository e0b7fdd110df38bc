//! The command line and the part of the environment that this program reads itself.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use palisade::{PrivateFolder, SecretFileError};

use crate::key;

/// A small service over palisade. Without a command it serves on `PALISADE_BIND`
/// (127.0.0.1:8080 if unset).
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Args {
    /// What to do; serves if absent.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The folder of the database and of the signing key.
    #[arg(long, env = "QUICKSTART_DATA", value_name = "FOLDER", default_value = ".palisade")]
    #[arg(global = true)]
    pub(crate) data: PathBuf,

    /// The JWK set file to use instead of a key of our own.
    #[arg(long, env = "PALISADE_AUTH_KEYS", value_name = "FILE", global = true)]
    pub(crate) auth_keys: Option<PathBuf>,

    /// Who signs the tokens.
    #[arg(long, env = "PALISADE_AUTH_ISSUER", default_value = "quickstart", global = true)]
    pub(crate) issuer: String,

    /// Whom the tokens are for.
    #[arg(long, env = "PALISADE_AUTH_AUDIENCE", default_value = "quickstart", global = true)]
    pub(crate) audience: String,
}

impl Args {
    /// The JWK set file that signs and checks tokens; our own is made if it is not there.
    ///
    /// # Errors
    ///
    /// Where our own can neither be made nor trusted.
    pub(crate) fn key_set(&self) -> Result<PathBuf, SecretFileError> {
        // The folder holds the database too, whoever brings the keys.
        PrivateFolder::open(&self.data)?;
        match &self.auth_keys {
            Some(keys) => Ok(keys.clone()),
            None => key::ensure(&self.data),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a signed token for this service, alone on the last line of standard output.
    Token(TokenArgs),
}

/// What the token says.
#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
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
