//! The TLS settings of new connections, and the thread that updates them.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use rustls::{
    Error, ServerConfig,
    crypto::{
        CryptoProvider,
        aws_lc_rs::{self, Ticketer},
    },
    server::{ClientHello, NoServerSessionStorage, ProducesTickets},
    version::{TLS12, TLS13},
};
use tokio::sync::oneshot;

#[cfg(feature = "acme")]
use super::{
    acme::{Acme, Challenges, Folder, Keeper, PROTOCOL},
    issued::Issued,
};
use super::{
    certificate::{Facts, date},
    clients::ClientFiles,
    error::TlsError,
    files::{TlsFiles, TlsVersion},
    metrics,
    names::Names,
    pair::{LoadedPair, Pair},
    urgency::Urgency,
    watched::Watched,
};
use crate::{
    Moment,
    audit::{Event, Outcome, send_to_all},
};

/// How often the files are checked for changes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often the log has the warning that a certificate expires soon.
const TELL_AGAIN_AFTER: Duration = Duration::from_secs(86_400);

/// Protocols (RFC 7301), in order of preference.
pub(crate) const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Session tickets of a TLS 1.3 handshake: one for each of two connections that a browser opens.
const TICKETS: usize = 2;

/// The TLS settings of new connections.
pub(crate) struct Tls {
    shared: Arc<Shared>,
    /// Until the thread takes them.
    sources: Mutex<Option<Sources>>,
    wake: Sender<Wake>,
    woken: Mutex<Option<Receiver<Wake>>>,
    /// Requests certificates, until its thread starts; the second part ends that thread when it is
    /// dropped.
    #[cfg(feature = "acme")]
    keeper: Mutex<Option<(Keeper, oneshot::Receiver<()>)>>,
    #[cfg(feature = "acme")]
    _end: oneshot::Sender<()>,
}

/// A request to the thread.
#[derive(Debug)]
pub(super) enum Wake {
    /// Read all files again.
    #[cfg(feature = "acme")]
    Look,
    /// Read all files again, and reply with the result.
    Reload(oneshot::Sender<Result<(), String>>),
}

/// The sources of certificates.
#[derive(Debug, Default)]
pub(crate) struct TlsSources {
    pub(crate) files: TlsFiles,
    #[cfg(feature = "acme")]
    pub(crate) acme: Option<Acme>,
    /// The user that the process switches to, who has to own the folder of certificates.
    #[cfg(feature = "acme")]
    pub(crate) owner: Option<crate::hardening::FileOwner>,
}

struct Shared {
    provider: Arc<CryptoProvider>,
    min_version: TlsVersion,
    strict_names: bool,
    protocols: Vec<Vec<u8>>,
    tickets: Arc<dyn ProducesTickets>,
    current: ArcSwap<Current>,
    #[cfg(feature = "acme")]
    challenges: Arc<Challenges>,
    /// Names whose certificate an authority issues, perhaps later.
    #[cfg(feature = "acme")]
    domains: Vec<String>,
}

/// The settings from one version of the files.
struct Current {
    config: Arc<ServerConfig>,
    names: Arc<Names>,
    facts: Vec<Facts>,
    lists_until: Option<u64>,
}

struct Sources {
    pairs: Vec<Watched<Pair>>,
    #[cfg(feature = "acme")]
    issued: Option<Issued>,
    clients: Option<Watched<ClientFiles>>,
}

/// The description of an alert that ends a handshake (RFC 8446 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alert {
    UnrecognizedName,
    MissingExtension,
}

impl Alert {
    /// The unencrypted record of the alert: its type, the record version, its length, `fatal`, the
    /// description.
    pub(crate) const fn record(self) -> &'static [u8] {
        match self {
            Self::UnrecognizedName => &[21, 3, 3, 0, 2, 2, 112],
            Self::MissingExtension => &[21, 3, 3, 0, 2, 2, 109],
        }
    }

    /// For the log.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::UnrecognizedName => "no certificate covers the name that the client asks for",
            Self::MissingExtension => "the client names no host",
        }
    }
}

