//! API keys over real sockets.

use actix_web::App;
use palisade::{
    Palisade,
    auth::{ApiKey, ApiKeyLookup, ApiKeyStore, ApiKeys, MemoryApiKeyStore, Revocations},
    issue::StoreError,
    prelude::*,
};
use palisade_tests::server::Server;
use secrecy::ExposeSecret;

#[get("/items")]
#[require_scope("items:read")]
async fn items(who: Principal) -> String {
    format!("{} by {}", who.subject(), who.token_id().unwrap_or_default())
}

fn serve(keys: ApiKeys) -> Server {
    let palisade = Palisade::builder()
        .revocations(Revocations::in_memory())
        .authenticator(keys)
        .endpoints(endpoints![items])
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn key() -> ApiKey {
    ApiKey::generate("acme").unwrap()
}

#[test]
fn a_key_says_who_calls_and_what_for() {
    let (good, weak) = (key(), key());
    let (ended, later, revoked) = (key(), key(), key());
    let records = [
        good.record("ada").scopes(["items:read"]),
        weak.record("bob"),
        ended.record("ada").scopes(["items:read"]).expires_at(1_700_000_000),
        later
            .record("ada")
            .scopes(["items:read"])
            .created_at(1_700_000_000)
            .expires_at(99_999_999_999),
        revoked.record("ada").scopes(["items:read"]).revoked(),
    ];
    let store = MemoryApiKeyStore::new(records).unwrap();
    let server = serve(ApiKeys::new("acme", store.clone()).unwrap());
    let ask =
        |key: &str| server.get("/items").header("Authorization", &format!("ApiKey {key}")).send();

    let answer = ask(good.text().expose_secret());
    assert_eq!((answer.status, answer.text()), (200, format!("ada by {}", good.id())));
    assert_eq!(ask(later.text().expose_secret()).status, 200);
    assert_eq!(ask(weak.text().expose_secret()).status, 403);
    for bad in [&ended, &revoked, &key(), &ApiKey::generate("other").unwrap()] {
        let answer = ask(bad.text().expose_secret());
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthenticated"));
        assert_eq!(answer.header("www-authenticate"), Some("ApiKey"));
    }
    assert!(store.revoke(good.id()));
    assert_eq!(ask(good.text().expose_secret()).status, 401, "taken back at once");
}

/// The records of a production service, copied into the test service with everything else.
#[test]
fn a_key_is_good_at_the_service_of_its_prefix_whatever_records_others_have() {
    let (live, test) =
        (ApiKey::generate("acme_live").unwrap(), ApiKey::generate("acme_test").unwrap());
    let records = [&live, &test].map(|key| key.record("ada").scopes(["items:read"]));
    let store = MemoryApiKeyStore::new(records).unwrap();
    for (prefix, statuses) in [("acme_live", [200, 401]), ("acme_test", [401, 200])] {
        let server = serve(ApiKeys::new(prefix, store.clone()).unwrap());
        let found = [&live, &test].map(|key| {
            let header = format!("ApiKey {}", key.text().expose_secret());
            server.get("/items").header("Authorization", &header).send().status
        });
        assert_eq!(found, statuses, "{prefix}");
    }
}

#[test]
fn a_key_comes_once_in_the_scheme_of_authorization_and_nowhere_else() {
    let good = key();
    let store = MemoryApiKeyStore::new([good.record("ada").scopes(["items:read"])]).unwrap();
    let server = serve(ApiKeys::new("acme", store).unwrap());
    let text = good.text().expose_secret();
    let mut mixed = text.to_owned();
    mixed.replace_range(20..21, if &mixed[20..21] == "x" { "y" } else { "x" });
    for (value, status) in [
        (format!("ApiKey {text}"), 200),
        (format!("apikey {text}"), 200),
        (format!("ApiKey  {text}"), 400),
        (format!("ApiKey {text}, {text}"), 400),
        (format!("ApiKey \"{text}\""), 400),
        ("ApiKey ".to_owned(), 400),
        ("ApiKey".to_owned(), 400),
        (format!("ApiKey {mixed}"), 401),
        (format!("ApiKey {}", &text[..text.len() - 1]), 401),
        ("ApiKey acme".to_owned(), 401),
        (format!("ApiKey {}", "a".repeat(3000)), 401),
        (format!("ApiKeys {text}"), 401),
        (format!("Bearer {text}"), 401),
        (text.to_owned(), 401),
    ] {
        let answer = server.get("/items").header("Authorization", &value).send();
        assert_eq!(answer.status, status, "{value:.80}");
    }
    assert_eq!(server.get(&format!("/items?x-api-key={text}")).send().status, 401);
    // Clients send this header on when a redirect leads to another origin.
    assert_eq!(server.get("/items").header("X-Api-Key", text).send().status, 401);
}

#[test]
fn another_header_is_taken_where_it_is_asked_for_and_the_scheme_still_is() {
    let good = key();
    let store = MemoryApiKeyStore::new([good.record("ada").scopes(["items:read"])]).unwrap();
    let keys = ApiKeys::new("acme", store).unwrap();
    let server = serve(keys.header_sent_on_redirects("X-Api-Key").unwrap());
    let text = good.text().expose_secret();
    for (value, status) in [
        (text, 200),
        ("", 400),
        (&*format!("{text}, {text}"), 400),
        (&format!("\"{text}\""), 400),
        (&format!("ApiKey {text}"), 400),
        ("acme", 401),
    ] {
        let answer = server.get("/items").header("X-Api-Key", value).send();
        assert_eq!(answer.status, status, "{value:.80}");
        // The form that clients keep to one origin.
        let offered = (status != 200).then_some("ApiKey");
        assert_eq!(answer.header("www-authenticate"), offered, "{value:.80}");
    }
    let twice = server.get("/items").header("X-Api-Key", text).header("X-Api-Key", text).send();
    assert_eq!(twice.status, 400);
    let scheme = format!("ApiKey {text}");
    let by_scheme = server.get("/items").header("Authorization", &scheme);
    assert_eq!(by_scheme.send().status, 200);
    let both = server.get("/items").header("Authorization", &scheme).header("X-Api-Key", text);
    assert_eq!(both.send().status, 400);
    let store = MemoryApiKeyStore::default();
    let keys = ApiKeys::new("acme", store).unwrap();
    assert!(keys.header_sent_on_redirects("Authorization").is_err());
}

/// A database that is away.
#[derive(Debug)]
struct Away;

impl ApiKeyStore for Away {
    fn find<'a>(&'a self, _: &'a str) -> ApiKeyLookup<'a> {
        ApiKeyLookup::Later(Box::pin(async { Err(StoreError::new("the database is away")) }))
    }
}

#[test]
fn a_store_that_cannot_be_asked_is_503() {
    let server = serve(ApiKeys::new("acme", Away).unwrap());
    let answer = server
        .get("/items")
        .header("Authorization", &format!("ApiKey {}", key().text().expose_secret()))
        .send();
    assert_eq!((answer.status, answer.header("www-authenticate")), (503, None));
    assert!(!answer.text().contains("database"));
    let junk = server.get("/items").header("Authorization", "ApiKey acme_x").send();
    assert_eq!(junk.status, 401, "junk is refused without a question");
}
