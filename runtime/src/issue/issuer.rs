//! The issuer of a service's tokens.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::web::Bytes;
use arc_swap::ArcSwap;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{
    ending::{LoginEnd, SubjectEnd},
    family::{Family, FamilyId, Lifetime},
    grant::Grant,
    refresh_token::RefreshToken,
    response::TokenResponse,
    signing_keys::SigningKeys,
    signing_secret::{SigningRotation, SigningSecret},
    store::RefreshStore,
    unfinished::{Ending, On, Unfinished},
};
use crate::{
    Problem, Result,
    auth::{
        KeyError, KeyFeed, KeySource, Principal, Revocations, SignError, TokenDraft, TokenRefusal,
        Verifier, VerifierError,
    },
    problem::Kind,
    secrets::Secret,
    store_error::StoreError,
};

const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
const LONGEST_ACCESS_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
const IDLE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const ABSOLUTE_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const LONGEST_REFRESH_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Issues access tokens and refresh tokens for one issuer name.
///
/// Decisions on a refresh, in their order; the first that fails refuses it with `invalid-grant`:
///
/// 1. the token has the form of a refresh token (an access token has not);
/// 2. its family is known, and neither its idle nor its absolute lifetime is over;
/// 3. it is the family's current token; an older one was used before, so the family ends;
/// 4. it comes from the client that it was issued to; otherwise it was stolen, and the family ends;
/// 5. the store replaces it by the next one in one step. Of two requests that bring one token at
///    the same time one gets here; the other is a second use.
///
/// If the store cannot be reached, the answer is 503. Cloning an issuer is cheap, and all clones
/// share the keys and the store.
///
/// # Ends of logins
///
/// A login ends by a log-out, by a second use of a refresh token, or with all others of its
/// subject. Each end has two steps: the revocation of its access tokens, if the issuer knows the
/// list of [`revocations`](Self::revocations), and the removal of its refresh token. The revocation
/// comes first, since it applies in this instance at once. Each step is taken even if the other one
/// fails.
///
/// A step that fails, or is interrupted because the client disconnected, is completed in the
/// background: tried again with pauses of up to two seconds, until the stores answer. Until then
/// this instance refuses the refresh token too. The caller gets 503, and need not try again: its
/// access token is revoked already. 10,000 ends may wait; beyond that, and when the process ends
/// before the store is back, the log names each subject whose refresh token may still be valid.
#[derive(Clone)]
pub struct TokenIssuer {
    name: Arc<str>,
    audiences: Arc<[Box<str>]>,
    generation: Arc<Generations>,
    secret: Option<(SigningSecret, Arc<SigningRotation>)>,
    store: Option<Arc<dyn RefreshStore>>,
    revocations: Option<Revocations>,
    unfinished: Unfinished,
    access_lifetime: Duration,
    refresh_lifetime: Lifetime,
}

/// The present keys, and the verifiers that use them.
pub(super) struct Generations {
    current: ArcSwap<Generation>,
    feeds: Mutex<Vec<KeyFeed>>,
    name: Arc<str>,
    audiences: Arc<[Box<str>]>,
}

/// The keys of one time, and the values that depend on them.
pub(super) struct Generation {
    keys: SigningKeys,
    verifier: Verifier,
    published: Bytes,
}

impl TokenIssuer {
    /// Issues tokens as `issuer` (their `iss`), for the service `audience` (their `aud`).
    ///
    /// # Errors
    ///
    /// An empty name, or two keys of one name.
    pub fn new(issuer: &str, audience: &str, keys: SigningKeys) -> Result<Self, IssuerError> {
        let audiences: Arc<[Box<str>]> = Arc::new([Box::from(audience)]);
        let name: Arc<str> = Arc::from(issuer);
        let generation = Generations::new(keys, &name, &audiences)?;
        Ok(Self {
            name,
            audiences,
            generation: Arc::new(generation),
            secret: None,
            store: None,
            revocations: None,
            unfinished: Unfinished::new("log-out"),
            access_lifetime: ACCESS_LIFETIME,
            refresh_lifetime: Lifetime {
                idle: IDLE_LIFETIME.as_secs(),
                absolute: ABSOLUTE_LIFETIME.as_secs(),
            },
        })
    }

