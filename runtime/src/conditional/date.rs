//! Times of header fields: in whole seconds.

use std::time::{Duration, SystemTime};

use actix_web::http::header::{HeaderValue, HttpDate, TryIntoHeaderValue as _};

/// Seconds since 1970-01-01 UTC; `None` for a time before, or one in the future, which must not be
/// sent (RFC 9110 section 8.8.2.1).
pub(crate) fn seconds(time: SystemTime) -> Option<u64> {
    let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
    let seconds = since(time)?.as_secs();
    (seconds <= since(SystemTime::now())?.as_secs()).then_some(seconds)
}

/// The value of `Last-Modified`.
pub(crate) fn http_date(seconds: u64) -> Option<HeaderValue> {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    HttpDate::from(time).try_into_value().ok()
}

/// The seconds of a date from a client.
pub(super) fn parse(value: &HeaderValue) -> Option<u64> {
    let date: HttpDate = value.to_str().ok()?.trim().parse().ok()?;
    // A date before 1970 is earlier than every change.
    let since = SystemTime::from(date).duration_since(SystemTime::UNIX_EPOCH);
    Some(since.map_or(0, |since| since.as_secs()))
}
