//! Secrets whose address is a setting.

use crate::secrets::{self, SecretHandle, SecretsError};

/// Whether secrets are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fetch {
    /// To run and to check.
    #[default]
    Always,
    /// To print settings, which needs no server: addresses are read, and nothing else.
    Never,
}

/// The secrets that were fetched.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    fetch: Fetch,
    names: Vec<&'static str>,
}

impl Fetched {
    pub(super) fn new(fetch: Fetch) -> Self {
        Self { fetch, names: Vec::new() }
    }

    /// The settings with the addresses, in the order in which their secrets were fetched.
    pub(super) fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// The secret at this address; `None` where secrets are not fetched.
    ///
    /// # Errors
    ///
    /// The address cannot be read, or the secret cannot be fetched.
    pub(super) fn fetch(
        &mut self,
        name: &'static str,
        address: &str,
    ) -> Result<Option<SecretHandle>, SecretsError> {
        if self.fetch == Fetch::Never {
            return secrets::check_address(name, address).map(|()| None);
        }
        let secret = secrets::resolve(name, address)?;
        self.names.push(name);
        Ok(Some(secret))
    }
}