    /// Issues tokens signed with the key in this secret, and follows its changes without a refused token:
    /// see [`SigningSecret`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), or the secret is not a private key in PEM for the algorithm.
    pub fn with_secret(
        issuer: &str,
        audience: &str,
        secret: SigningSecret,
    ) -> Result<Self, IssuerError> {
        let (key, seen) = secret.key().map_err(IssuerError::Keys)?;
        let mut own = Self::new(issuer, audience, SigningKeys::new(key))?;
        own.follow(secret, &seen);
        Ok(own)
    }

    /// Begins to follow the secret, for the names and lifetime that this issuer has now.
    fn follow(&mut self, secret: SigningSecret, seen: &Secret) {
        let key = self.generation.current.load().keys.current().clone();
        let rotation = secret.follow(key, seen, &self.generation, self.access_lifetime);
        self.secret = Some((secret, Arc::new(rotation)));
    }

    /// The same after a change. No token was signed yet: the setup is not over.
    fn follow_again(&mut self) {
        if let Some((secret, _)) = self.secret.take()
            && let Ok((_, seen)) = secret.key()
        {
            self.follow(secret, &seen);
        }
    }

    /// Allows grants for this service too ([`Grant::audience`]).
    ///
    /// # Errors
    ///
    /// An empty name.
    pub fn or_audience(mut self, audience: &str) -> Result<Self, IssuerError> {
        let more = self.audiences.iter().cloned().chain([Box::from(audience)]);
        self.audiences = more.collect();
        let keys = self.generation.current.load().keys.clone();
        self.generation = Arc::new(Generations::new(keys, &self.name, &self.audiences)?);
        self.follow_again();
        Ok(self)
    }

    /// Issues refresh tokens too, and stores them here.
    #[must_use]
    pub fn refresh_store(mut self, store: impl RefreshStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Revokes the access tokens of a login that ends, in the list that the service checks on every
    /// request: the one of [`Builder::revocations`](crate::Builder::revocations), which
    /// [`configured_revocations`](crate::Builder::configured_revocations) returns if the
    /// environment configured it.
    ///
    /// Without it, access tokens of a login that ended are valid until they expire, also after a
    /// refresh token was used a second time.
    #[must_use]
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = Some(revocations);
        self
    }

