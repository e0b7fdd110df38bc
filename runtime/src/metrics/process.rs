//! Metrics of this process from the system, under the names that all clients of Prometheus use.

use std::{
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use super::text::{Text, Type};

/// The time of the first call: close to the start, since the service calls this when it is built.
static START: LazyLock<u64> = LazyLock::new(|| {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
});

pub(super) fn note_start() {
    LazyLock::force(&START);
}

/// When the process started, in seconds since 1970.
#[cfg(feature = "otel")]
pub(super) fn start_seconds() -> u64 {
    *START
}

pub(super) fn write(text: &mut Text) {
    let help = "When the service started, in seconds since 1970.";
    text.single("process_start_time_seconds", Type::Gauge, help, *START);
    #[cfg(target_os = "linux")]
    {
        if let Some(bytes) = resident_bytes() {
            let help = "Memory of the process.";
            text.single("process_resident_memory_bytes", Type::Gauge, help, bytes);
        }
        if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
            // The directory that is being read is one of them.
            let open = open.count().saturating_sub(1);
            text.single("process_open_fds", Type::Gauge, "Open files and sockets.", open);
        }
    }
    #[cfg(unix)]
    {
        let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        if let Some(most) = most {
            let help = "Files and sockets that the process may open.";
            text.single("process_max_fds", Type::Gauge, help, most);
        }
    }
}

/// `VmRSS` of `/proc/self/status`, which has it in KiB.
#[cfg(target_os = "linux")]
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1_024)
}
