//! Sessions whose store fails or hesitates, that several requests change at once, or that were
//! revoked: over real sockets, in memory and in a real Redis.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::{
    Redis,
    auth::{Revocations, SecretDigest},
    issue::{StoreError, StoreFuture},
    object::{Owned, Permits, Policy, Read, Resource, owner},
    prelude::*,
    session::{MemorySessionStore, SessionRecord, SessionStore, Sessions, Updated},
};
use palisade_tests::{
    client::{Answer, Request},
    redis::RedisServer,
    server::Server,
};

use crate::{service, sessions};

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(length(min = 1, max = 32))]
    name: String,
}

#[post("/login")]
#[public(reason = "a test: every name is let in")]
#[validated]
async fn log_in(login: Form<Login>, session: Session) -> Result<NoContent> {
    session.begin(&login.name, [""; 0]).await?;
    Ok(NoContent)
}

#[post("/logout")]
#[public(reason = "ends what there is")]
async fn log_out(session: Session) -> Result<NoContent> {
    session.end().await?;
    Ok(NoContent)
}

#[post("/logout-everywhere")]
#[public(reason = "ends what there is")]
async fn log_out_everywhere(session: Session) -> Result<NoContent> {
    session.end_everywhere().await?;
    Ok(NoContent)
}

#[post("/revoke")]
#[authenticated]
async fn revoke_own(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
    revocations.revoke(&who).await?;
    Ok(NoContent)
}

#[post("/revoke-all")]
#[authenticated]
async fn revoke_subject(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
    let until = who.issued_at().unwrap_or_default() + 60;
    revocations.revoke_subject(who.issuer(), who.subject(), until).await?;
    Ok(NoContent)
}