    /// The lifetime of access tokens: 15 minutes unless this is called.
    ///
    /// Revocations of a login are kept for this long. After a start with a shorter lifetime than
    /// before, tokens of the longer one may outlive the revocation of their login.
    ///
    /// # Errors
    ///
    /// Less than a second or more than a day.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Result<Self, IssuerError> {
        if !(Duration::from_secs(1)..=LONGEST_ACCESS_LIFETIME).contains(&lifetime) {
            return Err(IssuerError::Lifetime("an access token lives one second to one day"));
        }
        self.access_lifetime = Duration::from_secs(lifetime.as_secs());
        self.follow_again();
        Ok(self)
    }

    /// The lifetime of refresh tokens: `idle` without being used and `absolute` since the login. 7
    /// and 30 days unless this is called.
    ///
    /// # Errors
    ///
    /// Less than a minute, more than 400 days, or an idle time longer than the absolute one.
    pub fn refresh_lifetime(
        mut self,
        idle: Duration,
        absolute: Duration,
    ) -> Result<Self, IssuerError> {
        let bounds = Duration::from_secs(60)..=LONGEST_REFRESH_LIFETIME;
        if !bounds.contains(&idle) || !bounds.contains(&absolute) || idle > absolute {
            return Err(IssuerError::Lifetime(
                "a refresh token lives one minute to 400 days, and no longer without use than in \
                 all",
            ));
        }
        self.refresh_lifetime = Lifetime { idle: idle.as_secs(), absolute: absolute.as_secs() };
        Ok(self)
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &str {
        &self.name
    }

    /// A verifier for the tokens of this issuer that are for its own service: for the first
    /// audience alone. Another service cannot use the tokens that it receives here.
    ///
    /// It uses the issuer's keys: replacements by [`replace_keys`](Self::replace_keys), and those
    /// of a [`SigningSecret`], apply to it at once.
    ///
    /// # Errors
    ///
    /// Never for an existing issuer: its names and keys were checked when it was made.
    pub fn verifier(&self) -> Result<Verifier, IssuerError> {
        let own = self.audiences.get(..1).unwrap_or_default();
        let keys = self.generation.current.load().keys.key_set().map_err(IssuerError::Keys)?;
        let (source, feed) = KeySource::fed(keys);
        let verifier = verifier(source, &self.name, own)?;
        self.generation.feed(feed);
        Ok(verifier)
    }

    /// Replaces the keys; see [`SigningKeys`] for the order of a rotation. Requests that are under
    /// way finish with the keys that they began with. The [`verifier`](Self::verifier)s of this
    /// issuer use the new keys from then on: a key that is not among them is withdrawn.
    ///
    /// # Errors
    ///
    /// Two keys of one name. The present keys stay.
    pub fn replace_keys(&self, keys: SigningKeys) -> Result<(), IssuerError> {
        self.generation.replace(keys)
    }

    /// Issues tokens for a login that succeeded.
    ///
    /// # Errors
    ///
    /// A grant that no token can carry (500: the service's mistake), or a store that cannot be
    /// reached (503).
    pub async fn issue(&self, grant: Grant) -> Result<TokenResponse> {
        self.issue_at(grant, now()?).await
    }

    /// Exchanges a refresh token for a new token pair.
    ///
    /// `client_id` is the requesting client: authenticated if it is a confidential one, else the
    /// name of the service's public client.
    ///
    /// # Errors
    ///
    /// [`Kind::InvalidGrant`] for the first decision in the list above that fails, and 503 for a
    /// store that cannot be reached.
    pub async fn refresh(&self, token: &RefreshToken, client_id: &str) -> Result<TokenResponse> {
        self.refresh_at(token, client_id, now()?).await
    }

    /// Ends the login of a refresh token: a log-out. An invalid token is not an error (RFC 7009
    /// section 2.2). The login's access tokens end with it if the issuer knows the
    /// [`revocations`](Self::revocations) (RFC 7009 section 2.1).
    ///
    /// # Errors
    ///
    /// A store that cannot be reached (503). If not even the login could be looked up, nothing has
    /// changed, and the client tries again; else the end is completed in the background.
    pub async fn revoke(&self, token: &RefreshToken) -> Result<()> {
        // Looked up first: random texts of the right form must not fill the revocations.
        let login = token.family();
        let Some(family) = self.store()?.load(&login).await.map_err(unavailable)? else {
            return Ok(());
        };
        if family.issuer() != self.issuer() {
            return Ok(());
        }
        self.end(login, family.subject(), 0, self.revocations.clone()).await
    }

    /// Ends the login of this access token at once: a log-out by a client that sends nothing but
    /// its access token. The refresh token of the login is invalid from then on, and so is every
    /// access token that was issued for it.
    ///
    /// The revocation comes first and applies in this instance at once, whatever fails after it. So
    /// a second attempt would be 401; a failed step is completed in the background
    /// ([above](Self#ends-of-logins)).
    ///
    /// # Errors
    ///
    /// As [`revoke_login`](Self::revoke_login), and 503 if the revocation is not confirmed.
    pub async fn end_login(&self, who: &Principal, revocations: &Revocations) -> Result<()> {
        let login = self.login_of(who)?;
        self.end(login, who.subject(), who.expires_at(), Some(revocations.clone())).await
    }

    /// Ends every login of this subject at once, with refresh tokens and access tokens: after a
    /// changed password, or on leaving. Change the password, or remove the account, first: a login
    /// with the old one would begin after the end.
    ///
    /// Tokens of the present second end too, so a log-in within it has to be repeated.
    ///
    /// # Errors
    ///
    /// 503 if a store does not confirm. The end applies in this instance, and is completed in the
    /// background ([above](Self#ends-of-logins)).
    pub async fn end_subject(&self, subject: &str, revocations: &Revocations) -> Result<()> {
        self.end_all(subject, Some(revocations.clone())).await
    }

    /// Ends the login of this access token: its refresh token, and if the issuer knows the
    /// [`revocations`](Self::revocations), its access tokens.
    ///
    /// Access tokens name their login in the claim `sid` if the issuer has a store: a digest, from
    /// which no refresh token can be made.
    ///
    /// # Errors
    ///
    /// [`Kind::InvalidGrant`] for credentials that are not an access token of this issuer with a
    /// refresh token beside it, and 503 for a store that cannot be reached.
    pub async fn revoke_login(&self, who: &Principal) -> Result<()> {
        let login = self.login_of(who)?;
        self.end(login, who.subject(), who.expires_at(), self.revocations.clone()).await
    }

    fn login_of(&self, who: &Principal) -> Result<FamilyId> {
        #[derive(Deserialize)]
        struct Login {
            sid: FamilyId,
        }
        // What another issuer calls by this name is none of our families.
        let login = (who.issuer() == self.issuer()).then(|| who.claims::<Login>().ok()).flatten();
        let Some(Login { sid }) = login else {
            return Err(refused("the credentials are of no login that a refresh token belongs to"));
        };
        Ok(sid)
    }

    /// Ends every refresh token of this subject, and if the issuer knows the
    /// [`revocations`](Self::revocations), every access token: as
    /// [`end_subject`](Self::end_subject), which takes the list as an argument.
    ///
    /// # Errors
    ///
    /// A store that cannot be reached (503).
    pub async fn revoke_subject(&self, subject: &str) -> Result<()> {
        self.end_all(subject, self.revocations.clone()).await
    }

    async fn end(
        &self,
        login: FamilyId,
        subject: &str,
        ends_at: u64,
        revocations: Option<Revocations>,
    ) -> Result<()> {
        let name = login_name(&login);
        let end = LoginEnd {
            store: Arc::clone(self.store()?),
            revocations,
            issuer: Arc::clone(&self.name),
            login,
            subject: subject.to_owned(),
            lifetime: self.access_lifetime.as_secs(),
            ends_at,
            revoked_at: AtomicU64::new(0),
        };
        self.finish(name, subject, Arc::new(end)).await
    }

    async fn end_all(&self, subject: &str, revocations: Option<Revocations>) -> Result<()> {
        let (store, issuer) = (Arc::clone(self.store()?), Arc::clone(&self.name));
        let end = SubjectEnd::new(store, revocations, issuer, subject);
        self.finish(subject_name(subject), subject, Arc::new(end)).await
    }

    #[cfg(test)]
    pub(super) fn has_unfinished(&self) -> bool {
        self.unfinished.has_any()
    }

    async fn finish(&self, name: String, subject: &str, ending: Arc<dyn Ending>) -> Result<()> {
        let on = On::Subject(subject.to_owned());
        self.unfinished.finish(name, on, ending).await.map_err(unavailable)
    }

    pub(super) async fn issue_at(&self, grant: Grant, now: u64) -> Result<TokenResponse> {
        let token = self.store.as_ref().map(|_| fresh(None)).transpose()?;
        let access_token = self.sign(&grant, token.as_ref(), now)?;
        let scopes = grant.scopes.clone();
        let refresh_token = match (&self.store, token) {
            (None, _) | (_, None) => None,
            (Some(store), Some(token)) => {
                let audience = self.audience_of(&grant)?.to_owned();
                let family =
                    Family::new(&self.name, grant, audience, &token, now, self.refresh_lifetime);
                store.insert(&family).await.map_err(unavailable)?;
                Some(token)
            }
        };
        Ok(self.response(access_token, scopes, refresh_token))
    }

    pub(super) async fn refresh_at(
        &self,
        token: &RefreshToken,
        client_id: &str,
        now: u64,
    ) -> Result<TokenResponse> {
        let store = self.store()?;
        let id = token.family();
        let Some(family) = store.load(&id).await.map_err(unavailable)? else {
            return Err(refused("the refresh token is of no family that is known"));
        };
        // A store of the service's own may hold the logins of several issuers.
        if family.issuer() != self.issuer() {
            return Err(refused("the refresh token is of another issuer"));
        }
        if family.has_expired(now) {
            store.remove(&id).await.map_err(unavailable)?;
            return Err(refused("the refresh token has expired"));
        }
        if self.unfinished.is_ending(&login_name(&id))
            || self.unfinished.is_ending(&subject_name(family.subject()))
        {
            return Err(refused("the login has ended, and its store has yet to confirm that"));
        }
        let held = token.digest();
        if !family.current().is(&held) {
            return Err(self.reused(&family, "a refresh token was used a second time").await?);
        }
        if family.client_id() != client_id {
            return Err(self.reused(&family, "a refresh token came from another client").await?);
        }
        let grant = family.grant();
        // Whatever can fail comes before the token is spent.
        let access_token = self.sign(&grant, Some(token), now)?;
        let next = fresh(Some(token))?;
        let rotated = family.rotated(&next, now, self.refresh_lifetime);
        if !store.replace(&held, &rotated).await.map_err(unavailable)? {
            return Err(self.reused(&family, "a refresh token was used twice at once").await?);
        }
        Ok(self.response(access_token, grant.scopes, Some(next)))
    }

    /// Ends a login whose token two parties have. The log names its subject: the operator and the
    /// user should know.
    async fn reused(&self, family: &Family, why: &'static str) -> Result<Problem> {
        tracing::warn!(
            subject = ?family.subject(),
            client_id = ?family.client_id(),
            "{why}: its login ends"
        );
        self.end(family.id().clone(), family.subject(), 0, self.revocations.clone()).await?;
        Ok(refused(why))
    }

    /// The published keys, as a JWK Set; `None` if there are secrets alone.
    pub(super) fn published(&self) -> Option<Bytes> {
        let generation = self.generation.load();
        let any = generation.keys.published().next().is_some();
        any.then(|| generation.published.clone())
    }

    /// What an access token of this issuer says, if it is good.
    pub(super) fn verify(&self, token: &str, now: u64) -> Result<Principal, TokenRefusal> {
        self.generation.load().verifier.verify(token, now)
    }

    fn sign(&self, grant: &Grant, login: Option<&RefreshToken>, now: u64) -> Result<SecretString> {
        let generation = self.generation.load();
        let audience = self.audience_of(grant)?;
        let key = generation.keys.current();
        let mut draft = TokenDraft::new(key, &self.name, audience, &grant.subject)
            .client_id(&grant.client_id)
            .scopes(grant.scopes.split(' ').filter(|_| !grant.scopes.is_empty()))
            .expires_in(self.access_lifetime);
        for (name, value) in &grant.claims {
            draft = draft.claim(name, value);
        }
        if let Some(login) = login {
            // Given twice where the grant brings one of its own: refused, or a log-out would end
            // what the service called so.
            draft = draft.claim("sid", login.family());
        }
        draft.sign_at(now).map(SecretString::from).map_err(unsignable)
    }

    fn audience_of<'a>(&'a self, grant: &'a Grant) -> Result<&'a str> {
        let own = self.audiences.first().map_or("", |audience| audience);
        let audience = grant.audience.as_deref().unwrap_or(own);
        if self.audiences.iter().any(|known| **known == *audience) {
            return Ok(audience);
        }
        Err(Problem::internal(
            "a grant names an audience that the issuer does not know: add it with `or_audience`",
        ))
    }

    fn store(&self) -> Result<&Arc<dyn RefreshStore>> {
        self.store.as_ref().ok_or_else(|| {
            Problem::internal("the issuer has no store for refresh tokens: add `refresh_store`")
        })
    }

    fn response(
        &self,
        access_token: SecretString,
        scopes: String,
        refresh_token: Option<RefreshToken>,
    ) -> TokenResponse {
        TokenResponse { access_token, expires_in: self.access_lifetime, scopes, refresh_token }
    }
}

