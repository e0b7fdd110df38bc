//! Several instances, each a process of its own, and one count.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use palisade_tests::{client::Request, redis::RedisServer};

use crate::service::{QUOTA, start, store};

/// The address of the store for the process of an instance.
const URL: &str = "PALISADE_TEST_INSTANCE";

/// Says where the instance listens.
const LISTENS: &str = "listens on ";

const PATIENT: Duration = Duration::from_secs(10);

/// An instance in another process, which is this program again.
struct Instance {
    process: Child,
    address: SocketAddr,
    /// Kept open: the process goes on to write to it when it ends.
    _output: BufReader<ChildStdout>,
}

impl Instance {
    fn launch(url: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "instances::instance", "--nocapture"])
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let told = |line: String| line.split_once(LISTENS)?.1.trim().parse().ok();
        let address = output.by_ref().lines().map_while(Result::ok).find_map(told).unwrap();
        Self { process, address, _output: output }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

/// The other process. As a test of its own it has nothing to do.
#[test]
fn instance() {
    let Ok(url) = env::var(URL) else { return };
    let server = start(store(&url, PATIENT));
    println!("\n{LISTENS}{}", server.address());
    std::io::stdout().flush().unwrap();
    let _input = std::io::stdin().read_to_end(&mut Vec::new());
}

#[test]
fn exactly_the_quota_passes_over_two_processes() {
    const REQUESTS: usize = 1_000;
    const CLIENTS: usize = 50;
    let Some(redis) = RedisServer::launch() else { return };
    let instances = [(); 2].map(|()| Instance::launch(&redis.url()));
    let addresses = instances.each_ref().map(|instance| instance.address);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    let ask = |number: usize| {
                        let address = addresses[(client + number) % 2];
                        Request::new(address, "GET", "/counted").send().status
                    };
                    (0..REQUESTS / CLIENTS).map(ask).collect::<Vec<_>>()
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|own| **own == status).count();
    println!("of {REQUESTS} requests {} passed, {} were refused", count(200), count(429));
    assert_eq!((count(200), count(429)), (QUOTA, REQUESTS - QUOTA));
}

#[test]
fn a_ban_by_one_instance_holds_at_all() {
    let Some(redis) = RedisServer::launch() else { return };
    let [a, b] = [(); 2].map(|()| start(store(&redis.url(), PATIENT)));
    let mut refusals = 0;
    while refusals < 3 {
        refusals += usize::from(a.get("/banned").send().status == 429);
    }
    thread::sleep(Duration::from_millis(1_100));
    for server in [&b, &a] {
        let answer = server.get("/banned").send();
        assert_eq!(answer.status, 429);
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!(wait > 3_500, "{wait}");
    }
}

#[test]
fn instances_start_without_their_store_and_find_it_later() {
    let Some(mut redis) = RedisServer::launch() else { return };
    redis.stop();
    let store = store(&redis.url(), Duration::from_millis(100));
    let server = start(store.clone());
    let ask = || server.get("/few").header("x-client", "a").send().status;
    assert_eq!([(); 4].map(|()| ask()), [200, 200, 200, 429], "counted by itself");
    redis.start();
    let started = std::time::Instant::now();
    while store.report().is_out_of_reach {
        assert!(started.elapsed() < Duration::from_secs(2), "it does not find it");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(ask(), 200, "counted by all: the first there");
}