/// Only looks.
#[get("/look")]
#[authenticated]
#[credentials(session)]
async fn just_look(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/page")]
#[public]
async fn show_page(session: Session) -> Result<String> {
    Ok(session.subject().await?.unwrap_or_else(|| "stranger".to_owned()))
}

#[get("/data")]
#[public]
async fn show_data(session: Session) -> Result<String> {
    Ok(session.data::<u32>().await?.map_or_else(|| "nothing".to_owned(), |n| n.to_string()))
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Number {
    #[validate(range(max = 1_000_000))]
    n: u32,
}

#[post("/keep")]
#[public(reason = "keeps what is sent, without a look")]
#[validated]
async fn keep_number(session: Session, number: Form<Number>) -> Result<NoContent> {
    session.keep(&number.n).await?;
    Ok(NoContent)
}

/// Reads, waits until another request has kept something, and keeps what it made of that.
#[post("/late")]
#[public(reason = "keeps what follows from what it has read")]
async fn keep_late(session: Session, gate: Data<Gate>) -> Result<NoContent> {
    let read = session.data::<u32>().await?.unwrap_or_default();
    gate.pass().await;
    session.keep(&(read + 1)).await?;
    // What a request keeps itself is known to it.
    session.keep(&(read + 2)).await?;
    Ok(NoContent)
}

#[post("/add")]
#[public(reason = "adds one to what the session keeps")]
async fn add_one(session: Session) -> Result<String> {
    let sum = session.update(|sum: Option<u32>| sum.unwrap_or_default() + 1).await?;
    Ok(sum.to_string())
}

struct Thing;

impl Resource for Thing {
    type Id = u32;
    type State = ();

    async fn load(_: u32, (): ()) -> Result<Option<Self>> {
        Ok(Some(Self))
    }
}

impl Permits<Read> for Thing {
    fn policy() -> impl Policy<Self> {
        owner(|_: &Self| "ada")
    }
}

#[get("/things/{id}")]
#[authenticated]
async fn show_thing(_thing: Owned<Thing, Read>) -> &'static str {
    "a thing"
}

#[get("/form")]
#[public]
async fn show_form(token: FormToken) -> String {
    token.as_str().to_owned()
}

#[post("/form")]
#[public(reason = "says whose form it is")]
#[cross_site(token)]
#[validated]
async fn send_form(session: Session, _number: Form<Number>) -> Result<String> {
    Ok(session.subject().await?.unwrap_or_else(|| "stranger".to_owned()))
}

#[post("/form-of-callers")]
#[authenticated]
#[cross_site(token)]
#[validated]
async fn send_form_of_callers(who: Principal, _number: Form<Number>) -> String {
    who.subject().to_owned()
}

/// A place where requests wait: the first that comes says so, and goes on when it is opened.
#[derive(Debug, Default)]
struct Gate {
    has_come: AtomicBool,
    is_open: AtomicBool,
}

impl Gate {
    async fn pass(&self) {
        self.has_come.store(true, Ordering::SeqCst);
        while !self.is_open.load(Ordering::SeqCst) {
            actix_web::rt::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

fn builder(sessions: Sessions) -> palisade::Builder {
    service::palisade()
        .dangerous_no_service_limit("one client sends the whole load")
        .sessions(sessions.login_page("/login"))
}

fn start(sessions: Sessions, revocations: &Revocations, gate: &Arc<Gate>) -> Server {
    let endpoints = endpoints![
        log_in,
        log_out,
        log_out_everywhere,
        revoke_own,
        revoke_subject,
        just_look,
        show_page,
        show_data,
        keep_number,
        keep_late,
        add_one,
        show_thing,
        show_form,
        send_form,
        send_form_of_callers,
    ];
    let palisade =
        builder(sessions).revocations(revocations.clone()).endpoints(endpoints).build().unwrap();
    let (revocations, gate) = (Data::new(revocations.clone()), Data::from(Arc::clone(gate)));
    Server::start(move || {
        App::new()
            .app_data(revocations.clone())
            .app_data(gate.clone())
            .configure(|config| palisade.mount(config))
            .wrap(palisade.clone())
    })
}

fn plain(sessions: Sessions) -> Server {
    start(sessions, &Revocations::in_memory(), &Arc::default())
}

fn form_of(request: Request, fields: &str) -> Request {
    request.header("Content-Type", "application/x-www-form-urlencoded").body(fields.to_owned())
}

fn pair(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    set.split(';').next().unwrap().to_owned()
}

fn enter(server: &Server, name: &str) -> String {
    let answer = form_of(server.post("/login"), &format!("name={name}")).send();
    assert_eq!(answer.status, 204, "{}", answer.text());
    pair(&answer)
}

fn get(server: &Server, path: &str, cookie: &str) -> Answer {
    server.get(path).header("Cookie", cookie).send()
}

fn post(server: &Server, path: &str, cookie: &str) -> Answer {
    server.post(path).header("Cookie", cookie).send()
}

fn keeps(server: &Server, cookie: &str, number: u32) -> u16 {
    let request = form_of(server.post("/keep"), &format!("n={number}"));
    request.header("Cookie", cookie).send().status
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A store, in memory unless another one is given, that fails on demand, and whose notes of use wait on
/// demand.
#[derive(Debug)]
struct Faulty<S = MemorySessionStore>(Arc<Parts<S>>);

#[derive(Debug)]
struct Parts<S = MemorySessionStore> {
    store: S,
    loads_fail: AtomicBool,
    inserts_fail: AtomicBool,
    updates_fail: AtomicBool,
    removals_fail: AtomicBool,
    touches: AtomicU32,
    touch_waits: AtomicBool,
    touch_came: (Mutex<bool>, Condvar),
}

impl Default for Faulty {
    fn default() -> Self {
        Self::over(MemorySessionStore::default())
    }
}

impl<S> Clone for Faulty<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Faulty<S> {
    fn over(store: S) -> Self {
        Self(Arc::new(Parts {
            store,
            loads_fail: AtomicBool::default(),
            inserts_fail: AtomicBool::default(),
            updates_fail: AtomicBool::default(),
            removals_fail: AtomicBool::default(),
            touches: AtomicU32::default(),
            touch_waits: AtomicBool::default(),
            touch_came: Default::default(),
        }))
    }

    fn breaks(&self, part: fn(&Parts<S>) -> &AtomicBool, is_so: bool) {
        part(&self.0).store(is_so, Ordering::SeqCst);
    }

    fn unless<'a, T: Send + 'a>(
        fails: &AtomicBool,
        then: impl FnOnce() -> StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        if fails.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::new("broken for a test")) });
        }
        then()
    }

    fn wait_for_touch(&self) {
        let (came, news) = &self.0.touch_came;
        let came = came.lock().unwrap();
        let waited = news.wait_timeout_while(came, Duration::from_secs(20), |came| !*came);
        assert!(!waited.unwrap().1.timed_out(), "no use was noted");
    }
}

impl<S: SessionStore> SessionStore for Faulty<S> {
    fn insert<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, ()> {
        Self::unless(&self.0.inserts_fail, || self.0.store.insert(id, record))
    }

    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>> {
        Self::unless(&self.0.loads_fail, || self.0.store.load(id))
    }

    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        read: Option<u64>,
        data: &'a str,
    ) -> StoreFuture<'a, Updated> {
        Self::unless(&self.0.updates_fail, || self.0.store.update(id, read, data))
    }

    fn touch<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            self.0.touches.fetch_add(1, Ordering::SeqCst);
            if self.0.touch_waits.load(Ordering::SeqCst) {
                *self.0.touch_came.0.lock().unwrap() = true;
                self.0.touch_came.1.notify_all();
            }
            while self.0.touch_waits.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            self.0.store.touch(id, record).await
        })
    }

    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()> {
        Self::unless(&self.0.removals_fail, || self.0.store.remove(id))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        Self::unless(&self.0.removals_fail, || self.0.store.remove_subject(subject))
    }
}