impl Generations {
    fn new(
        keys: SigningKeys,
        name: &Arc<str>,
        audiences: &Arc<[Box<str>]>,
    ) -> Result<Self, IssuerError> {
        Ok(Self {
            current: ArcSwap::from_pointee(Generation::new(keys, name, audiences)?),
            feeds: Mutex::default(),
            name: Arc::clone(name),
            audiences: Arc::clone(audiences),
        })
    }

    pub(super) fn load(&self) -> arc_swap::Guard<Arc<Generation>> {
        self.current.load()
    }

    pub(super) fn replace(&self, keys: SigningKeys) -> Result<(), IssuerError> {
        let set = keys.key_set().map_err(IssuerError::Keys)?;
        let generation = Generation::new(keys, &self.name, &self.audiences)?;
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        // Verifiers first: a token of a key that they do not know would be refused.
        feeds.retain(|feed| feed.give(set.clone()));
        self.current.store(Arc::new(generation));
        Ok(())
    }

    fn feed(&self, feed: KeyFeed) {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        // Between the reading of the keys and now they may have changed.
        if let Ok(keys) = self.current.load().keys.key_set() {
            feed.give(keys);
        }
        feeds.push(feed);
    }
}

impl Generation {
    fn new(keys: SigningKeys, name: &str, audiences: &[Box<str>]) -> Result<Self, IssuerError> {
        let verifier = verifier(keys.key_set().map_err(IssuerError::Keys)?, name, audiences)?;
        let set = json!({ "keys": keys.published().collect::<Vec<_>>() });
        Ok(Self { keys, verifier, published: Bytes::from(set.to_string()) })
    }
}

