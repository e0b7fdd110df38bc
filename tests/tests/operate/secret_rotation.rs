//! Secrets that change under load: no request fails, and what is new uses the new secret.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use actix_web::App;
use palisade::{
    Builder, Endpoints, FormTokens, Redis,
    auth::{Algorithm, KeySet, KeySource, SigningKey, Verifier},
    issue::{Grant, MemoryRefreshStore, RedisRefreshStore, SigningSecret, TokenIssuer},
    limit::SharedStore,
    prelude::*,
    secrets::{SecretHandle, Secrets, VaultSource},
    sql::Db,
};
use palisade_tests::{
    audit,
    client::{Answer, Request},
    mariadb::MariaDbServer,
    postgres::PostgresServer,
    redis::RedisServer,
    secret_manager::{Vault, unheard_of},
    server::Server,
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::secret_sources::wait_for;

/// Secrets of this Vault, refreshed every so often.
fn secrets(vault: &Vault, refresh: Duration) -> Secrets {
    let source = VaultSource::with_token(&vault.peer.url(), vault.token.as_str().into()).unwrap();
    let builder = Secrets::builder().refresh_every(refresh).time_out(Duration::from_secs(2));
    builder.source("vault", source).unwrap().build().unwrap()
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn field(vault: &Vault, refresh: Duration, name: &str) -> SecretHandle {
    let address = format!("vault:kv/data/shop#{name}");
    secrets(vault, refresh).fetch_blocking(name, &address).unwrap()
}

fn start(builder: Builder, endpoints: Endpoints) -> Server {
    let palisade = builder.endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

#[get("/page")]
#[public]
async fn show_page(token: FormToken) -> String {
    token.as_str().to_owned()
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[validate(length(min = 1, max = 32))]
    text: String,
}

#[post("/entries")]
#[public(reason = "a test: anybody writes")]
#[cross_site(token)]
#[validated]
async fn write(entry: Form<Entry>) -> String {
    entry.text.clone()
}

fn pair(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// Fetches a page of one instance and sends its form to another.
fn post(from: &Server, to: &Server) -> u16 {
    let page = from.get("/page").send();
    send_form(to, &pair(&page), &page.text())
}

fn send_form(to: &Server, cookie: &str, token: &str) -> u16 {
    to.post("/entries")
        .header("Cookie", cookie)
        .header("Origin", "null")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!("text=a&csrf_token={token}"))
        .send()
        .status
}

/// Two instances fetch a new key at different times, and take each other's tokens all the while.
#[test]
fn form_keys_change_between_instances() {
    let vault = Vault::start();
    let (first, second) = (unheard_of(), unheard_of());
    vault.put("shop", json!({"form_key": first}));
    let instance = |tokens: FormTokens| {
        let builder = Palisade::builder().public_origin("http://localhost").host("127.0.0.1");
        start(builder.form_tokens(tokens), endpoints![show_page, write])
    };
    let handles = [(); 2].map(|()| field(&vault, SECOND, "form_key"));
    let instances = handles.each_ref().map(|handle| instance(FormTokens::with_secret(handle)));
    // Keys that never change, to see which one signs.
    let [old, new] =
        [&first, &second].map(|key| instance(FormTokens::with_key(&key.as_str().into())));
    let kept = instances[0].get("/page").send();
    assert_eq!(post(&instances[0], &old), 200);
    vault.put("shop", json!({"form_key": second}));
    let began = std::time::Instant::now();
    let mut rounds = 0;
    // To the end of the time in which instances may differ, and on.
    while post(&instances[0], &new) != 200 || post(&instances[1], &new) != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "the new key never signs");
        for (from, to) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert_eq!(post(&instances[from], &instances[to]), 200, "{from} to {to}");
            rounds += 1;
        }
        // The limits of an address hold here, too.
        thread::sleep(Duration::from_millis(20));
    }
    assert!(rounds >= 8 && began.elapsed() > 2 * SECOND, "{rounds} {:?}", began.elapsed());
    for to in &instances {
        assert_eq!(send_form(to, &pair(&kept), &kept.text()), 200, "a page from before");
    }
    assert_eq!(post(&instances[0], &old), 403, "the old key signs nothing more");
    // A key that is weak changes nothing.
    vault.put("shop", json!({"form_key": "changeme"}));
    wait_for("weak key", || handles[0].current().version_name() == Some("3"));
    assert_eq!((post(&instances[0], &instances[1]), post(&instances[0], &new)), (200, 200));
}

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