#[test]
fn a_log_out_while_the_store_answers_nothing_holds_and_is_completed() {
    for path in ["/logout", "/logout-everywhere"] {
        let store = Faulty::default();
        let server = plain(Sessions::kept_in(store.clone()));
        let ada = enter(&server, "ada");
        store.breaks(|parts| &parts.loads_fail, true);
        store.breaks(|parts| &parts.removals_fail, true);
        assert_eq!(post(&server, path, &ada).status, 503, "{path}");
        store.breaks(|parts| &parts.loads_fail, false);
        assert_eq!(get(&server, "/look", &ada).status, 401, "{path}: it has ended here");
        store.breaks(|parts| &parts.removals_fail, false);
        wait_for("the removal", || store.0.store.is_empty());
        assert_eq!(get(&server, "/look", &ada).status, 401, "{path}");
    }
}

#[test]
fn a_log_out_that_the_store_refuses_holds_at_once_and_is_completed() {
    for (path, ends_others) in [("/logout", false), ("/logout-everywhere", true)] {
        let store = Faulty::default();
        let server = plain(Sessions::kept_in(store.clone()));
        let (ada, other, grace) =
            (enter(&server, "ada"), enter(&server, "ada"), enter(&server, "grace"));
        store.breaks(|parts| &parts.removals_fail, true);
        let answer = post(&server, path, &ada);
        assert_eq!((answer.status, answer.header("set-cookie")), (503, None), "not confirmed");
        assert_eq!(get(&server, "/look", &ada).status, 401, "{path}");
        assert_eq!(get(&server, "/page", &ada).text(), "stranger", "{path}");
        assert_eq!(get(&server, "/look", &other).status == 401, ends_others, "{path}");
        assert_eq!(get(&server, "/look", &grace).status, 200, "{path}");
        assert_eq!(store.0.store.len(), 3, "{path}");
        store.breaks(|parts| &parts.removals_fail, false);
        let left = if ends_others { 1 } else { 2 };
        wait_for("the removal", || store.0.store.len() == left);
        assert_eq!(get(&server, "/look", &ada).status, 401, "{path}");
        // The cookie alone is not the log-in: a new one goes on.
        wait_for("a new log-in", || {
            let again = enter(&server, "ada");
            get(&server, "/look", &again).status == 200
        });
    }
}