impl Tls {
    /// Reads all files.
    ///
    /// `http2` offers HTTP/2 to clients.
    ///
    /// # Errors
    ///
    /// The cause for each unusable file.
    pub(crate) fn open(sources: TlsSources, http2: bool) -> Result<Self, Vec<String>> {
        #[cfg(feature = "acme")]
        let acme = sources.acme;
        #[cfg(feature = "acme")]
        let (has_acme, of_acme) = (acme.is_some(), acme.as_ref().map(Acme::misfits));
        #[cfg(not(feature = "acme"))]
        let (has_acme, of_acme) = (false, None::<Vec<String>>);
        let files = sources.files;
        let mut misfits = files.misfits(has_acme);
        misfits.extend(of_acme.unwrap_or_default());
        if !misfits.is_empty() {
            return Err(misfits);
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let now = Moment::now().unix_seconds();
        let mut complaints = Vec::new();
        let mut pairs = Vec::new();
        for (certificate, key) in files.certificates.into_iter().zip(files.keys) {
            match Watched::open(Pair { certificate, key }, &provider, now) {
                Ok(pair) => pairs.push(pair),
                Err(error) => complaints
                    .push(format!("PALISADE_TLS_CERT, PALISADE_TLS_KEY or `.tls(..)`: {error}")),
            }
        }
        let clients = files.client_authority.map(|authority| ClientFiles {
            authority,
            revocations: files.client_revocations,
            are_optional: files.optional_clients,
        });
        let clients = clients.map(|files| Watched::open(files, &provider, now)).transpose();
        let clients = clients.unwrap_or_else(|error| {
            let settings =
                "PALISADE_TLS_CLIENT_CA, PALISADE_TLS_CLIENT_CRL or `.client_authority(..)`";
            complaints.push(format!("{settings}: {error}"));
            None
        });
        let (wake, woken) = mpsc::channel();
        #[cfg(feature = "acme")]
        let challenges = Arc::new(Challenges::new(Arc::clone(&provider)));
        #[cfg(feature = "acme")]
        let kept = acme.as_ref().map(|acme| {
            let parts = (Arc::clone(&challenges), Arc::clone(&provider), wake.clone());
            Self::keeper(acme, sources.owner, parts).map_err(|error| complaints.push(error))
        });
        if !complaints.is_empty() {
            return Err(complaints);
        }
        #[cfg(feature = "acme")]
        let (keeper, issued) = match kept {
            Some(Ok((keeper, folder))) => {
                let file = folder.certificate().to_owned();
                let pair = Pair { certificate: file.clone(), key: file };
                (Some(keeper), Some(Issued::new(pair, &provider, now)))
            }
            Some(Err(())) | None => (None, None),
        };
        let refused = |error: Error| vec![format!("TLS cannot be set up: {error}")];
        let tickets = Ticketer::new().map_err(refused)?;
        let sources = Sources {
            pairs,
            #[cfg(feature = "acme")]
            issued,
            clients,
        };
        let protocols: Vec<_> =
            [HTTP_2, HTTP_1].into_iter().skip(usize::from(!http2)).map(<[u8]>::to_vec).collect();
        let (min_version, strict_names) = (files.min_version, files.strict_names);
        let current =
            sources.current(&provider, min_version, &protocols, &tickets).map_err(refused)?;
        let shared = Shared {
            provider,
            min_version,
            strict_names,
            protocols,
            tickets,
            current: ArcSwap::from_pointee(current),
            #[cfg(feature = "acme")]
            challenges,
            #[cfg(feature = "acme")]
            domains: acme.map(|acme| acme.domains).unwrap_or_default(),
        };
        #[cfg(feature = "acme")]
        let (end, ended) = oneshot::channel();
        Ok(Self {
            shared: Arc::new(shared),
            sources: Mutex::new(Some(sources)),
            wake,
            woken: Mutex::new(Some(woken)),
            #[cfg(feature = "acme")]
            keeper: Mutex::new(keeper.map(|keeper| (keeper, ended))),
            #[cfg(feature = "acme")]
            _end: end,
        })
    }

    /// The part that requests certificates, and the folder that they are stored in.
    #[cfg(feature = "acme")]
    fn keeper(
        acme: &Acme,
        owner: Option<crate::hardening::FileOwner>,
        (challenges, provider, wake): (Arc<Challenges>, Arc<CryptoProvider>, Sender<Wake>),
    ) -> Result<(Keeper, Folder), String> {
        let cache = acme.folder.clone().unwrap_or_default();
        let folder = Folder::open(&cache, acme.directory_url(), owner)
            .map_err(|error| format!("PALISADE_ACME_CACHE or `Acme::new(..)`: {error}"))?;
        let keeper = Keeper::new(acme, folder.clone(), challenges, provider, wake);
        let keeper = keeper.map_err(|error| {
            format!("PALISADE_ACME_ROOT or `.directory_authority(..)`: {error}")
        })?;
        Ok((keeper, folder))
    }

    /// The settings for a client with this hello, or the alert that it gets.
    pub(crate) fn choose(&self, hello: &ClientHello<'_>) -> Result<Arc<ServerConfig>, Alert> {
        #[cfg(feature = "acme")]
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == PROTOCOL)) {
            let challenge = hello.server_name().and_then(|name| self.shared.challenges.of(name));
            return challenge.ok_or(Alert::UnrecognizedName);
        }
        let current = self.shared.current.load();
        if current.names.are_none() {
            return Err(Alert::UnrecognizedName);
        }
        if self.shared.strict_names {
            match hello.server_name() {
                None => return Err(Alert::MissingExtension),
                Some(name) if !current.names.cover(name) => return Err(Alert::UnrecognizedName),
                Some(_) => {}
            }
        }
        Ok(Arc::clone(&current.config))
    }

    /// Whether a certificate covers this host name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        #[cfg(feature = "acme")]
        if self.shared.domains.iter().any(|domain| domain.eq_ignore_ascii_case(name)) {
            return true;
        }
        self.shared.current.load().names.cover(name)
    }

    /// Whether the connection was only for validating a challenge: the authority sends no request
    /// on it.
    #[cfg(feature = "acme")]
    pub(crate) fn is_challenge(protocol: Option<&[u8]>) -> bool {
        protocol == Some(PROTOCOL)
    }

    #[cfg(not(feature = "acme"))]
    pub(crate) fn is_challenge(_: Option<&[u8]>) -> bool {
        false
    }

    /// Writes when the certificates expire.
    pub(crate) fn write_metrics(&self, text: &mut crate::metrics::Text) {
        metrics::write(&self.shared.current.load().facts, text);
    }

    /// Reads all files again now. Unusable ones leave the settings unchanged, with an error in the
    /// log. Before the files are [watched](Self::watch) the settings are those of the start, and
    /// nothing is read.
    ///
    /// # Errors
    ///
    /// The causes for the unusable files.
    pub(crate) async fn reload(&self) -> Result<(), String> {
        if self.sources.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(());
        }
        let (reply, replied) = oneshot::channel();
        let has_ended = || "the thread that reads certificates has ended".to_owned();
        self.wake.send(Wake::Reload(reply)).map_err(|_| has_ended())?;
        replied.await.map_err(|_| has_ended())?
    }

    /// The files that this user cannot read, with the cause.
    pub(crate) fn unreadable(&self) -> Vec<String> {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sources) = &*sources else { return Vec::new() };
        let pairs = sources.pairs.iter().flat_map(Watched::paths);
        let clients = sources.clients.iter().flat_map(Watched::paths);
        pairs
            .chain(clients)
            .filter_map(|path| {
                let error = std::fs::File::open(path).err()?;
                Some(format!("{}: {error}", path.display()))
            })
            .collect()
    }

    /// Watches the files from now on, as long as this exists.
    ///
    /// # Errors
    ///
    /// The system does not start another thread.
    pub(crate) fn watch(&self) -> std::io::Result<()> {
        let take = |sources: &Mutex<Option<Sources>>| {
            sources.lock().unwrap_or_else(PoisonError::into_inner).take()
        };
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(sources), Some(woken)) = (take(&self.sources), woken) else { return Ok(()) };
        let shared = Arc::clone(&self.shared);
        // Linux shows 15 characters of a thread's name.
        let thread = thread::Builder::new().name("palisade-tls".to_owned());
        thread.spawn(move || shared.watch(sources, &woken))?;
        #[cfg(feature = "acme")]
        if let Some((keeper, ended)) =
            self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            keeper.spawn(ended)?;
        }
        Ok(())
    }
}

