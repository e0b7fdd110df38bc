//! A Redis that answers anything: everything that is kept there goes on, or fails as documented.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    panic,
    sync::{Arc, Mutex, Once, mpsc},
    thread,
    time::Duration,
};

use actix_web::App;
use palisade::{
    Palisade, Redis,
    auth::Revocations,
    issue::{Grant, RedisRefreshStore, TokenIssuer},
    limit::SharedStore,
    prelude::*,
    session::{RedisSessionStore, Session, Sessions},
};
use palisade_tests::server::Server;
use proptest::{prelude::*, test_runner::TestRunner};

use crate::issuing::{ISSUER, keys};

#[post("/enter")]
#[public(reason = "a test: every caller is let in")]
async fn enter(session: Session) -> Result<NoContent> {
    session.begin("ada", [""; 0]).await?;
    Ok(NoContent)
}

#[get("/greeting")]
#[public]
async fn greeting(session: Session) -> Result<String> {
    Ok(session.subject().await?.unwrap_or_else(|| "stranger".to_owned()))
}

#[post("/leave")]
#[public(reason = "ends what there is")]
async fn leave(session: Session) -> Result<NoContent> {
    session.end_everywhere().await?;
    Ok(NoContent)
}

#[post("/tokens")]
#[public(reason = "a test: every caller is let in")]
async fn tokens(issuer: Data<TokenIssuer>) -> Result<palisade::issue::TokenResponse> {
    issuer.issue(Grant::new("ada", "web")).await
}

#[get("/limited")]
#[public]
#[rate_limit("1000/minute", by = ip, store = shared)]
async fn limited() -> &'static str {
    "ok"
}

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

#[post("/log-out")]
#[authenticated]
async fn log_out(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
    revocations.revoke(&who).await.map_err(|_| Problem::unavailable("the store is away"))?;
    Ok(NoContent)
}

/// What to answer to the next commands; `+OK` once that is used up.
#[derive(Clone, Default)]
struct Replies(Arc<Mutex<VecDeque<Reply>>>);

#[derive(Clone, Debug)]
struct Reply {
    text: Vec<u8>,
    /// A malformed reply ends the connection, or the client would wait for the rest of it.
    ends: bool,
}

impl Replies {
    /// Listens on a port of its own.
    fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let replies = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let replies = replies.clone();
                thread::spawn(move || replies.answer(stream));
            }
        });
        address
    }

    fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut stream = stream;
        loop {
            let words = number(&mut reader)?;
            for _ in 0..words {
                let length = number(&mut reader)?;
                let mut word = vec![0; length + 2];
                reader.read_exact(&mut word).ok()?;
            }
            let reply = self.0.lock().unwrap().pop_front();
            let reply = reply.unwrap_or(Reply { text: b"+OK\r\n".to_vec(), ends: false });
            stream.write_all(&reply.text).ok()?;
            if reply.ends {
                return None;
            }
        }
    }
}

/// The number of a line like `*3` or `$10`.
fn number(reader: &mut impl BufRead) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 1)?;
    line.get(1..)?.trim_end().parse().ok()
}

fn odd_replies() -> impl Strategy<Value = Vec<Reply>> {
    let error = prop::sample::select(vec![
        "NOPERM User x has no permissions",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "MISCONF Redis is configured to save RDB snapshots",
        "READONLY You can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory",
        "OOM command not allowed",
        "NOSCRIPT No matching script",
        "NOAUTH Authentication required.",
        "BUSY Redis is busy",
        "EXECABORT Transaction discarded",
        "ERR unknown command",
        "",
    ]);
    let bulk = prop_oneof![
        Just(String::new()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("OK".to_owned()),
        Just("shop:{revocations}:hour".to_owned()),
        Just("18446744073709551616".to_owned()),
        "[a-zA-Z0-9{}\":,]{0,40}",
    ];
    let leaf = prop_oneof![
        error.prop_map(|error| format!("-{error}\r\n").into_bytes()),
        bulk.prop_map(|text| format!("${}\r\n{text}\r\n", text.len()).into_bytes()),
        any::<i64>().prop_map(|number| format!(":{number}\r\n").into_bytes()),
        Just(b":0\r\n".to_vec()),
        Just(b":1\r\n".to_vec()),
        Just(b"$-1\r\n".to_vec()),
        Just(b"*-1\r\n".to_vec()),
        Just(b"+QUEUED\r\n".to_vec()),
        Just(b"*0\r\n".to_vec()),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(|values| {
            let mut text = format!("*{}\r\n", values.len()).into_bytes();
            text.extend(values.concat());
            text
        })
    });
    let reply = prop_oneof![
        8 => value.prop_map(|text| Reply { text, ends: false }),
        1 => prop::sample::select(vec!["", "?\r\n", "$5\r\nab", "*2\r\n:1\r\n", ":x\r\n", "\r\n\r\n"])
            .prop_map(|text| Reply { text: text.as_bytes().to_vec(), ends: true }),
    ];
    prop::collection::vec(reply, 0..10)
}

