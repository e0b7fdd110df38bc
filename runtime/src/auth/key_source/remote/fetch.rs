//! Fetching, with bounds that do not depend on the server.

use std::time::{Duration, Instant};

use reqwest::{
    Certificate, StatusCode,
    header::{ACCEPT, HeaderValue},
    redirect,
};

use super::{
    super::{KeySourceError, refresher::Supply, ring::Renewal},
    address::Address,
    discovery::{self, Places},
    freshness::Freshness,
};
use crate::{
    auth::{KeyError, KeySet},
    causes::without_url,
};

/// A set of public keys is a few kilobytes; with a chain of certificates for each, a few more.
const MAX_BODY: usize = 256 * 1024;
const MAX_BODY_LENGTH: u64 = 256 * 1024;

const MAX_REDIRECTS: usize = 3;

/// How long the address of an issuer's keys is used; less if they cannot be fetched from there.
const REDISCOVER_AFTER: Duration = Duration::from_secs(3_600);

/// An HTTP client that follows redirects within one origin only.
#[derive(Clone, Debug)]
pub(super) struct Client(reqwest::Client);

/// A source of an identity provider's keys.
#[derive(Debug)]
pub(super) struct Provider {
    client: Client,
    whereabouts: Whereabouts,
    freshness: Freshness,
    usable_for: Duration,
    /// The keys that were left out of the last set, to log them once.
    told: Vec<String>,
}

#[derive(Debug)]
enum Whereabouts {
    Configured(Address),
    Discovered {
        places: Box<Places>,
        /// The address of the keys, and when the metadata named it.
        known: Option<(Address, Instant)>,
    },
}

impl Client {
    /// `roots` in PEM replace the machine's certificate authorities, unless they are empty.
    pub(super) fn new(roots: &[u8]) -> Result<Self, KeySourceError> {
        // An attacker who controls one path of an origin does not thereby control another origin.
        let within_origin = redirect::Policy::custom(|attempt| {
            let is_within = attempt
                .previous()
                .first()
                .is_some_and(|first| first.origin() == attempt.url().origin());
            if is_within && attempt.previous().len() <= MAX_REDIRECTS {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("palisade/", env!("CARGO_PKG_VERSION")))
            .redirect(within_origin)
            .referer(false)
            // A proxy that some variable names would see and could change every key.
            .no_proxy()
            .pool_max_idle_per_host(1);
        if !roots.is_empty() {
            let fault = "the certificate authorities are not in PEM";
            let roots =
                Certificate::from_pem_bundle(roots).map_err(|_| KeySourceError::new(fault))?;
            if roots.is_empty() {
                return Err(KeySourceError::new(fault));
            }
            client = client.tls_certs_only(roots);
        }
        let client = client.build().map_err(|error| {
            KeySourceError::new(format!("no HTTPS client: {}", without_url(error)))
        })?;
        Ok(Self(client))
    }

    /// The body of the answer, and how long it is fresh. The time-out of the whole attempt bounds
    /// this.
    async fn get(
        &self,
        address: &Address,
        freshness: Freshness,
    ) -> Result<(Vec<u8>, Duration), String> {
        let fault = |what: String| format!("{address}: {what}");
        let request = self
            .0
            .get(address.url().clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        let mut response = request.send().await.map_err(|error| fault(without_url(error)))?;
        if response.status() != StatusCode::OK {
            return Err(fault(format!("the answer is {}, not 200", response.status())));
        }
        let too_long = || fault(format!("the answer is longer than {MAX_BODY} bytes"));
        if response.content_length().is_some_and(|length| length > MAX_BODY_LENGTH) {
            return Err(too_long());
        }
        let fresh_for = freshness.of(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| fault(without_url(error)))? {
            if chunk.len() > MAX_BODY - body.len() {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body, fresh_for))
    }
}

impl Provider {
    pub(super) fn at(
        client: Client,
        address: Address,
        freshness: Freshness,
        usable_for: Duration,
    ) -> Self {
        let whereabouts = Whereabouts::Configured(address);
        Self { client, whereabouts, freshness, usable_for, told: Vec::new() }
    }

    pub(super) fn discovered(
        client: Client,
        places: Places,
        freshness: Freshness,
        usable_for: Duration,
    ) -> Self {
        let whereabouts = Whereabouts::Discovered { places: Box::new(places), known: None };
        Self { client, whereabouts, freshness, usable_for, told: Vec::new() }
    }

    async fn fetch(
        &self,
        address: &Address,
    ) -> Result<(Option<KeySet>, Vec<KeyError>, Duration), String> {
        let (body, fresh_for) = self.client.get(address, self.freshness).await?;
        let (keys, left_out) =
            KeySet::from_provider(&body).map_err(|fault| format!("{address}: {fault}"))?;
        Ok((keys, left_out, fresh_for))
    }

    fn tell(&mut self, address: &Address, left_out: &[KeyError]) {
        let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        if left_out != self.told {
            for fault in &left_out {
                tracing::warn!("{address}: not used: {fault}");
            }
            self.told = left_out;
        }
    }
}

impl Supply for Provider {
    async fn keys(&mut self) -> Result<Renewal, String> {
        let (address, since) = match &mut self.whereabouts {
            Whereabouts::Configured(address) => (address.clone(), Instant::now()),
            Whereabouts::Discovered { places, known } => {
                // Taken out and put back at the end: an attempt that fails or is cut off is
                // followed by one that asks again where the keys are.
                match known.take().filter(|(_, since)| since.elapsed() < REDISCOVER_AFTER) {
                    Some(known) => known,
                    None => (discover(&self.client, places, self.freshness).await?, Instant::now()),
                }
            }
        };
        let (keys, left_out, fresh_for) = self.fetch(&address).await?;
        self.tell(&address, &left_out);
        if let Whereabouts::Discovered { known, .. } = &mut self.whereabouts {
            *known = Some((address, since));
        }
        Ok(Renewal { keys, fresh_for, usable_for: Some(self.usable_for) })
    }
}

/// Tries each address in turn: issuers have one of them, and some answer at the other with a page.
async fn discover(
    client: &Client,
    places: &Places,
    freshness: Freshness,
) -> Result<Address, String> {
    let mut faults = Vec::new();
    for place in &places.addresses {
        let found = client.get(place, freshness).await.and_then(|(body, _)| {
            discovery::read(&body, &places.issuer, place.is_encrypted())
                .map_err(|fault| format!("{place}: {fault}"))
        });
        match found {
            Ok(address) => return Ok(address),
            Err(fault) => faults.push(fault),
        }
    }
    Err(faults.join("; "))
}
