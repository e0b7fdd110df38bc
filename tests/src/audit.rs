//! The events of this process, as a log would have them: those of audits above all.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::leaks;

/// The fields of one event, by name.
pub type Fields = BTreeMap<&'static str, String>;

static EVENTS: Mutex<Vec<Fields>> = Mutex::new(Vec::new());

/// Set once for the process: the events of its services are distinguished by their fields.
static LISTENING: LazyLock<bool> =
    LazyLock::new(|| tracing::subscriber::set_global_default(Listener).is_ok());

/// Starts to listen. Events of requests that were sent before are not there.
///
/// # Panics
///
/// If another subscriber is set already.
pub fn listen() {
    assert!(*LISTENING, "another subscriber takes the events");
}

/// The events so far whose field `name` is `value`, once there is one; waits some seconds for it,
/// since an answer may be read before its event is written.
pub fn events(name: &str, value: &str) -> Vec<Fields> {
    let start = Instant::now();
    loop {
        let events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fits = |event: &Fields| event.get(name).is_some_and(|own| own == value);
        let found: Vec<_> = events.into_iter().filter(fits).collect();
        if !found.is_empty() || start.elapsed() > Duration::from_secs(5) {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The first message so far that holds this text.
pub fn message(part: &str) -> Option<String> {
    let events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
    events.iter().filter_map(|event| event.get("message")).find(|text| text.contains(part)).cloned()
}

/// How many events so far hold all of these texts, in whatever fields.
pub fn count(parts: &[&str]) -> usize {
    let events = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let holds = |event: &&Fields| {
        let text = format!("{event:?}");
        parts.iter().all(|part| text.contains(part))
    };
    events.iter().filter(holds).count()
}

/// What a log has of it by default.
fn is_kept(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("palisade") && *metadata.level() <= Level::INFO
}

/// Looks through the events for secrets, unless another subscriber takes them.
pub(crate) fn watch() {
    let _is_ours = *LISTENING;
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        leaks::is_watched(metadata)
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        leaks::watch(span.metadata(), |text| span.record(text));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        leaks::watch(event.metadata(), |text| event.record(text));
        if !is_kept(event.metadata()) {
            return;
        }
        let mut fields = Gather(Fields::new());
        event.record(&mut fields);
        EVENTS.lock().unwrap_or_else(PoisonError::into_inner).push(fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Gather(Fields);

impl Visit for Gather {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