#[test]
fn a_log_in_ends_the_old_session_before_it_begins_the_new_one() {
    let store = Faulty::default();
    let server = plain(Sessions::kept_in(store.clone()));
    let begin_again =
        |cookie: &str| form_of(server.post("/login"), "name=ada").header("Cookie", cookie).send();
    let ada = enter(&server, "ada");
    store.breaks(|parts| &parts.inserts_fail, true);
    let answer = begin_again(&ada);
    assert_eq!((answer.status, answer.header("set-cookie")), (503, None));
    assert_eq!(get(&server, "/look", &ada).status, 401, "out, rather than in with old rights");
    assert!(store.0.store.is_empty());
    store.breaks(|parts| &parts.inserts_fail, false);
    let ada = enter(&server, "ada");
    store.breaks(|parts| &parts.removals_fail, true);
    let answer = begin_again(&ada);
    assert_eq!((answer.status, answer.header("set-cookie")), (503, None));
    assert_eq!(store.0.store.len(), 1, "nothing has begun beside the old one");
}

#[test]
fn what_cannot_be_kept_changes_nothing() {
    let store = Faulty::default();
    let server = plain(Sessions::kept_in(store.clone()));
    let ada = enter(&server, "ada");
    assert_eq!(keeps(&server, &ada, 1), 204);
    store.breaks(|parts| &parts.updates_fail, true);
    assert_eq!(keeps(&server, &ada, 2), 503);
    assert_eq!(post(&server, "/add", &ada).status, 503);
    assert_eq!(get(&server, "/data", &ada).text(), "1");
}

#[test]
fn a_request_that_only_looks_undoes_nothing() {
    looking_undoes_nothing(&Faulty::default());
}

#[test]
fn a_request_that_only_looks_undoes_nothing_in_redis() {
    let Some(redis) = RedisServer::launch() else { return };
    looking_undoes_nothing(&Faulty::over(sessions::connect(redis.url())));
}

fn looking_undoes_nothing<S: SessionStore + 'static>(store: &Faulty<S>) {
    // Uses are noted after a second.
    let server = plain(Sessions::kept_in(store.clone()).idle(Duration::from_secs(20)));
    let ada = enter(&server, "ada");
    assert_eq!(keeps(&server, &ada, 1), 204);
    store.0.touch_waits.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        let look = scope.spawn(|| {
            // Until a note of use is due; then a request waits within it.
            while !*store.0.touch_came.0.lock().unwrap() {
                assert_eq!(get(&server, "/look", &ada).status, 200);
                thread::sleep(Duration::from_millis(20));
            }
        });
        store.wait_for_touch();
        // That request has loaded the session with a 1. Another instance keeps a 2 meanwhile.
        let other = plain(Sessions::kept_in(Prompt(store.clone())));
        assert_eq!(keeps(&other, &ada, 2), 204);
        store.0.touch_waits.store(false, Ordering::SeqCst);
        look.join().unwrap();
    });
    assert_eq!(get(&server, "/data", &ada).text(), "2", "the later value stays");
}

/// The same store, without a wait in it.
#[derive(Debug)]
struct Prompt<S>(Faulty<S>);

impl<S: SessionStore> SessionStore for Prompt<S> {
    fn insert<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, ()> {
        self.0.insert(id, record)
    }

    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>> {
        self.0.load(id)
    }

    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        read: Option<u64>,
        data: &'a str,
    ) -> StoreFuture<'a, Updated> {
        self.0.update(id, read, data)
    }

    fn touch<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool> {
        self.0.0.store.touch(id, record)
    }

    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()> {
        self.0.remove(id)
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        self.0.remove_subject(subject)
    }
}

#[test]
fn what_follows_from_an_old_value_is_a_conflict() {
    let gate = Arc::<Gate>::default();
    let server = start(Sessions::in_memory(), &Revocations::in_memory(), &gate);
    let ada = enter(&server, "ada");
    assert_eq!(keeps(&server, &ada, 10), 204);
    thread::scope(|scope| {
        let late = scope.spawn(|| post(&server, "/late", &ada));
        wait_for("the first request to have read", || gate.has_come.load(Ordering::SeqCst));
        assert_eq!(keeps(&server, &ada, 20), 204);
        gate.open();
        let answer = late.join().unwrap();
        assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"));
    });
    assert_eq!(get(&server, "/data", &ada).text(), "20");
    assert_eq!(post(&server, "/late", &ada).status, 204, "a second try reads the new value");
    assert_eq!(get(&server, "/data", &ada).text(), "22");
}

