//! Certificates that a service gets by itself: from Pebble, the small authority of Let's Encrypt for tests.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use palisade::{Acme, Palisade, prelude::*};
use palisade_tests::{audit, port::free_address};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{
    authority::{Authority, Wanted},
    tls_client::Client,
};

const PATIENCE: Duration = Duration::from_secs(60);

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

fn wait_for(what: &str, is_there: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_there() {
        let told = || audit::message("TLS: no certificate was obtained");
        assert!(began.elapsed() < PATIENCE, "{what}: {:?}", told());
        thread::sleep(Duration::from_millis(50));
    }
}

/// The authority, and a server of DNS that has every name here.
struct Pebble {
    children: Vec<Child>,
    directory: String,
    management: SocketAddr,
    folder: TempDir,
}

impl Pebble {
    /// `None` where it is not installed. It looks at this port for challenges.
    fn start(port: u16) -> Option<Self> {
        let is_there = |name: &str| Command::new(name).arg("-h").output().is_ok();
        if !is_there("pebble") || !is_there("pebble-challtestsrv") {
            palisade_tests::skip("Pebble", "PALISADE_TEST_PEBBLE");
            return None;
        }
        let (authority, folder) = (Authority::new("of the directory"), TempDir::new().unwrap());
        let path = |name: &str| folder.path().join(name);
        let _written = authority.issue(Wanted::default()).write(folder.path(), "directory");
        fs::write(path("root.pem"), authority.pem()).unwrap();
        let (listen, management, names) = (free_address(), free_address(), free_address());
        let config = serde_json::json!({ "pebble": {
            "listenAddress": listen.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": path("directory.pem"),
            "privateKey": path("directory.key"),
            "httpPort": 1,
            "tlsPort": port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        fs::write(path("pebble.json"), config.to_string()).unwrap();
        let log = |name: &str| fs::File::create(path(name)).unwrap();
        let dns = Command::new("pebble-challtestsrv")
            .args(["-management", &free_address().to_string(), "-dns01", &names.to_string()])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
            .stdin(Stdio::null())
            .stdout(log("dns.log"))
            .stderr(log("dns.err"))
            .spawn()
            .unwrap();
        let pebble = Command::new("pebble")
            .arg("-config")
            .arg(path("pebble.json"))
            .args(["-strict", "-dnsserver", &names.to_string()])
            .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0")])
            .stdin(Stdio::null())
            .stdout(log("pebble.log"))
            .stderr(log("pebble.err"))
            .spawn()
            .unwrap();
        let directory = format!("https://localhost:{}/dir", listen.port());
        let own = Self { children: vec![dns, pebble], directory, management, folder };
        wait_for("Pebble does not answer", || own.curl(&own.directory).is_some());
        Some(own)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    fn curl(&self, url: &str) -> Option<String> {
        let output = Command::new("curl")
            .args(["--silent", "--fail", "--max-time", "10", "--cacert"])
            .arg(self.root())
            .arg(url)
            .output()
            .unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The root of what it issues.
    fn issuer(&self) -> String {
        let url = format!("https://localhost:{}/roots/0", self.management.port());
        self.curl(&url).unwrap()
    }

    fn acme(&self, domains: &[&str], cache: &Path) -> Acme {
        Acme::new(domains.iter().copied(), cache)
            .contact("mailto:operator@api.example")
            .directory(&self.directory)
            .directory_authority(self.root())
    }

    /// How many orders it was given.
    fn orders(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("pebble.log")).unwrap_or_default();
        log.matches("Added order").count()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _killed = child.kill();
            let _reaped = child.wait();
        }
    }
}

/// A service at a port that is known before it starts.
struct Service {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    fn start(address: SocketAddr, acme: Acme) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let builder = Palisade::builder()
                .bind(address.to_string())
                .host("api.example")
                .host("www.api.example")
                .endpoints(endpoints![ping])
                .acme(acme);
            let stopped = async {
                let _dropped = stopped.await;
            };
            let served = actix_web::rt::System::new().block_on(builder.serve_until(stopped));
            served.unwrap_or_else(|failure| panic!("{failure}"));
        });
        wait_for("it does not listen", || std::net::TcpStream::connect(address).is_ok());
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    fn openssl(&self, options: &[&str]) -> String {
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &self.address.to_string()])
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _joined = thread.join();
        }
    }
}

