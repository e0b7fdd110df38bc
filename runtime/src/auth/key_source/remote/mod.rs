//! Keys of an identity provider, fetched over HTTPS.

mod address;
mod discovery;
mod fetch;
mod freshness;

use std::time::Duration;

use self::{
    address::Address,
    fetch::{Client, Provider},
    freshness::Freshness,
};
use super::{
    Demand, KeySourceError,
    refresher::{Pace, spawn},
    ring::KeyRing,
};

const DEFAULT_TIME_OUT: Duration = Duration::from_secs(3);
const LONGEST_TIME_OUT: Duration = Duration::from_secs(30);
const DEFAULT_FRESH: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(900));
const DEFAULT_USABLE: Duration = Duration::from_secs(6 * 3_600);
const LONGEST_USABLE: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Between two attempts, whatever causes them.
const PAUSE: Duration = Duration::from_secs(1);

/// The public keys of an identity provider, fetched from a URL and refreshed in the background.
///
/// Guarantees, whatever the provider or the network does:
///
/// 1. keys come over https (over http from this machine only, for development), from the address
///    that was configured or that the issuer's own metadata names. A redirect is followed within
///    one origin; proxies of the environment are not used; an answer is at most 256 KiB;
/// 2. no content of a token becomes part of an address;
/// 3. requests are judged with the keys at hand while new ones are fetched. Only a token that names
///    a key which is not there waits, for the time-out at most: 503 then;
/// 4. keys are fetched again when `Cache-Control: max-age` has passed, not sooner than every 30
///    seconds and not later than every 15 minutes, and after 5 minutes without `max-age`: a key
///    that the provider has removed is used for that long;
/// 5. keys that could not be confirmed for six hours are not used any more: 503;
/// 6. of a set, keys of other kinds and for other uses are left out, and so are weak keys, private
///    ones, secrets, and all but the first of one name. An RSA key without `alg` is used with
///    RS256, which is the one algorithm that RFC 9068 requires of all.
///
/// ```
/// use std::time::Duration;
///
/// use palisade::auth::{RemoteKeys, Verifier};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = RemoteKeys::at("https://id.example.org/keys")?.time_out(Duration::from_secs(2))?;
/// # if false {
/// let verifier = Verifier::new(keys, "https://id.example.org", "items")?;
/// // Or let the issuer's own metadata say where its keys are (RFC 8414, OpenID Discovery).
/// let verifier = Verifier::new(RemoteKeys::discovered(), "https://id.example.org", "items")?;
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "keys are fetched by the verifier that they are given to"]
pub struct RemoteKeys {
    location: Location,
    time_out: Duration,
    fresh: (Duration, Duration),
    usable_for: Duration,
    roots: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Location {
    Url(Address),
    Issuer,
}

impl RemoteKeys {
    /// The JWK Set at this URL.
    ///
    /// # Errors
    ///
    /// Not an https URL, or one with a user, a password or a fragment.
    pub fn at(url: &str) -> Result<Self, KeySourceError> {
        Ok(Self::of(Location::Url(Address::parse(url)?)))
    }

    /// The JWK Set that the metadata of the verifier's issuer names: it is looked for at
    /// `/.well-known/oauth-authorization-server` (RFC 8414) and then at
    /// `/.well-known/openid-configuration` (`OpenID` Connect Discovery 1.0). The metadata must name
    /// exactly that issuer.
    pub fn discovered() -> Self {
        Self::of(Location::Issuer)
    }

    fn of(location: Location) -> Self {
        Self {
            location,
            time_out: DEFAULT_TIME_OUT,
            fresh: DEFAULT_FRESH,
            usable_for: DEFAULT_USABLE,
            roots: Vec::new(),
        }
    }

    /// How long an attempt may take, and how long a request waits; 3 seconds unless this is called.
    ///
    /// Attempts are a second apart, so with less than two a token of a new key can get 503 while a
    /// client sends tokens with unknown key ids.
    ///
    /// # Errors
    ///
    /// Less than a second, or more than 30.
    pub fn time_out(mut self, time_out: Duration) -> Result<Self, KeySourceError> {
        if time_out < PAUSE || time_out > LONGEST_TIME_OUT {
            return Err(KeySourceError::new(format!(
                "a time-out of {time_out:?}; from {PAUSE:?} to {LONGEST_TIME_OUT:?}"
            )));
        }
        self.time_out = time_out;
        Ok(self)
    }