impl Shared {
    fn watch(&self, mut sources: Sources, woken: &Receiver<Wake>) {
        let mut told: Option<Instant> = None;
        let mut stale = None;
        loop {
            self.tell_stale_lists(&mut stale);
            if told.is_none_or(|told| told.elapsed() >= TELL_AGAIN_AFTER) {
                told = Some(Instant::now());
                self.tell_expiries();
            }
            let wake = match woken.recv_timeout(LOOK_EVERY) {
                Ok(wake) => Some(wake),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut look = sources.look(&self.provider, wake.is_some());
            if look.has_changed {
                match self.replace(&sources) {
                    Ok(()) => told = None,
                    Err(error) => look.errors.push(error),
                }
            }
            if let Some(Wake::Reload(reply)) = wake {
                let errors = look.errors.join("; ");
                // The caller may no longer wait.
                let _heard = reply.send(if errors.is_empty() { Ok(()) } else { Err(errors) });
            }
        }
    }

    /// Uses new content for new connections.
    fn replace(&self, sources: &Sources) -> Result<(), String> {
        let current =
            sources.current(&self.provider, self.min_version, &self.protocols, &self.tickets);
        let current = current.map_err(|error| {
            tracing::error!(
                target: "palisade::audit",
                event = "certificates_refused",
                %error,
                "TLS: the files that were read again cannot be used; the service keeps the ones that it read \
                 before"
            );
            let error = error.to_string();
            send_to_all(&Event {
                cause: Some(&error),
                ..Event::new("certificates-refused", Outcome::Failure)
            });
            error
        })?;
        self.current.store(Arc::new(current));
        let certificates = self.expiries();
        let certificates: Vec<_> = certificates
            .into_iter()
            .map(|(names, until)| format!("{names} until {}", date(until)))
            .collect();
        tracing::info!(
            target: "palisade::audit",
            event = "certificates_changed",
            ?certificates,
            "TLS: the certificates were read again"
        );
        send_to_all(&Event {
            certificates: &certificates,
            ..Event::new("certificates-changed", Outcome::Success)
        });
        Ok(())
    }

    /// The names of each certificate, and when it expires, in seconds since 1970.
    fn expiries(&self) -> Vec<(String, u64)> {
        let current = self.current.load();
        current.facts.iter().map(|facts| (facts.title(), facts.not_after)).collect()
    }

    fn tell_expiries(&self) {
        let now = Moment::now().unix_seconds();
        let current = self.current.load();
        for facts in &current.facts {
            let (names, until) = (facts.title(), date(facts.not_after));
            match Urgency::of(facts.not_before, facts.not_after, now) {
                Urgency::None => {}
                Urgency::Warning => {
                    tracing::warn!(names, until, "TLS: a certificate expires soon: renew it");
                }
                Urgency::Error => {
                    tracing::error!(names, until, "TLS: a certificate expires: renew it now");
                }
            }
        }
    }

    /// Logs once for each list that it has expired.
    fn tell_stale_lists(&self, told: &mut Option<u64>) {
        let now = Moment::now().unix_seconds();
        let stale = self.current.load().lists_until.filter(|until| *until < now);
        if let Some(until) = stale.filter(|_| stale != *told) {
            let until = date(until);
            tracing::error!(
                until,
                "TLS: a revocation list is past its time, so no client with a certificate is let in: \
                 get it anew"
            );
        }
        *told = stale;
    }
}

/// The result of checking all files.
#[derive(Debug, Default)]
struct Look {
    has_changed: bool,
    errors: Vec<String>,
}

impl Look {
    fn note(&mut self, found: Result<bool, TlsError>) {
        match found {
            Ok(has_changed) => self.has_changed |= has_changed,
            Err(error) => self.errors.push(error.to_string()),
        }
    }
}

impl Sources {
    fn look(&mut self, provider: &Arc<CryptoProvider>, is_asked: bool) -> Look {
        let now = Moment::now().unix_seconds();
        let mut look = Look::default();
        for pair in &mut self.pairs {
            look.note(pair.look(provider, now, is_asked));
        }
        #[cfg(feature = "acme")]
        if let Some(issued) = &mut self.issued {
            look.note(issued.look(provider, now, is_asked));
        }
        if let Some(clients) = &mut self.clients {
            look.note(clients.look(provider, now, is_asked));
        }
        look
    }