#[post("/log-in")]
#[public(reason = "a test: everybody is let in")]
async fn log_in(issuer: Data<TokenIssuer>) -> Result<Created<String>> {
    let issued = issuer.issue(Grant::new("ada", "web")).await?;
    Ok(Created(issued.access_token().expose_secret().to_owned()))
}

fn token(server: &Server) -> String {
    let answer = server.post("/log-in").send();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json().as_str().unwrap().to_owned()
}

fn key_id(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

fn published(server: &Server) -> Vec<String> {
    let keys = KeySet::from_jwk_set(&server.get("/.well-known/jwks.json").send().body).unwrap();
    keys.keys().filter_map(|key| key.id().map(str::to_owned)).collect()
}

/// Two instances sign with a key that changes; each takes the tokens of the other, and of the key before.
#[test]
fn signing_keys_are_announced_then_sign_then_go() {
    let vault = Vault::start();
    let pems = [(); 2].map(|()| SigningKey::generate_pem(Algorithm::EdDsa).unwrap());
    let [old, new] = pems.each_ref().map(|pem| {
        let key = SigningKey::pem(Algorithm::EdDsa, None, pem).unwrap();
        key.id().unwrap().to_owned()
    });
    vault.put("shop", json!({"signing_key": pems[0].expose_secret()}));
    let instances = [(); 2].map(|()| {
        let handle = field(&vault, SECOND, "signing_key");
        let secret = SigningSecret::new(Algorithm::EdDsa, &handle).announce_for(SECOND);
        let issuer = TokenIssuer::with_secret("https://shop.example", "shop", secret).unwrap();
        let issuer = issuer.refresh_store(MemoryRefreshStore::default());
        let builder = Palisade::builder().auth(issuer.verifier().unwrap());
        let builder = builder.dangerous_no_service_limit("a test of keys");
        start(builder, issuer.endpoints().and(endpoints![me, log_in]))
    });
    let kept = token(&instances[0]);
    assert_eq!((key_id(&kept), published(&instances[0])), (old.clone(), vec![old.clone()]));
    vault.put("shop", json!({"signing_key": pems[1].expose_secret()}));
    let mut was_announced = false;
    let began = std::time::Instant::now();
    loop {
        let tokens = instances.each_ref().map(token);
        thread::sleep(Duration::from_millis(50));
        for token in tokens.iter().chain([&kept]) {
            for instance in &instances {
                assert_eq!(instance.get("/me").bearer(token).send().status, 200);
            }
        }
        let keys = published(&instances[0]);
        was_announced |= keys == [old.clone(), new.clone()];
        if tokens.iter().all(|token| key_id(token) == new) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "the new key never signs: {keys:?}");
    }
    assert!(was_announced, "the new key is published before it signs");
    assert_eq!(published(&instances[0]), [new.clone(), old], "the old one as long as its tokens");
    assert_eq!(instances[1].get("/me").bearer(&kept).send().status, 200);
    // What is not a key changes nothing.
    vault.put("shop", json!({"signing_key": "-----BEGIN PRIVATE KEY-----"}));
    thread::sleep(2 * SECOND);
    assert_eq!(key_id(&token(&instances[0])), new);
}

/// The keys that check tokens are a secret: another one is taken without a restart.
#[test]
fn verification_keys_are_followed() {
    let vault = Vault::start();
    let keys = [(); 2].map(|()| palisade_tests::provider::SigningKey::generate("a"));
    let set = |key: &palisade_tests::provider::SigningKey| json!({"keys": [key.jwk()]}).to_string();
    vault.put("shop", json!({"keys": set(&keys[0])}));
    let handle = field(&vault, SECOND, "keys");
    let source = KeySource::secret(&handle).unwrap();
    let verifier = Verifier::new(source, "https://id.example", "shop").unwrap();
    let server = start(Palisade::builder().auth(verifier), endpoints![me]);
    let tokens = keys.each_ref().map(|key| key.token("https://id.example", "shop"));
    let status = |token: &String| server.get("/me").bearer(token).send().status;
    assert_eq!(tokens.each_ref().map(status), [200, 401]);
    vault.put("shop", json!({"keys": "{}"}));
    wait_for("unusable set", || handle.current().version_name() == Some("2"));
    assert_eq!(status(&tokens[0]), 200, "what is no set of keys changes nothing");
    vault.put("shop", json!({"keys": set(&keys[1])}));
    wait_for("new key", || status(&tokens[1]) == 200);
    assert_eq!(status(&tokens[0]), 401);
}

