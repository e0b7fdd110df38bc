//! How a service stops, which files it reads again, and the PROXY protocol of its connections.

use std::{fmt, future::Future, time::Duration};

use super::Builder;
use crate::{
    auth::{Authenticator, KeyWatch},
    service::{
        lame_duck::LameDuck,
        reload::{Own, Reload, Reloading, Reloads},
    },
};

/// Its settings.
#[derive(Debug, Default)]
pub(super) struct OperationSettings {
    pub(super) lame_duck: LameDuck,
    pub(super) reloads: Reloads,
}

impl Builder {
    /// How long the service goes on after a signal to stop: `/readyz` fails at once, new
    /// connections are still accepted, and each answer closes its connection. Then it stops
    /// accepting, and lets the requests that are under way finish.
    ///
    /// Unless this is called, 5 seconds if a probe has ever asked whether the service is ready, and none
    /// otherwise. Ten minutes at most. Set more than a load balancer needs to see the change: the interval of its probes,
    /// times the failures that it waits for.
    ///
    /// In [`serve`](Self::serve) and [`serve_until`](Self::serve_until).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().lame_duck(Duration::from_secs(15));
    /// # let _ = builder;
    /// ```
    pub fn lame_duck(mut self, time: Duration) -> Self {
        let lame_duck = LameDuck::of(time);
        let is_other = self.operation.lame_duck != lame_duck;
        self.contradicts("PALISADE_LAME_DUCK", "lame_duck", is_other);
        self.operation.lame_duck = lame_duck;
        self
    }

    /// Calls this when the service has to read its files again: on SIGHUP in
    /// [`serve`](Self::serve), or on [`Palisade::reload`](crate::Palisade::reload). An error is
    /// logged; the previous state should stay in use then.
    ///
    /// Key files of tokens and files of API keys are read again without this.
    ///
    /// ```
    /// # use std::sync::{Arc, RwLock};
    /// # use palisade::Palisade;
    /// let words = Arc::new(RwLock::new(String::new()));
    /// let builder = Palisade::builder().on_reload("words", move || {
    ///     let words = Arc::clone(&words);
    ///     async move {
    ///         let read = std::fs::read_to_string("/etc/notes/words.txt")?;
    ///         *words.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = read;
    ///         Ok::<(), std::io::Error>(())
    ///     }
    /// });
    /// # let _ = builder;
    /// ```
    pub fn on_reload<F, Fut, E>(mut self, name: impl Into<String>, reload: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + 'static,
        E: fmt::Display,
    {
        self.operation.reloads.add(Own::new(name, reload));
        self
    }

    /// Requires each connection to begin with a header of the PROXY protocol, version 1 or 2, as
    /// proxies send it that do not read HTTP (HAProxy: `send-proxy-v2`; nginx: `proxy_protocol on`;
    /// load balancers of clouds that pass TCP on). The address in it replaces that of the peer.
    ///
    /// It is accepted from [trusted proxies](Self::trusted_proxy) alone, and required of them:
    /// other connections are closed, except those of health probes. `X-Forwarded-For` is believed
    /// if the address in the header is itself that of a trusted proxy. Information about TLS in the
    /// header is ignored.
    ///
    /// In [`serve`](Self::serve) and [`serve_until`](Self::serve_until).
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().trusted_proxy("10.0.0.1").proxy_protocol();
    /// # let _ = builder;
    /// ```
    pub fn proxy_protocol(mut self) -> Self {
        self.contradicts(
            "PALISADE_PROXY_PROTOCOL",
            "proxy_protocol",
            !self.connections.proxy_protocol,
        );
        self.connections.proxy_protocol = true;
        self
    }

    /// The errors of these settings.
    pub(super) fn wrong_operation(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.operation.lame_duck.complaint());
        if self.connections.proxy_protocol && !self.proxies.are_trusted() {
            wrong.push(
                "PALISADE_PROXY_PROTOCOL or `.proxy_protocol()` is on: no proxy is trusted, so every \
                 connection would be closed; name the proxies in PALISADE_TRUSTED_PROXIES or \
                 `.trusted_proxy(..)`"
                    .to_owned(),
            );
        }
        wrong
    }

    /// The files that are read again on demand: the service's own, and those of its configuration.
    pub(super) fn take_reloads(&mut self, keys: Option<&KeyWatch>) -> Reloads {
        let mut reloads = Reloads::default();
        if let Some(keys) = keys {
            reloads.add(keys.clone());
        }
        for authenticator in self.authenticators.iter().filter(|own| own.reloads()) {
            reloads.add(Credentials(std::sync::Arc::clone(authenticator)));
        }
        reloads.and(std::mem::take(&mut self.operation.reloads))
    }
}

impl Reload for KeyWatch {
    fn name(&self) -> &str {
        "keys of tokens"
    }

    fn reload(&self) -> Reloading<'_> {
        Box::pin(self.renew())
    }
}

/// The credentials that an authenticator has read from a file.
struct Credentials(std::sync::Arc<dyn Authenticator>);

impl Reload for Credentials {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn reload(&self) -> Reloading<'_> {
        Box::pin(std::future::ready(self.0.reload()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Builder, Palisade};

    fn complaints(builder: Builder) -> Vec<String> {
        builder.build().err().map_or_else(Vec::new, |failure| failure.complaints().to_vec())
    }

    #[test]
    fn what_cannot_hold_is_named() {
        let new = Palisade::builder;
        for (builder, says) in [
            (new().lame_duck(Duration::from_secs(600)), ""),
            (new().lame_duck(Duration::ZERO), ""),
            (new().trusted_proxy("10.0.0.1").proxy_protocol(), ""),
            (new().trusted_proxy("unix:").proxy_protocol(), ""),
            (new().lame_duck(Duration::from_secs(601)), "PALISADE_LAME_DUCK"),
            (new().proxy_protocol(), "PALISADE_TRUSTED_PROXIES"),
        ] {
            let told = complaints(builder);
            match told.as_slice() {
                [] => assert_eq!(says, ""),
                [one] => assert!(!says.is_empty() && one.contains(says), "{says}: {one}"),
                several => panic!("{several:?}"),
            }
        }
    }
}