    /// The bounds of `max-age`; 30 seconds and 15 minutes unless this is called. The second is how
    /// long a key may be used that the provider has removed.
    ///
    /// # Errors
    ///
    /// Less than a second, more than a day, or the first longer than the second.
    pub fn fresh_between(
        mut self,
        shortest: Duration,
        longest: Duration,
    ) -> Result<Self, KeySourceError> {
        const DAY: Duration = Duration::from_secs(24 * 3_600);
        if shortest < PAUSE || shortest > longest || longest > DAY {
            return Err(KeySourceError::new(format!(
                "keys that are fresh for {shortest:?} to {longest:?}; from one second to one day"
            )));
        }
        self.fresh = (shortest, longest);
        Ok(self)
    }

    /// How long keys are used without a confirmation by the provider; six hours unless this is
    /// called.
    ///
    /// # Errors
    ///
    /// Less than a second, or more than a week.
    pub fn usable_for(mut self, span: Duration) -> Result<Self, KeySourceError> {
        if span < PAUSE || span > LONGEST_USABLE {
            return Err(KeySourceError::new(format!(
                "keys that are usable for {span:?} without being confirmed; from one second to \
                 one week"
            )));
        }
        self.usable_for = span;
        Ok(self)
    }

    /// Trusts these certificate authorities (PEM), and no others, for the provider's connections:
    /// for an internal provider with an authority of its own.
    pub fn roots_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = pem.into();
        self
    }

    pub(super) fn open(self, issuer: &str) -> Result<KeyRing, KeySourceError> {
        let (shortest, longest) = self.fresh;
        if self.usable_for < longest {
            return Err(KeySourceError::new(format!(
                "keys would end after {:?}, before they are fetched again after {longest:?}; let \
                 them be usable for longer, or fresh for less",
                self.usable_for
            )));
        }
        let client = Client::new(&self.roots)?;
        let freshness = Freshness { shortest, longest };
        let provider = match self.location {
            Location::Url(address) => Provider::at(client, address, freshness, self.usable_for),
            Location::Issuer => {
                let places = discovery::places(issuer)?;
                Provider::discovered(client, places, freshness, self.usable_for)
            }
        };
        let (ring, shared, end) = KeyRing::renewable(None, Demand::new(self.time_out));
        let pace =
            Pace { pause: PAUSE, time_out: self.time_out, at_once: true, fresh_for: shortest };
        spawn(shared, end, provider, pace)?;
        Ok(ring)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RemoteKeys;
    use crate::auth::Verifier;

    #[test]
    fn bounds_are_bounded() {
        let keys = || RemoteKeys::at("https://id.example.org/keys").unwrap();
        let second = Duration::from_secs(1);
        assert!(keys().time_out(Duration::ZERO).is_err());
        assert!(keys().time_out(31 * second).is_err());
        assert!(keys().fresh_between(Duration::ZERO, second).is_err());
        assert!(keys().fresh_between(2 * second, second).is_err());
        assert!(keys().fresh_between(second, 86_401 * second).is_err());
        assert!(keys().usable_for(Duration::ZERO).is_err());
        assert!(keys().usable_for(86_400 * 8 * second).is_err());

        let short = keys().usable_for(60 * second).unwrap();
        let error = Verifier::new(short, "https://id.example.org", "items").unwrap_err();
        assert!(error.to_string().contains("usable for longer"), "{error}");
    }

    #[test]
    fn an_issuer_that_cannot_be_asked_is_refused() {
        for issuer in
            ["quickstart", "http://id.example.org", "https://id.example.org/?a=b", "file:///x"]
        {
            let error = Verifier::new(RemoteKeys::discovered(), issuer, "items").unwrap_err();
            assert!(error.to_string().contains("https"), "{issuer}: {error}");
        }
    }
}