/// Adds, looks and keeps at once from several threads; then ends the session among them.
fn nothing_kept_is_lost_and_nothing_returns(instances: &[Server]) {
    const THREADS: u32 = 4;
    const ROUNDS: u32 = 12;
    let ada = enter(&instances[0], "ada");
    let at = |n: u32| &instances[n as usize % instances.len()];
    let acknowledged = AtomicU32::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (ada, acknowledged) = (&ada, &acknowledged);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let answer = post(at(number + round), "/add", ada);
                    assert!([200, 409].contains(&answer.status), "{}", answer.text());
                    acknowledged.fetch_add(u32::from(answer.status == 200), Ordering::SeqCst);
                }
            });
            // Past a second, so that uses are noted while others keep.
            scope.spawn(move || {
                while began.elapsed() < Duration::from_millis(1_500) {
                    assert_eq!(get(at(number), "/look", ada).status, 200);
                }
            });
        }
        let (ada, acknowledged) = (&ada, &acknowledged);
        scope.spawn(move || {
            while began.elapsed() < Duration::from_millis(1_500) {
                let answer = post(at(0), "/add", ada);
                acknowledged.fetch_add(u32::from(answer.status == 200), Ordering::SeqCst);
                thread::sleep(Duration::from_millis(20));
            }
        });
    });
    let sum: u32 = get(at(1), "/data", &ada).text().parse().unwrap();
    assert_eq!(sum, acknowledged.load(Ordering::SeqCst), "of what was acknowledged");

    thread::scope(|scope| {
        for number in 0..THREADS {
            let ada = &ada;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let status = match (number + round) % 3 {
                        0 => keeps(at(number), ada, round),
                        1 => post(at(number), "/add", ada).status,
                        _ => get(at(number), "/look", ada).status,
                    };
                    assert!([200, 204, 401, 409].contains(&status), "{status}");
                }
            });
        }
        let ada = &ada;
        scope.spawn(move || assert_eq!(post(at(0), "/logout", ada).status, 204));
    });
    for server in instances {
        assert_eq!(get(server, "/look", &ada).status, 401);
        assert_eq!(get(server, "/data", &ada).text(), "nothing");
        assert_eq!(keeps(server, &ada, 1), 401);
    }
}

#[test]
fn in_memory_nothing_kept_is_lost_and_nothing_returns() {
    let sessions = Sessions::in_memory().idle(Duration::from_secs(20));
    nothing_kept_is_lost_and_nothing_returns(&[plain(sessions)]);
}

#[test]
fn in_redis_nothing_kept_is_lost_and_nothing_returns() {
    let Some(redis) = RedisServer::launch() else { return };
    let instances = [(); 2].map(|()| {
        let sessions = Sessions::kept_in(sessions::connect(redis.url()));
        plain(sessions.idle(Duration::from_secs(20)))
    });
    nothing_kept_is_lost_and_nothing_returns(&instances);
    let script = "return table.concat(redis.call('KEYS', ARGV[1]), ' ')";
    let left = redis.command(&["EVAL", script, "0", "*:session:*"]);
    // The index of a subject keeps names of sessions that are gone.
    let sessions = left.split(' ').filter(|key| key.contains(":session:") && !key.contains(":of:"));
    assert_eq!(sessions.count(), 0, "{left}");
}

/// Every way in which a request can identify a caller, and the answer without a session.
fn nobody_is_there(server: &Server, cookie: &str, how: &str) {
    let html = "text/html,*/*;q=0.8";
    for path in ["/look", "/things/1"] {
        let answer = get(server, path, cookie);
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthenticated"), "{how}");
        let page = server.get(path).header("Cookie", cookie).header("Accept", html).send();
        assert_eq!((page.status, page.header("location")), (303, Some("/login")), "{how}: {path}");
    }
    assert_eq!(get(server, "/page", cookie).text(), "stranger", "{how}: `Session::subject`");
    assert_eq!(get(server, "/data", cookie).text(), "nothing", "{how}: `Session::data`");
    assert_eq!(keeps(server, cookie, 7), 401, "{how}: `Session::keep`");
    assert_eq!(post(server, "/add", cookie).status, 401, "{how}: `Session::update`");
    assert_eq!(post(server, "/revoke", cookie).status, 401, "{how}: `Principal`");
    // A form's token identifies the page that sent it, and not a caller.
    let shown = get(server, "/form", cookie);
    let cookies = format!("{cookie}; {}", pair(&shown));
    for (path, expected) in [("/form", (200, "stranger")), ("/form-of-callers", (401, ""))] {
        let answer = form_of(server.post(path), "n=1")
            .header("Cookie", &cookies)
            .header("X-Csrf-Token", &shown.text())
            .send();
        let said = if answer.status == 200 { answer.text() } else { String::new() };
        assert_eq!((answer.status, said.as_str()), expected, "{how}: {path}");
    }
}