#[test]
fn a_certificate_is_obtained_kept_and_used_again() {
    audit::listen();
    let address = free_address();
    let Some(pebble) = Pebble::start(address.port()) else { return };
    let state = TempDir::new().unwrap();
    let cache = state.path().join("acme");
    let names = ["api.example", "www.api.example"];
    let service = Service::start(address, pebble.acme(&names, &cache));
    let client = Client::trusting(&pebble.issuer());
    let get = |name: &str| client.get(address, name, "/ping").map(|told| told.status);
    wait_for("there is no certificate", || get("api.example").is_ok());
    assert_eq!((get("api.example").unwrap(), get("www.api.example").unwrap()), (200, 200));
    let first = client.open(address, "api.example").unwrap().certificate();
    assert_eq!(
        audit::count(&["TLS: a certificate was obtained", "api.example, www.api.example"]),
        1
    );

    // Who asks for a challenge that is not open learns nothing.
    let told = service.openssl(&["-alpn", "acme-tls/1", "-servername", "api.example"]);
    assert!(told.contains("unrecognized name") && !told.contains("BEGIN CERTIFICATE"), "{told}");

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&cache), 0o700);
    let files: Vec<_> = fs::read_dir(&cache).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "the account and the certificate: {files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600));

    // A restart requests no certificate.
    drop(service);
    let orders = pebble.orders();
    let service = Service::start(address, pebble.acme(&names, &cache));
    assert!(client.open(address, "api.example").unwrap().certificate() == first);
    drop(service);
    assert_eq!(pebble.orders(), orders);

    // One that lacks a name is replaced, by the same account, while the service runs.
    let accounts = |path: &Path| {
        let file = fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
        let mut file = file.filter(|path| path.display().to_string().contains("account"));
        fs::read(file.next().unwrap()).unwrap()
    };
    let account = accounts(&cache);
    let more = ["api.example", "www.api.example", "new.api.example"];
    let _service = Service::start(address, pebble.acme(&more, &cache));
    wait_for("the name is missing", || client.open(address, "new.api.example").is_ok());
    assert!(client.open(address, "api.example").unwrap().certificate() != first);
    assert_eq!(accounts(&cache), account);
}

#[test]
fn what_the_authority_refuses_is_told_with_its_reason() {
    audit::listen();
    // Its challenges are asked for at a port where nothing listens.
    let Some(pebble) = Pebble::start(1) else { return };
    let state = TempDir::new().unwrap();
    let acme = pebble.acme(&["api.example"], &state.path().join("acme"));
    let service = Service::start(free_address(), acme);
    let parts = ["TLS: no certificate was obtained", "Failed to connect", "127.0.0.1:1"];
    wait_for("nothing is told", || audit::count(&parts) == 1);
    // Without a certificate clients get an alert, and the service runs.
    let told = service.openssl(&["-servername", "api.example"]);
    assert!(told.contains("unrecognized name"), "{told}");
    drop(service);

    // A directory whose certificate is not trusted.
    let acme = pebble.acme(&["www.api.example"], &state.path().join("other"));
    let stranger = state.path().join("stranger.pem");
    fs::write(&stranger, Authority::new("strangers").pem()).unwrap();
    let _service = Service::start(free_address(), acme.directory_authority(&stranger));
    let parts = ["TLS: no certificate was obtained", "www.api.example", "certificate"];
    wait_for("nothing is told", || audit::count(&parts) == 1);
}

#[test]
fn settings_that_cannot_work_do_not_start() {
    let state = TempDir::new().unwrap();
    let told = |acme: Acme| {
        let built = Palisade::builder().endpoints(endpoints![ping]).acme(acme).build();
        built.err().map_or_else(String::new, |failure| failure.complaints().concat())
    };
    let cache = state.path().join("acme");
    assert_eq!(told(Acme::new(["api.example"], &cache)), "");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    let open = told(Acme::new(["api.example"], &cache));
    assert!(open.contains("PALISADE_ACME_CACHE") && open.contains("chmod 700"), "{open}");
    let missing =
        Acme::new(["api.example"], state.path().join("b")).directory_authority("/none.pem");
    let missing = told(missing);
    assert!(missing.contains("PALISADE_ACME_ROOT") && missing.contains("/none.pem"), "{missing}");
    let wildcard = told(Acme::new(["*.api.example"], state.path().join("c")));
    assert!(wildcard.contains("PALISADE_ACME_DOMAINS"), "{wildcard}");
}