fn verifier(
    keys: impl Into<KeySource>,
    name: &str,
    audiences: &[Box<str>],
) -> Result<Verifier, IssuerError> {
    let (first, more) = audiences.split_first().map_or(("", &[][..]), |(a, more)| (&**a, more));
    let verifier = Verifier::new(keys, name, first).map_err(IssuerError::Name)?;
    more.iter().try_fold(verifier, |verifier, audience| {
        verifier.or_audience(audience).map_err(IssuerError::Name)
    })
}

/// The name of a login's end while it is not complete.
fn login_name(login: &FamilyId) -> String {
    format!("login {}", login.as_str())
}

/// The same for all logins of a subject.
fn subject_name(subject: &str) -> String {
    format!("subject {subject}")
}

fn fresh(family: Option<&RefreshToken>) -> Result<RefreshToken> {
    RefreshToken::generate(family).ok_or_else(|| Problem::internal("no random bits to be had"))
}

fn refused(why: &'static str) -> Problem {
    Problem::new(Kind::InvalidGrant).caused_by_note(why)
}

fn unavailable(error: StoreError) -> Problem {
    Problem::new(Kind::Unavailable).caused_by(error)
}

fn unsignable(error: SignError) -> Problem {
    Problem::internal(format!("a token cannot be signed: {error}"))
}

pub(super) fn now() -> Result<u64> {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Ok(since.as_secs()),
        Err(_) => Err(Problem::internal("the clock is before 1970")),
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer")
            .field("issuer", &self.name)
            .field("audiences", &self.audiences)
            .field("keys", &self.generation.load().keys)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// An issuer cannot be set up like this.
#[derive(Debug)]
#[non_exhaustive]
pub enum IssuerError {
    /// The issuer's name or an audience is empty.
    Name(VerifierError),
    /// The keys do not go together.
    Keys(KeyError),
    /// A lifetime is out of its bounds, which the text names.
    Lifetime(&'static str),
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Keys(error) => error.fmt(f),
            Self::Lifetime(bounds) => f.write_str(bounds),
        }
    }
}

impl std::error::Error for IssuerError {}