#[get("/rows")]
#[public]
async fn rows(db: Data<Db>) -> Result<NoContent> {
    let transaction = db.begin().await?;
    // Long enough that requests at the same time need a connection each.
    actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    transaction.commit().await?;
    Ok(NoContent)
}

/// Clients that send requests until they are stopped.
struct Load {
    server: Server,
    is_over: AtomicBool,
    good: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Load {
    fn on(server: Server) -> Self {
        let (is_over, good) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self { server, is_over, good, failures: Mutex::default() }
    }

    /// Asks from this many addresses until `work` has ended. None of them may hold the whole pool.
    fn during(&self, path: &str, clients: u8, work: impl FnOnce()) {
        self.is_over.store(false, Ordering::SeqCst);
        thread::scope(|scope| {
            for client in 0..clients {
                scope.spawn(move || self.ask(path, client));
            }
            // The clients end with it, also where it fails.
            let _over = Over(&self.is_over);
            work();
        });
        self.has_no_failure();
    }

    fn ask(&self, path: &str, client: u8) {
        let source = std::net::Ipv4Addr::new(127, 0, 0, 10 + client).into();
        let address = self.server.address();
        while !self.is_over.load(Ordering::SeqCst) {
            let mut connection = palisade_tests::client::Connection::open_from(source, address);
            let request = Request::new(address, "GET", path);
            connection.write(request.head().as_bytes());
            connection.write(b"Connection: close\r\n\r\n");
            match connection.answer() {
                Ok(answer) if answer.status < 300 => {
                    self.good.fetch_add(1, Ordering::SeqCst);
                }
                Ok(answer) => self.failures.lock().unwrap().push(answer.text()),
                Err(error) => self.failures.lock().unwrap().push(error.to_string()),
            }
        }
    }

    /// Waits for so many more answers.
    fn passes(&self, answers: usize) {
        let before = self.good.load(Ordering::SeqCst);
        wait_for("answers", || {
            self.has_no_failure();
            self.good.load(Ordering::SeqCst) >= before + answers
        });
    }

    fn has_no_failure(&self) {
        let failures = self.failures.lock().unwrap().clone();
        assert!(failures.is_empty(), "{} failed: {:?}", failures.len(), failures.first());
    }
}

/// Sets it when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A server whose users have passwords.
trait Passwords {
    /// Gives the user `shop` this password.
    fn set(&self, password: &str);
    /// Ends the connections of the user that do nothing, as an administrator does.
    fn disconnect(&self);
    /// How many connections the user has.
    fn count(&self) -> i64;
}

struct Administrator<DB: sqlx::Database> {
    runtime: tokio::runtime::Runtime,
    pool: sqlx::Pool<DB>,
}

impl Administrator<sqlx::Postgres> {
    fn run(&self, statement: String) {
        let run = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&self.pool);
        self.runtime.block_on(run).unwrap();
    }
}

impl Administrator<sqlx::MySql> {
    fn run(&self, statement: String) {
        let run = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&self.pool);
        self.runtime.block_on(run).unwrap();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

impl Passwords for Administrator<sqlx::Postgres> {
    fn set(&self, password: &str) {
        self.run(format!("ALTER ROLE shop PASSWORD '{password}'"));
    }

    fn disconnect(&self) {
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop'"
                .to_owned(),
        );
    }

    fn count(&self) -> i64 {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop'";
        self.runtime.block_on(sqlx::query_scalar(count).fetch_one(&self.pool)).unwrap()
    }
}

impl Passwords for Administrator<sqlx::MySql> {
    fn set(&self, password: &str) {
        self.run(format!("ALTER USER shop@'127.0.0.1' IDENTIFIED BY '{password}'"));
    }

    fn disconnect(&self) {
        self.run("KILL USER shop@'127.0.0.1'".to_owned());
    }

