//! Certificates of an authority that speaks ACME (RFC 8555), such as Let's Encrypt.
//!
//! 1. The service proves that it holds a name in the TLS handshake (`tls-alpn-01`, RFC 8737): the
//!    authority connects to port 443 of the name, and gets a certificate with its challenge. No
//!    HTTP request, no DNS record and no other program takes part.
//! 2. The account and the certificate are stored in a private folder (CWE-276), so that a restart
//!    requests no certificate: authorities limit the rate of requests.
//! 3. A certificate is renewed when a third of its time is left, 30 days at most, by a thread of
//!    its own. A failure is an error in the log with the message of the authority, and is tried
//!    again after a minute, then after twice as long each time, six hours at most.
//! 4. Until the first certificate is there, clients get the alert `unrecognized_name`.

mod challenges;
mod folder;
mod http_client;
mod keeper;
mod order;

use std::path::PathBuf;

pub(super) use challenges::{Challenges, PROTOCOL};
pub(super) use folder::Folder;
pub(super) use keeper::Keeper;

/// The directory of Let's Encrypt.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The most names of one certificate: the limit of Let's Encrypt.
const MOST_DOMAINS: usize = 100;

/// Certificates of an authority that speaks ACME, for [`Builder::acme`](crate::Builder::acme).
///
/// With this you agree to the terms of service of the authority.
///
/// ```
/// use palisade::{Acme, Palisade};
///
/// let acme = Acme::new(["api.example", "www.api.example"], "/var/lib/notes/acme")
///     .contact("mailto:operator@api.example");
/// let builder = Palisade::builder().bind("0.0.0.0:443").acme(acme);
/// # let _ = builder;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Acme {
    pub(super) domains: Vec<String>,
    pub(super) contact: Option<String>,
    pub(super) directory: Option<String>,
    pub(super) folder: Option<PathBuf>,
    pub(super) roots: Option<PathBuf>,
}

impl Acme {
    /// One certificate for all of these names, stored in this folder. A missing folder is created
    /// with mode 0700; one that other users can enter is refused.
    pub fn new(
        domains: impl IntoIterator<Item = impl Into<String>>,
        folder: impl Into<PathBuf>,
    ) -> Self {
        let domains = domains.into_iter().map(Into::into).collect();
        Self { domains, folder: Some(folder.into()), ..Self::default() }
    }

    /// The contact address of the operator: `mailto:` and an address.
    #[must_use]
    pub fn contact(mut self, contact: impl Into<String>) -> Self {
        self.contact = Some(contact.into());
        self
    }

    /// The https URL of the authority's directory. The default is Let's Encrypt.
    #[must_use]
    pub fn directory(mut self, url: impl Into<String>) -> Self {
        self.directory = Some(url.into());
        self
    }

    /// A PEM file of roots that verify the certificate of the directory's own server, for an
    /// authority in a private network.
    #[must_use]
    pub fn directory_authority(mut self, roots: impl Into<PathBuf>) -> Self {
        self.roots = Some(roots.into());
        self
    }

    pub(crate) fn set_domains(&mut self, domains: Vec<String>) {
        self.domains = domains;
    }

    pub(crate) fn set_folder(&mut self, folder: PathBuf) {
        self.folder = Some(folder);
    }

    pub(super) fn directory_url(&self) -> &str {
        self.directory.as_deref().unwrap_or(LETS_ENCRYPT)
    }

    /// Invalid settings, before any file is read.
    pub(super) fn misfits(&self) -> Vec<String> {
        let mut misfits = Vec::new();
        if self.domains.is_empty() {
            misfits.push(
                "settings of ACME are there without a name: set PALISADE_ACME_DOMAINS, or call \
                 `.acme(Acme::new(..))`"
                    .to_owned(),
            );
        }
        if self.domains.len() > MOST_DOMAINS {
            misfits.push(format!(
                "PALISADE_ACME_DOMAINS or `Acme::new(..)` has {} names: {MOST_DOMAINS} at most",
                self.domains.len()
            ));
        }
        for domain in &self.domains {
            let why = if domain.contains('*') {
                "an authority gives wildcards for records of DNS alone, which this service does not write"
            } else if domain.parse::<std::net::IpAddr>().is_ok() || domain.starts_with('[') {
                "it is an address: name a host"
            } else if !is_name(domain) {
                "it is not the name of a host with two labels or more, like api.example"
            } else {
                continue;
            };
            misfits.push(format!("PALISADE_ACME_DOMAINS or `Acme::new(..)` has {domain:?}: {why}"));
        }
        if self.folder.is_none() {
            misfits.push(
                "PALISADE_ACME_CACHE is not set: name a folder for the account and the certificate, or each \
                 start would ask the authority for another"
                    .to_owned(),
            );
        }
        if let Some(contact) = self.contact.as_ref().filter(|contact| !is_contact(contact)) {
            misfits.push(format!(
                "PALISADE_ACME_CONTACT or `.contact(..)` is {contact:?}: write mailto: and an address, like \
                 mailto:operator@api.example"
            ));
        }
        let directory = self.directory_url();
        let is_https = directory
            .strip_prefix("https://")
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains('@'));
        if !is_https {
            misfits.push(format!(
                "PALISADE_ACME_DIRECTORY or `.directory(..)` is {directory:?}: write the https URL of the \
                 authority's directory"
            ));
        }
        misfits
    }
}

fn is_contact(contact: &str) -> bool {
    contact.strip_prefix("mailto:").is_some_and(|address| {
        // A header field and a list of addresses have no place in it (RFC 8555 section 7.3).
        address.split_once('@').is_some_and(|(user, host)| !user.is_empty() && is_name(host))
            && !address.contains(['?', ',', ' '])
    })
}

/// A name in its ASCII form, as in DNS.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::Acme;

    #[test]
    fn settings_that_cannot_work_are_named() {
        let one = |domain: &str| Acme::new([domain], "/var/lib/notes/acme");
        let good = || one("api.example");
        for (acme, says) in [
            (good(), ""),
            (good().contact("mailto:operator@api.example").directory("https://ca.example/dir"), ""),
            (one("xn--bcher-kva.example"), ""),
            (Acme { folder: None, ..good() }, "PALISADE_ACME_CACHE is not set"),
            (Acme { domains: Vec::new(), ..good() }, "set PALISADE_ACME_DOMAINS"),
            (Acme { domains: vec!["a.example".to_owned(); 101], ..good() }, "100 at most"),
            (one("*.api.example"), "wildcards"),
            (one("192.0.2.1"), "it is an address"),
            (one("[2001:db8::1]"), "it is an address"),
            (one("localhost"), "two labels or more"),
            (one("api.example:8443"), "two labels or more"),
            (one("-a.example"), "two labels or more"),
            (good().contact("operator@api.example"), "write mailto:"),
            (good().contact("mailto:a@b.example?subject=x"), "write mailto:"),
            (good().directory("http://ca.example/dir"), "the https URL"),
            (good().directory("https://"), "the https URL"),
            (good().directory("https://user@ca.example/"), "the https URL"),
        ] {
            match acme.misfits().as_slice() {
                [] => assert_eq!(says, "", "{acme:?}"),
                [one] => assert!(!says.is_empty() && one.contains(says), "{says}: {one}"),
                several => panic!("{several:?}"),
            }
        }
    }
}
