//! Clients that send requests repeatedly, and record the answers and how long they took.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use palisade_tests::server::Server;

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) status: u16,
}

/// Ends the load, also where a test fails under it.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets some clients ask for each path while `happens` does, and for as long.
pub(crate) fn under_load<T>(
    server: &Server,
    paths: &[&'static str],
    happens: impl FnOnce() -> T,
) -> (T, Vec<(&'static str, Vec<Seen>)>) {
    const CLIENTS: usize = 2;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = |path: &'static str| {
            let mut seen = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let at = Instant::now();
                let status = server.get(path).send().status;
                seen.push(Seen { at, took: at.elapsed(), status });
                // So that the clients do not crowd out the service.
                thread::sleep(Duration::from_millis(2));
            }
            seen
        };
        let clients: Vec<_> = paths
            .iter()
            .flat_map(|path| [*path; CLIENTS])
            .map(|path| (path, scope.spawn(move || ask(path))))
            .collect();
        let over = Over(&is_over);
        let outcome = happens();
        drop(over);
        let mut seen: Vec<(&'static str, Vec<Seen>)> =
            paths.iter().map(|path| (*path, Vec::new())).collect();
        for (path, client) in clients {
            let own = client.join().unwrap();
            if let Some((_, all)) = seen.iter_mut().find(|(known, _)| *known == path) {
                all.extend(own);
            }
        }
        (outcome, seen)
    })
}
