//! The `DevTools` protocol over a pipe: JSON texts, each closed by a NUL.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    process::ChildStdin,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long the browser may take for anything on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Both ends, and what has come in so far.
#[derive(Debug)]
pub(super) struct Pipe {
    out: ChildStdin,
    incoming: Receiver<Value>,
    /// Of all pages, in the order in which they came.
    events: Vec<Event>,
    last: u64,
}

/// Something that happened in a page.
#[derive(Clone, Debug)]
pub(super) struct Event {
    session: String,
    pub(super) method: String,
    pub(super) params: Value,
}

impl Pipe {
    pub(super) fn new(out: ChildStdin, from: impl Read + Send + 'static) -> Self {
        let (send, incoming) = mpsc::channel();
        thread::spawn(move || {
            let mut texts = BufReader::new(from);
            let mut text = Vec::new();
            while matches!(texts.read_until(0, &mut text), Ok(read) if read > 0) {
                text.pop();
                let Ok(message) = serde_json::from_slice(&text) else { return };
                if send.send(message).is_err() {
                    return;
                }
                text.clear();
            }
        });
        Self { out, incoming, events: Vec::new(), last: 0 }
    }

    /// Sends a command to a page, or to the browser if `session` is empty, and waits for its
    /// answer.
    ///
    /// # Errors
    ///
    /// What the browser says against it.
    pub(super) fn command(
        &mut self,
        session: &str,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        self.last += 1;
        let id = self.last;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        let mut text = message.to_string().into_bytes();
        text.push(0);
        let sent = self.out.write_all(&text).and_then(|()| self.out.flush());
        sent.map_err(|error| format!("the browser is gone: {error}"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut message = self.receive(deadline)?;
            if message["id"] != id {
                continue;
            }
            return match message.get("error") {
                None => Ok(message["result"].take()),
                Some(error) => Err(error.to_string()),
            };
        }
    }

    /// The events of a page from this number on, once `enough` says so of them.
    ///
    /// # Errors
    ///
    /// It does not say so in time.
    pub(super) fn events(
        &mut self,
        session: &str,
        from: usize,
        mut enough: impl FnMut(&[Event]) -> bool,
    ) -> Result<Vec<Event>, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Ok(message) = self.incoming.try_recv() {
                self.keep(message);
            }
            let events = self.events.iter().skip(from);
            let events: Vec<_> = events.filter(|event| event.session == session).cloned().collect();
            if enough(&events) {
                return Ok(events);
            }
            let seen: Vec<_> = events.iter().map(|event| event.method.as_str()).collect();
            let seen = seen.join(", ");
            self.receive(deadline).map_err(|error| format!("{error}; so far came {seen}"))?;
        }
    }

    /// The number that the next event will have.
    pub(super) fn next_event(&self) -> usize {
        self.events.len()
    }

    fn receive(&mut self, deadline: Instant) -> Result<Value, String> {
        let left = deadline.saturating_duration_since(Instant::now());
        let message = self.incoming.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("nothing came in {PATIENCE:?}"),
            RecvTimeoutError::Disconnected => "the browser has ended".to_owned(),
        })?;
        self.keep(message.clone());
        Ok(message)
    }

    fn keep(&mut self, mut message: Value) {
        let Some(method) = message["method"].as_str().map(str::to_owned) else { return };
        let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
        self.events.push(Event { session, method, params: message["params"].take() });
    }
}