    fn loaded(&self) -> impl Iterator<Item = &LoadedPair> {
        let pairs = self.pairs.iter().map(Watched::loaded);
        #[cfg(feature = "acme")]
        let pairs = pairs.chain(self.issued.as_ref().and_then(Issued::loaded));
        pairs
    }

    fn current(
        &self,
        provider: &Arc<CryptoProvider>,
        min_version: TlsVersion,
        protocols: &[Vec<u8>],
        tickets: &Arc<dyn ProducesTickets>,
    ) -> Result<Current, Error> {
        let names = Arc::new(Names::new(self.loaded()));
        let versions: &[_] = match min_version {
            TlsVersion::V1_2 => &[&TLS13, &TLS12],
            TlsVersion::V1_3 => &[&TLS13],
        };
        let builder = ServerConfig::builder_with_provider(Arc::clone(provider))
            .with_protocol_versions(versions)?;
        let clients = self.clients.as_ref().map(Watched::loaded);
        let builder = match clients {
            Some(clients) => builder.with_client_cert_verifier(Arc::clone(&clients.verifier)),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::<Names>::clone(&names));
        config.alpn_protocols = protocols.to_vec();
        if clients.is_some() {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        } else {
            config.ticketer = Arc::clone(tickets);
            config.send_tls13_tickets = TICKETS;
        }
        Ok(Current {
            config: Arc::new(config),
            names,
            facts: self.loaded().map(|pair| pair.facts.clone()).collect(),
            lists_until: clients.and_then(|clients| clients.lists_until),
        })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("expiries", &self.shared.expiries()).finish_non_exhaustive()
    }
}
