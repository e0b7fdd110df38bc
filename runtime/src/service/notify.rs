//! Notifications to a supervisor: `sd_notify(3)` of systemd.
//!
//! If `NOTIFY_SOCKET` is the path of a socket, the service reports there that it is ready, reloads
//! and stops (`Type=notify`, `Type=notify-reload`). If `WATCHDOG_USEC` requires signs of life
//! (`WatchdogSec=`), one is sent at half of the time, as long as every worker sends one itself: a
//! service whose threads hang is restarted.

use std::{
    env, io,
    os::unix::{
        ffi::OsStrExt as _,
        net::{SocketAddr, UnixDatagram},
    },
    process,
    sync::Arc,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinHandle;

use crate::health::Health;

/// The tasks that notify a supervisor; they end when this is dropped.
pub(super) struct Supervised([JoinHandle<()>; 2]);

/// Notifies the supervisor that the service is ready, and that it is alive.
pub(super) fn supervise(health: &Arc<Health>) -> Option<Supervised> {
    env::var_os("NOTIFY_SOCKET")?;
    let begun = Arc::clone(health);
    let ready = actix_web::rt::spawn(async move {
        begun.pulses().first().await;
        tell("READY=1\nSTATUS=serving requests");
    });
    let health = Arc::clone(health);
    let alive = actix_web::rt::spawn(async move {
        if let Some(every) = watchdog() {
            watch(&health, every).await;
        }
    });
    Some(Supervised([ready, alive]))
}

impl Drop for Supervised {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Sends signs of life as long as all workers do.
async fn watch(health: &Health, every: Duration) {
    let mut was_regular = true;
    loop {
        let is_regular = health.pulses().are_regular(every);
        if is_regular {
            tell("WATCHDOG=1");
        } else if was_regular {
            tracing::error!(
                "a worker does not go on: something blocks its thread; the supervisor is not told that \
                 the service is well"
            );
        }
        was_regular = is_regular;
        tokio::time::sleep(every / 2).await;
    }
}

/// The interval of the signs of life; `None` if none are required, or of another process.
fn watchdog() -> Option<Duration> {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().ok());
    let is_own = number("WATCHDOG_PID").is_none_or(|own| own == Some(process::id().into()));
    let micros = number("WATCHDOG_USEC").flatten().filter(|micros| is_own && *micros > 0)?;
    Some(Duration::from_micros(micros))
}

/// Notifies the supervisor that the service reads files again.
pub(super) fn tell_reloading() {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let micros = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000;
    let micros = seconds.saturating_mul(1_000_000).saturating_add(micros);
    tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
}

/// Sends the state to the supervisor, if there is one.
pub(super) fn tell(state: &str) {
    let Some(name) = env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(name.as_bytes(), state.as_bytes()) {
        tracing::warn!(%error, "the socket of NOTIFY_SOCKET takes no message");
    }
}

fn send(name: &[u8], state: &[u8]) -> io::Result<()> {
    let address = match name.split_first() {
        Some((b'@', rest)) => hidden(rest)?,
        Some((b'/', _)) => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name))?,
        Some(_) | None => {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "not a Unix socket"));
        }
    };
    let socket = UnixDatagram::unbound()?;
    // A supervisor that does not read must not delay the service.
    socket.set_nonblocking(true)?;
    socket.send_to_addr(state, &address)?;
    Ok(())
}

/// An abstract socket address, without a file.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn hidden(name: &[u8]) -> io::Result<SocketAddr> {
    <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn hidden(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::send;

    #[test]
    fn a_state_goes_to_a_path_and_to_a_name() {
        let folder = std::env::temp_dir().join(format!("palisade-notify-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut told = [0; 64];
        send(path.as_os_str().as_encoded_bytes(), b"READY=1").unwrap();
        let length = socket.recv(&mut told).unwrap();
        assert_eq!(&told[..length], b"READY=1");
        for name in [&b""[..], b"vsock:2:1234", b"relative"] {
            assert!(send(name, b"READY=1").is_err());
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
