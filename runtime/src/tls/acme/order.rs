//! The steps for one certificate: from the account to the file.

use std::{fmt, sync::Arc, time::Duration};

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount,
    NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use secrecy::zeroize::Zeroizing;

use super::{challenges::Challenges, folder::Folder, http_client::Client};

/// The time limit of the authority for validating the challenges and for issuing.
const RETRIES: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(500)).timeout(Duration::from_secs(180));

/// The requested certificate, and the authority.
pub(super) struct Request {
    pub(super) domains: Vec<String>,
    pub(super) contact: Option<String>,
    pub(super) directory: String,
    pub(super) folder: Folder,
    pub(super) client: Client,
    pub(super) challenges: Arc<Challenges>,
}

impl Request {
    /// Obtains a certificate and stores it.
    ///
    /// # Errors
    ///
    /// The cause, for the log.
    pub(super) async fn fulfil(&self) -> Result<(), String> {
        let account = self.account().await?;
        let identifiers: Vec<_> = self.domains.iter().cloned().map(Identifier::Dns).collect();
        let order = account.new_order(&NewOrder::new(&identifiers)).await;
        let mut order = order.map_err(|error| text("a new order", &error))?;
        self.prove(&mut order).await?;

        let key = KeyPair::generate().map_err(|error| text("a key", &error))?;
        let mut params = CertificateParams::new(self.domains.clone())
            .map_err(|error| text("the request of a certificate", &error))?;
        params.distinguished_name = DistinguishedName::new();
        let asked = params.serialize_request(&key);
        let asked = asked.map_err(|error| text("the request of a certificate", &error))?;
        let finalized = order.finalize_csr(asked.der()).await;
        finalized.map_err(|error| text("the end of the order", &error))?;
        let chain = order.poll_certificate(&RETRIES).await;
        let chain = chain.map_err(|error| text("the certificate", &error))?;

        let key = Zeroizing::new(key.serialize_pem());
        let mut file = Zeroizing::new(Vec::with_capacity(chain.len() + key.len() + 1));
        file.extend_from_slice(chain.as_bytes());
        if !chain.ends_with('\n') {
            file.push(b'\n');
        }
        file.extend_from_slice(key.as_bytes());
        self.folder.keep_certificate(&file).map_err(|error| text("the folder", &error))
    }

    /// The account at this authority, created at the first request.
    async fn account(&self) -> Result<Account, String> {
        let builder = || Account::builder_with_http(Box::new(self.client.clone()));
        let kept = self.folder.account().map_err(|error| text("the account's file", &error))?;
        if let Some(kept) = kept {
            let credentials: AccountCredentials = serde_json::from_slice(&kept)
                .map_err(|error| text("the account's file, which you may remove", &error))?;
            let account = builder().from_credentials(credentials).await;
            return account.map_err(|error| text("the account", &error));
        }
        let contact: Vec<_> = self.contact.iter().map(String::as_str).collect();
        let account = NewAccount {
            contact: &contact,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let made = builder().create(&account, self.directory.clone(), None).await;
        let (account, credentials) = made.map_err(|error| text("a new account", &error))?;
        let credentials = serde_json::to_vec(&credentials).map(Zeroizing::new);
        let credentials = credentials.map_err(|error| text("a new account", &error))?;
        self.folder
            .keep_account(&credentials)
            .map_err(|error| text("the account's file", &error))?;
        Ok(account)
    }

    /// Proves that the service controls each name.
    async fn prove(&self, order: &mut Order) -> Result<(), String> {
        let mut answered = Vec::new();
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization =
                authorization.map_err(|error| text("an authorization", &error))?;
            match authorization.status {
                AuthorizationStatus::Pending => {}
                AuthorizationStatus::Valid => continue,
                status @ (AuthorizationStatus::Invalid
                | AuthorizationStatus::Revoked
                | AuthorizationStatus::Expired
                | AuthorizationStatus::Deactivated) => {
                    return Err(format!("an authorization is {status:?}"));
                }
            }
            let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
                return Err("the authority offers no challenge of the kind tls-alpn-01".to_owned());
            };
            let domain = challenge.identifier().to_string();
            let digest = challenge.key_authorization().digest();
            answered.push(self.challenges.answer(&domain, digest.as_ref())?);
            let told = challenge.set_ready().await;
            told.map_err(|error| text("the challenge of a name", &error))?;
        }
        let status = order.poll_ready(&RETRIES).await;
        drop(answered);
        match status.map_err(|error| text("the challenges", &error))? {
            OrderStatus::Ready | OrderStatus::Processing | OrderStatus::Valid => Ok(()),
            OrderStatus::Pending | OrderStatus::Invalid => Err(refusal(order).await),
        }
    }
}

/// The authority's message about the names that it could not verify.
async fn refusal(order: &mut Order) -> String {
    let mut said = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else { continue };
        let domain = state.identifier().to_string();
        let errors = state.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        said.extend(errors.map(|error| format!("{domain}: {error}")));
    }
    format!("the authority has not verified the names: {}", said.join("; "))
}

fn text(what: &str, error: &dyn fmt::Display) -> String {
    format!("{what}: {error}")
}