/// Panics of palisade and of the Redis library, on whatever thread.
fn panics() -> &'static Mutex<Vec<String>> {
    static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let file = info.location().map_or("", |location| location.file());
            if file.contains("/redis-") || file.contains("runtime/src/") {
                PANICS.lock().unwrap().push(info.to_string());
            }
            before(info);
        }));
    });
    &PANICS
}

/// A service that keeps all that it can in this Redis.
fn start(address: SocketAddr) -> Server {
    let redis = Redis::new(&format!("redis://{address}").into(), "shop").unwrap();
    // On a runtime that goes on, as that of `#[palisade::main]` does.
    let (send, receive) = mpsc::channel();
    let connected = redis.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sessions = RedisSessionStore::connect(&connected, "shop").await.unwrap();
            let refresh = RedisRefreshStore::connect(&connected, ISSUER).await.unwrap();
            send.send((sessions, refresh)).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let (sessions, refresh) = receive.recv_timeout(Duration::from_secs(20)).unwrap();
    let issuer = TokenIssuer::new(ISSUER, "items", keys()).unwrap().refresh_store(refresh);
    let revocations = Revocations::redis(&redis).unwrap();
    let palisade = Palisade::builder()
        .auth(issuer.verifier().unwrap())
        .sessions(Sessions::kept_in(sessions))
        .revocations(revocations.clone())
        .limit_store(SharedStore::redis(&redis).unwrap())
        .endpoints(endpoints![enter, greeting, leave, tokens, limited, me, log_out])
        .build()
        .unwrap();
    let (issuer, revocations) = (Data::new(issuer), Data::new(revocations));
    Server::start(move || {
        App::new()
            .app_data(issuer.clone())
            .app_data(revocations.clone())
            .configure(|config| palisade.mount(config))
            .wrap(palisade.clone())
    })
}

#[test]
fn any_reply_is_an_error_or_a_pass_as_documented() {
    let known = panics();
    let replies = Replies::default();
    let server = start(replies.serve());
    let entered = server.post("/enter").send();
    assert_eq!(entered.status, 503, "`+OK` does not count sessions: {}", entered.text());
    let cookie = "__Host-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let cases =
        prop::test_runner::Config { cases: 60, failure_persistence: None, ..Default::default() };
    TestRunner::new(cases)
        .run(&prop::collection::vec(odd_replies(), 7), |each| {
            let requests = [
                (server.post("/enter"), &[204, 503][..]),
                (server.get("/greeting").header("Cookie", cookie), &[200, 503]),
                (server.post("/leave").header("Cookie", cookie), &[204, 503]),
                (server.post("/tokens"), &[200, 503]),
                (server.get("/limited"), &[200, 429]),
                (server.get("/me").header("Cookie", cookie), &[200, 401, 503]),
                (server.post("/log-out").header("Cookie", cookie), &[204, 401, 503]),
            ];
            for ((request, allowed), next) in requests.into_iter().zip(each) {
                *replies.0.lock().unwrap() = next.into();
                let answer = request.send();
                prop_assert!(
                    allowed.contains(&answer.status),
                    "{}: {}",
                    answer.status,
                    answer.text()
                );
            }
            prop_assert_eq!(known.lock().unwrap().clone(), Vec::<String>::new());
            Ok(())
        })
        .unwrap();
}
