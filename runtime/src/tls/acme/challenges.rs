//! Responses to authorities that verify a name of this service.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
};

/// The protocol of the challenge (RFC 8737 section 6.2).
pub(in crate::tls) const PROTOCOL: &[u8] = b"acme-tls/1";

/// Challenge certificates by name.
pub(in crate::tls) struct Challenges {
    provider: Arc<CryptoProvider>,
    open: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

/// A challenge certificate, as long as this exists.
pub(super) struct Answered {
    challenges: Arc<Challenges>,
    domain: String,
}

impl Challenges {
    pub(in crate::tls) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self { provider, open: Mutex::default() }
    }

    /// The TLS settings for the authority that verifies this name.
    pub(in crate::tls) fn of(&self, domain: &str) -> Option<Arc<ServerConfig>> {
        self.open().get(&domain.to_ascii_lowercase()).cloned()
    }

    /// Creates the challenge certificate for this name, which contains the digest of a key
    /// authorization and no other name than this one (RFC 8737 section 3).
    pub(super) fn answer(
        self: &Arc<Self>,
        domain: &str,
        digest: &[u8],
    ) -> Result<Answered, String> {
        let text = |error: &dyn fmt::Display| format!("the answer to a challenge: {error}");
        let domain = domain.to_ascii_lowercase();
        let mut params = CertificateParams::new([domain.clone()]).map_err(|error| text(&error))?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let key = KeyPair::generate().map_err(|error| text(&error))?;
        let certificate = params.self_signed(&key).map_err(|error| text(&error))?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = self.provider.key_provider.load_private_key(key);
        let key = key.map_err(|error| text(&error))?;
        // Not checked on the way: the extension is critical, and no part of what libraries verify.
        let one = CertifiedKey::new(vec![certificate.der().clone()], key);
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| text(&error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(one)));
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.send_tls13_tickets = 0;
        self.open().insert(domain.clone(), Arc::new(config));
        Ok(Answered { challenges: Arc::clone(self), domain })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Arc<ServerConfig>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.challenges.open().remove(&self.domain);
    }
}