    fn count(&self) -> i64 {
        let count = "SELECT count(*) FROM information_schema.processlist WHERE user = 'shop'";
        self.runtime.block_on(sqlx::query_scalar(count).fetch_one(&self.pool)).unwrap()
    }
}

/// Runs this on a runtime that goes on, as that of `#[palisade::main]` does.
fn live<T: Send + 'static, F: Future<Output = T>>(make: impl FnOnce() -> F + Send + 'static) -> T {
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        runtime().block_on(async {
            send.send(make().await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receive.recv_timeout(30 * SECOND).unwrap()
}

fn served(db: Db) -> Load {
    // As many requests as it takes: the service's own limit is not what is tested.
    let service = Palisade::builder().dangerous_no_service_limit("a test of connections");
    Load::on(start(service, endpoints![rows].with_data(db)))
}

/// Changes a password under load, in either order of server and secret, and twice.
fn passwords_change(server: &dyn Passwords, url: impl Fn(&str) -> String, is_url: bool) {
    audit::listen();
    let vault = Vault::start();
    let passwords = [(); 4].map(|()| unheard_of());
    let put =
        |password: &str| vault.put("shop", json!({"url": url(password), "password": password}));
    server.set(&passwords[0]);
    put(&passwords[0]);
    // Nothing is refreshed by its time: what is seen is the refetch after a refusal.
    let all = secrets(&vault, HOUR);
    let name = if is_url { "url" } else { "password" };
    let handle = all.fetch_blocking(name, &format!("vault:kv/data/shop#{name}")).unwrap();
    let (own, without_password) = (handle.clone(), url("").replace(":@", "@"));
    let load = served(live(move || async move {
        let options = Db::options().connections(16);
        match is_url {
            true => options.connect_with_secret(&own).await.unwrap(),
            false => options.connect_with_password(without_password, &own).await.unwrap(),
        }
    }));
    // A few connections are open, and stay so. One client needs no other.
    load.during("/rows", 3, || load.passes(30));
    let few = server.count();
    assert!((2..10).contains(&few), "{few}");
    load.during("/rows", 1, || {
        server.set(&passwords[1]);
        load.passes(50);
        put(&passwords[1]);
        load.passes(50);
    });
    assert_eq!(handle.current().version_name(), Some("1"), "nobody was refused yet");
    // More requests at a time need connections that the old password does not open.
    load.during("/rows", 12, || load.passes(300));
    assert!(server.count() > few, "connections with the new password: {}", server.count());
    assert_eq!(handle.current().version_name(), Some("2"), "the refusal had it fetched");

    // The other order: the source has the new password, and the server does not know it yet.
    put(&passwords[2]);
    let changed = runtime().block_on(handle.refetch());
    assert_eq!(changed, Ok(true));
    server.disconnect();
    wait_for("disconnection", || server.count() == 0);
    load.during("/rows", 4, || load.passes(100));
    server.set(&passwords[2]);
    server.disconnect();
    wait_for("disconnection", || server.count() == 0);
    load.during("/rows", 4, || load.passes(100));

    // A wrong password is an outage, whose message has the cause.
    server.set(&passwords[3]);
    server.disconnect();
    wait_for("disconnection", || server.count() == 0);
    let answer = load.server.get("/rows").send();
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(!answer.text().contains(&passwords[2]));
    put(&passwords[3]);
    load.during("/rows", 4, || load.passes(50));
}

#[test]
fn a_password_of_postgres_changes_under_load() {
    let Some(postgres) = PostgresServer::launch() else { return };
    let runtime = runtime();
    let pool = runtime.block_on(sqlx::PgPool::connect(&postgres.url())).unwrap();
    let server = Administrator { runtime, pool };
    server.run("CREATE ROLE shop LOGIN".to_owned());
    let url =
        |password: &str| format!("postgres://shop:{password}@{}/postgres", postgres.address());
    passwords_change(&server, url, true);
}

#[test]
fn a_password_of_mariadb_changes_under_load() {
    let Some(mariadb) = MariaDbServer::launch() else { return };
    let runtime = runtime();
    let root = format!("mysql://root@{}/palisade", mariadb.address());
    let pool = runtime.block_on(sqlx::MySqlPool::connect(&root)).unwrap();
    let server = Administrator { runtime, pool };
    server.run("CREATE USER shop@'127.0.0.1'".to_owned());
    server.run("GRANT ALL ON palisade.* TO shop@'127.0.0.1'".to_owned());
    let url = |password: &str| format!("mysql://shop:{password}@{}/palisade", mariadb.address());
    passwords_change(&server, url, false);
}

/// A secret that becomes the URL of another kind of database is refused.
#[test]
fn the_kind_of_a_database_stays() {
    let Some(postgres) = PostgresServer::launch() else { return };
    audit::listen();
    let vault = Vault::start();
    vault.put("shop", json!({"url": postgres.url()}));
    let handle = field(&vault, SECOND, "url");
    let own = handle.clone();
    let connect = move || async move { Db::options().connect_with_secret(&own).await.unwrap() };
    let load = served(live(connect));
    vault.put("shop", json!({"url": "mysql://u:hunter22@127.0.0.1:1/x"}));
    let refused = || audit::count(&["secret_refused", "another kind of database"]);
    wait_for("refusal", || refused() == 1);
    load.during("/rows", 2, || load.passes(10));
    assert_eq!(audit::count(&["hunter22"]), 0);
    let sqlite = SecretHandle::fixed("url", "sqlite::memory:".into());
    runtime().block_on(async {
        assert!(Db::options().connect_with_secret(&sqlite).await.is_ok());
        assert!(Db::options().connect_with_password("sqlite::memory:", &sqlite).await.is_err());
    });
}

#[get("/counted")]
#[public]
#[rate_limit("1000000/hour", by = global, store = shared, outage = closed)]
async fn counted(issuer: Data<Arc<RedisRefreshStore>>) -> Result<NoContent> {
    use palisade::issue::RefreshStore as _;
    // What a log-in would ask: the store's own connection.
    issuer
        .remove_subject("nobody")
        .await
        .map_err(|error| Problem::new(palisade::Kind::Unavailable).caused_by(error))?;
    Ok(NoContent)
}

/// Limits and log-ins go on while the password of Redis changes.
#[test]
fn a_password_of_redis_changes_under_load() {
    let Some(redis) = RedisServer::launch() else { return };
    let vault = Vault::start();
    let passwords = [(); 3].map(|()| unheard_of());
    let set = |password: &str| {
        let line = format!("ACL SETUSER shop reset on >{password} ~* &* +@all");
        vault.put("shop", json!({"url": redis.user(&line)}));
    };
    set(&passwords[0]);
    let handle = field(&vault, HOUR, "url");
    let shared = Redis::with_secret(&handle, "shop").unwrap().timeout(SECOND).unwrap();
    let issuer = "https://shop.example";
    let own = shared.clone();
    let store =
        live(move || async move { RedisRefreshStore::connect(&own, issuer).await.unwrap() });
    let builder = Palisade::builder()
        .limit_store(SharedStore::redis(&shared).unwrap())
        .dangerous_no_service_limit("a test of connections");
    let load = Load::on(start(builder, endpoints![counted].with_data(Arc::new(store))));
    let disconnect = || {
        let gone = redis.command(&["CLIENT", "KILL", "USER", "shop"]);
        assert_ne!(gone, "0", "connections of the user");
    };
    load.during("/counted", 4, || {
        load.passes(50);
        // Connections that are open stay.
        set(&passwords[1]);
        load.passes(50);
    });
    assert_eq!(handle.current().version_name(), Some("1"), "nobody was refused yet");
    disconnect();
    // The one that finds its connection gone has nothing to fall back on; those after it have.
    let _first = [(); 4].map(|()| load.server.get("/counted").send());
    wait_for("refetch", || handle.current().version_name() == Some("2"));
    wait_for("recovery", || load.server.get("/counted").send().status == 204);
    load.during("/counted", 4, || load.passes(100));
    // A change that is seen before the server has it.
    let line = format!("ACL SETUSER shop reset on >{} ~* &* +@all", passwords[1]);
    vault.put("shop", json!({"url": redis.user(&line).replace(&passwords[1], &passwords[2])}));
    assert_eq!(runtime().block_on(handle.refetch()), Ok(true));
    load.during("/counted", 4, || load.passes(100));
    set(&passwords[2]);
    load.during("/counted", 4, || load.passes(100));
}