#[test]
fn a_revoked_and_an_ended_session_stand_for_nothing() {
    for (how, path) in [
        ("ended", "/logout"),
        ("ended everywhere", "/logout-everywhere"),
        ("revoked", "/revoke"),
        ("revoked with all of its subject", "/revoke-all"),
    ] {
        let store = Faulty::default();
        let server = plain(Sessions::kept_in(store.clone()));
        let (ada, grace) = (enter(&server, "ada"), enter(&server, "grace"));
        assert_eq!(keeps(&server, &ada, 1), 204);
        assert_eq!(get(&server, "/things/1", &ada).status, 200);
        assert_eq!(post(&server, path, &ada).status, 204, "{how}");
        // Before any further request of it, which would remove it as well.
        assert_eq!(store.0.store.len(), 1, "{how}: gone from the store too");
        nobody_is_there(&server, &ada, how);
        assert_eq!(get(&server, "/page", &grace).text(), "grace", "{how}");
        // What was ended ends no other.
        let third = enter(&server, "grace");
        assert_eq!(post(&server, "/logout-everywhere", &ada).status, 204);
        assert_eq!(get(&server, "/look", &third).status, 200, "{how}");
    }
}

#[test]
fn a_revocation_holds_for_every_argument_where_the_store_keeps_the_session() {
    let store = Faulty::default();
    let revocations = Revocations::in_memory();
    // Uses are noted after a second.
    let sessions = Sessions::kept_in(store.clone()).idle(Duration::from_secs(20));
    let server = start(sessions, &revocations, &Arc::default());
    let ada = enter(&server, "ada");
    store.breaks(|parts| &parts.removals_fail, true);
    assert_eq!(post(&server, "/revoke", &ada).status, 204, "the list has it");
    // A restart forgets what waits to be completed: an instance with the same list and store.
    let sessions = Sessions::kept_in(store.clone()).idle(Duration::from_secs(20));
    let server = start(sessions, &revocations, &Arc::default());
    nobody_is_there(&server, &ada, "revoked, and still in the store");
    thread::sleep(Duration::from_millis(2_100));
    let touches = store.0.touches.load(Ordering::SeqCst);
    nobody_is_there(&server, &ada, "after a while");
    assert_eq!(store.0.touches.load(Ordering::SeqCst), touches, "it is not prolonged");
    assert_eq!(store.0.store.len(), 1);
    store.breaks(|parts| &parts.removals_fail, false);
    assert_eq!(get(&server, "/page", &ada).text(), "stranger");
    wait_for("the removal", || store.0.store.is_empty());
}

#[test]
fn a_list_that_is_not_known_is_no_pass_for_sessions() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let revocations =
        Revocations::redis(&Redis::new(&redis.url().into(), "test").unwrap()).unwrap();
    wait_for("the list", || revocations.is_fresh());
    let server = start(Sessions::in_memory(), &revocations, &Arc::default());
    let ada = enter(&server, "ada");
    assert_eq!(get(&server, "/page", &ada).text(), "ada");
    redis.stop();
    wait_for("the list to be old", || !revocations.is_fresh());
    assert_eq!(get(&server, "/page", &ada).status, 503);
    assert_eq!(keeps(&server, &ada, 1), 503);
    assert_eq!(server.get("/page").send().text(), "stranger", "nothing had to be asked");
    assert_eq!(post(&server, "/logout", &ada).status, 204, "an end needs no list");
}
