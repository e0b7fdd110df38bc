//! The thread that requests certificates and renews them.

use std::{
    future::poll_fn,
    io,
    pin::pin,
    sync::{Arc, mpsc::Sender},
    task::Poll,
    thread,
    time::Duration,
};

use rustls::crypto::CryptoProvider;
use tokio::{runtime, sync::oneshot, time::sleep};

use super::{
    super::{certificate::Facts, pair::Pair, state::Wake, watched::Source as _},
    Acme, Challenges, Folder,
    http_client::Client,
    order::Request,
};
use crate::{
    Moment,
    audit::{Event, Outcome, send_to_all},
    regular_file,
};

/// The longest wait, so that a corrected clock or the end of a suspension is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// The wait after a failure, which doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3_600);

/// The wait after an issued certificate that is unusable.
const LONG_PAUSE: Duration = Duration::from_secs(3_600);

/// A certificate is renewed when this many seconds are left, or a third of its lifetime if that is
/// less.
const RENEW_BEFORE: u64 = 30 * 86_400;

const LONGEST_ROOTS: u64 = 1 << 20;

/// Requests and renews certificates.
pub(in crate::tls) struct Keeper {
    request: Request,
    provider: Arc<CryptoProvider>,
    /// Wakes the thread that reads the certificate's file.
    wake: Sender<Wake>,
}

impl Keeper {
    /// # Errors
    ///
    /// A setting is invalid.
    pub(in crate::tls) fn new(
        acme: &Acme,
        folder: Folder,
        challenges: Arc<Challenges>,
        provider: Arc<CryptoProvider>,
        wake: Sender<Wake>,
    ) -> Result<Self, String> {
        let roots = match &acme.roots {
            Some(path) => regular_file::read(path, LONGEST_ROOTS)
                .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?
                .to_vec(),
            None => Vec::new(),
        };
        let request = Request {
            domains: acme.domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            contact: acme.contact.clone(),
            directory: acme.directory_url().to_owned(),
            folder,
            client: Client::new(&roots)?,
            challenges,
        };
        Ok(Self { request, provider, wake })
    }

    /// Starts the thread. It ends when `end` is closed.
    pub(in crate::tls) fn spawn(self, end: oneshot::Receiver<()>) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let body = move || {
            runtime.block_on(async move {
                let mut end = pin!(end);
                let mut keep = pin!(self.keep());
                poll_fn(|cx| {
                    if end.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(());
                    }
                    keep.as_mut().poll(cx)
                })
                .await;
            });
        };
        thread::Builder::new().name("palisade-acme".to_owned()).spawn(body)?;
        Ok(())
    }

    async fn keep(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let left = self.due_in(Moment::now().unix_seconds());
            if left > 0 {
                sleep(Duration::from_secs(left).min(LOOK_EVERY)).await;
                continue;
            }
            let domains = self.request.domains.join(", ");
            match self.request.fulfil().await {
                Ok(()) => {
                    let _sent = self.wake.send(Wake::Look);
                    if self.due_in(Moment::now().unix_seconds()) > 0 {
                        tracing::info!(
                            target: "palisade::audit",
                            event = "certificate_issued",
                            domains,
                            "TLS: a certificate was obtained"
                        );
                        send_to_all(&Event {
                            certificates: &self.request.domains,
                            ..Event::new("certificate-issued", Outcome::Success)
                        });
                        pause = FIRST_PAUSE;
                        continue;
                    }
                    // Authorities issue only a few for the same names in a week: with a wrong
                    // clock, they would be used up in minutes.
                    pause = pause.max(LONG_PAUSE);
                    tracing::error!(
                        domains,
                        again_in = ?pause,
                        "TLS: the certificate that was obtained cannot be used: it is not valid now, is due \
                         already, or lacks a name"
                    );
                    send_to_all(&Event {
                        certificates: &self.request.domains,
                        cause: Some("the certificate that was obtained cannot be used"),
                        ..Event::new("certificate-not-issued", Outcome::Failure)
                    });
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    tracing::error!(
                        domains,
                        again_in = ?pause,
                        "TLS: no certificate was obtained: {error}"
                    );
                    send_to_all(&Event {
                        certificates: &self.request.domains,
                        cause: Some(&error),
                        ..Event::new("certificate-not-issued", Outcome::Failure)
                    });
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// The number of seconds until a certificate is needed; 0 if it is needed now.
    fn due_in(&self, now: u64) -> u64 {
        let file = self.request.folder.certificate().to_owned();
        let pair = Pair { certificate: file.clone(), key: file };
        let loaded = pair.load(&self.provider, now).ok();
        loaded.map_or(0, |loaded| due_in(&loaded.facts, &self.request.domains, now))
    }
}

fn due_in(facts: &Facts, domains: &[String], now: u64) -> u64 {
    let has = |domain: &String| facts.names.iter().any(|name| **name == **domain);
    if !domains.iter().all(has) {
        return 0;
    }
    let whole = facts.not_after.saturating_sub(facts.not_before);
    let due = facts.not_after.saturating_sub(RENEW_BEFORE.min(whole / 3));
    due.saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::{Facts, due_in};

    #[test]
    fn a_certificate_is_renewed_in_time_and_where_a_name_is_missing() {
        const DAY: u64 = 86_400;
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["a.example".to_owned(), "b.example".to_owned()]);
        let certificate = params.unwrap().self_signed(&key).unwrap();
        let read = Facts::read(certificate.der()).unwrap();
        let begin = 20_000 * DAY;
        let domains =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (days, names, at, expected) in [
            (90, &["a.example"][..], 0, 60 * DAY),
            (90, &["a.example", "b.example"], 59, DAY),
            (90, &["a.example"], 60, 0),
            (90, &["a.example"], 91, 0),
            (90, &["a.example", "c.example"], 0, 0),
            (6, &["a.example"], 0, 4 * DAY),
            (6, &["a.example"], 4, 0),
            (365, &["b.example"], 0, 335 * DAY),
        ] {
            let facts = Facts { not_before: begin, not_after: begin + days * DAY, ..read.clone() };
            assert_eq!(due_in(&facts, &domains(names), begin + at * DAY), expected, "{days} {at}");
        }
    }
}
