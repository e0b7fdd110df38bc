//! Metrics, and the audit trail.

use crate::{
    audit::{Key, SyslogOptions},
    secrets::{Purpose, Weakness, weakness},
    setting_sources::duration,
    settings::setting::{Setting, Stage},
};

/// The least size of an audit file, in bytes: smaller ones would be one for each few events.
const LEAST_SIZE: u64 = 64 << 10;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_METRICS_BIND",
        "address:port, or unix: and a path",
        "",
        "the address that serves `GET /metrics`, without credentials",
        |stage, value| stage.set(|b| b.metrics_bind(value)),
    ),
    Setting::new(
        "PALISADE_AUDIT",
        "log, file:/path, syslog, syslog:udp:host:514 and syslog:tcp:host:601, separated by commas",
        "log",
        "the sinks of audit events",
        audit,
    ),
    Setting::new(
        "PALISADE_AUDIT_KEY",
        "at least 32 random characters",
        "",
        "the secret that authenticates the lines of the audit file",
        audit_key,
    )
    .secret(),
    Setting::new(
        "PALISADE_AUDIT_FILE_SIZE",
        "a size of at least 64 KiB: 64 MiB, 1 GiB",
        "64 MiB",
        "the maximum size of an audit file, after which a new one begins",
        |stage, value| match size(value).filter(|size| *size >= LEAST_SIZE) {
            Some(size) => stage.set(|b| b.audit_file_size(size)),
            None => {
                stage.refuse(format!("is {value:?}: write a size like 64 MiB, 64 KiB at least"));
            }
        },
    ),
    Setting::new(
        "PALISADE_AUDIT_FILE_AGE",
        "a time of at least 1 min",
        "24 h",
        "the maximum age of an audit file, after which a new one begins",
        |stage, value| match duration(value).filter(|age| age.as_secs() >= 60) {
            Some(age) => stage.set(|b| b.audit_file_age(age)),
            None => {
                stage.refuse(format!("is {value:?}: write a time like 24 h, 1 min at least"));
            }
        },
    ),
    Setting::new(
        "PALISADE_AUDIT_FILE_RETENTION",
        "a time of at least 1 h: 2160 h",
        "",
        "how long old audit files are kept; forever if unset",
        |stage, value| match duration(value).filter(|time| time.as_secs() >= 3_600) {
            Some(time) => stage.set(|b| b.audit_file_retention(time)),
            None => {
                stage.refuse(format!("is {value:?}: write a time like 2160 h, 1 h at least"));
            }
        },
    ),
];

/// Applies the key of the audit file, whichever setting it comes from.
pub(super) fn audit_key(stage: &mut Stage, value: &str) {
    match (weakness(value, Purpose::Key), Key::new(value.as_bytes())) {
        (None, Ok(key)) => stage.set(|b| b.audit_key(key)),
        (Some(weakness), _) => {
            stage.refuse(format!("is too weak, {weakness}: {}", Weakness::FIX));
        }
        (None, Err(error)) => stage.refuse(format!("is too weak: {error}")),
    }
}

fn audit(stage: &mut Stage, value: &str) {
    let mut logs = false;
    for sink in value.split(',').map(str::trim) {
        let server = match sink.split_once(':') {
            None if sink == "log" => {
                logs = true;
                continue;
            }
            Some(("file", path)) if !path.is_empty() && !path.ends_with('/') => {
                stage.set(|b| b.audit_file(path));
                continue;
            }
            None if sink == "syslog" => SyslogOptions::new("unix:/dev/log"),
            Some(("syslog", server)) => SyslogOptions::new(server),
            Some(_) | None => {
                stage.refuse(format!(
                    "has {sink:?}: write log, file:/path, syslog, syslog:udp:host:514 or \
                     syslog:tcp:host:601, with commas between"
                ));
                continue;
            }
        };
        match server {
            Ok(server) => stage.set(|b| b.audit_server(server)),
            Err(error) => stage.refuse(format!("has {sink:?}: {error}")),
        }
    }
    stage.set(|b| b.audit_log(logs));
}

/// `64 MiB`, `512 KiB` or `1 GiB`.
fn size(text: &str) -> Option<u64> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let (unit, shift) = units.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    number.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::{LEAST_SIZE, size};

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(size("64 KiB"), Some(LEAST_SIZE));
        assert_eq!(size("1GiB"), Some(1 << 30));
        for text in ["", "64", "MiB", "-1 MiB", "64 MB", "99999999999999999999 GiB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
