//! A sink that holds each audit event against the schema.

use std::{
    process,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jsonschema::Validator;
use palisade::audit::{Event, SCHEMA, Sink};
use serde_json::Value;

static SCHEMA_OF_EVENTS: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(SCHEMA).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{error}"))
});

/// Keeps the events of a service. One that does not fit the schema ends the process: a panic in a sink would
/// only be counted.
#[derive(Clone, Debug, Default)]
pub struct Validated(Arc<Mutex<Vec<Value>>>);

impl Validated {
    /// The events so far that fit this, once there is one; waits some seconds for it, since an
    /// answer may be read before its event is written.
    pub fn events(&self, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let events = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let found: Vec<_> = events.into_iter().filter(&fits).collect();
            if !found.is_empty() || start.elapsed() > Duration::from_secs(5) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Sink for Validated {
    fn name(&self) -> &'static str {
        "validated"
    }

    fn write(&self, event: &Event<'_>) {
        let line = event.json();
        let value = valid(&line);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }
}

/// The event of a line, which fits the schema and holds nothing that would change how the line looks.
pub fn valid(line: &str) -> Value {
    let value: Value =
        serde_json::from_str(line).unwrap_or_else(|error| end(line, &error.to_string()));
    let wrong: Vec<_> =
        SCHEMA_OF_EVENTS.iter_errors(&value).map(|error| error.to_string()).collect();
    if !wrong.is_empty() {
        end(line, &wrong.join("; "));
    }
    if line
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'))
    {
        end(line, "a character that changes how a line looks");
    }
    value
}

#[expect(clippy::print_stderr, reason = "the last words of the process")]
fn end(line: &str, wrong: &str) -> ! {
    eprintln!("the audit event {line:?} does not fit its schema: {wrong}");
    process::abort()
}
