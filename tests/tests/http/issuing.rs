//! Logging in, refreshing, introspection and published keys over real sockets.

use std::thread;

use actix_web::App;
use palisade::{
    Palisade,
    auth::{Algorithm, KeySet, Revocations, SigningKey, Verifier},
    issue::{
        Grant, MemoryRefreshStore, RefreshStore, RefreshToken, SigningKeys, TokenIssuer,
        TokenResponse,
    },
    password::{Password, PasswordCost, PasswordHash, PasswordHasher},
    prelude::*,
};
use palisade_tests::{client::Answer, server::Server};
use serde_json::json;

pub(crate) const ISSUER: &str = "https://id.example";
const PASSWORD: &str = "correct horse";

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(length(max = 64))]
    user: String,
    password: Password,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Renewal {
    refresh_token: RefreshToken,
}

/// The one user, and what she may do.
struct Ada(PasswordHash);

#[post("/login")]
#[public(reason = "this is where callers become known")]
#[validated]
async fn log_in(
    ada: Data<Ada>,
    passwords: Data<PasswordHasher>,
    issuer: Data<TokenIssuer>,
    login: Json<Login>,
) -> Result<TokenResponse> {
    let stored = (login.user == "ada").then_some(&ada.0);
    passwords.verify(&login.password, stored).await?;
    issuer.issue(Grant::new(&login.user, "web").scopes(["items:read", "token:introspect"])).await
}

#[post("/token")]
#[public(reason = "whoever holds a refresh token may use it")]
#[validated]
async fn renew(issuer: Data<TokenIssuer>, renewal: Json<Renewal>) -> Result<TokenResponse> {
    issuer.refresh(&renewal.refresh_token, "web").await
}

#[post("/logout")]
#[public(reason = "whoever holds a refresh token may end it")]
#[validated]
async fn log_out(issuer: Data<TokenIssuer>, renewal: Json<Renewal>) -> Result<NoContent> {
    issuer.revoke(&renewal.refresh_token).await?;
    Ok(NoContent)
}

#[post("/forget")]
#[authenticated]
async fn forget(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
    revocations.revoke(&who).await?;
    Ok(NoContent)
}

#[post("/end")]
#[authenticated]
async fn end_login(
    who: Principal,
    issuer: Data<TokenIssuer>,
    revocations: Data<Revocations>,
) -> Result<NoContent> {
    issuer.end_login(&who, &revocations).await?;
    Ok(NoContent)
}

#[post("/end-all")]
#[authenticated]
async fn end_logins(
    who: Principal,
    issuer: Data<TokenIssuer>,
    revocations: Data<Revocations>,
) -> Result<NoContent> {
    issuer.end_subject(who.subject(), &revocations).await?;
    Ok(NoContent)
}

#[get("/me")]
#[require_scope("items:read")]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

pub(crate) fn issuer(keys: SigningKeys, store: impl RefreshStore + 'static) -> TokenIssuer {
    TokenIssuer::new(ISSUER, "items", keys).unwrap().refresh_store(store)
}

pub(crate) fn keys() -> SigningKeys {
    SigningKeys::new(SigningKey::generate(Algorithm::EdDsa).unwrap())
        .next(SigningKey::generate(Algorithm::Es256).unwrap())
}

pub(crate) fn start(issuer: &TokenIssuer) -> Server {
    start_with(issuer, &Revocations::in_memory())
}

/// A service whose issuer knows this list of revocations.
pub(crate) fn start_with(issuer: &TokenIssuer, revocations: &Revocations) -> Server {
    let issuer = issuer.clone().revocations(revocations.clone());
    let passwords = PasswordHasher::new(PasswordCost::default()).unwrap();
    let password = Password::new(PASSWORD.to_owned()).unwrap().for_account(&["ada"]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ada = Ada(runtime.block_on(passwords.hash(&password)).unwrap());
    let revocations = revocations.clone();
    let palisade = Palisade::builder()
        .auth(issuer.verifier().unwrap())
        .revocations(revocations.clone())
        .endpoints(issuer.endpoints())
        .endpoints(
            endpoints![log_in, renew, log_out, end_login, end_logins, forget, me]
                .with_data(passwords)
                .with_data(ada)
                .with_data(revocations),
        )
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

pub(crate) fn enter(server: &Server) -> Answer {
    let login = json!({ "user": "ada", "password": PASSWORD });
    server.post("/login").json(&login.to_string()).send()
}

pub(crate) fn renewed(server: &Server, token: &str) -> Answer {
    server.post("/token").json(&json!({ "refresh_token": token }).to_string()).send()
}

pub(crate) fn member(answer: &Answer, name: &str) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned()
}

pub(crate) fn is_invalid_grant(answer: &Answer) -> bool {
    answer.status == 400 && answer.problem() == "invalid-grant" && answer.json()["detail"].is_null()
}

#[test]
fn a_login_opens_the_service_and_a_refresh_keeps_it_open() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    let first = enter(&server);
    assert!(first.header("cache-control").unwrap().contains("no-store"));
    assert_eq!(first.json()["token_type"], "Bearer");
    assert_eq!(first.json()["expires_in"], 900);
    let second = renewed(&server, &member(&first, "refresh_token"));
    for tokens in [&first, &second] {
        let answer = server.get("/me").bearer(&member(tokens, "access_token")).send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "ada"));
    }
}

#[test]
fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    let attempt = |user: &str, password: &str| {
        let login = json!({ "user": user, "password": password });
        server.post("/login").json(&login.to_string()).send()
    };
    let (wrong, unknown) = (attempt("ada", "wrong horse"), attempt("eve", PASSWORD));
    assert!(is_invalid_grant(&wrong) && is_invalid_grant(&unknown));
    let names = |answer: &Answer| -> Vec<String> {
        let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&wrong), names(&unknown));
    assert_eq!(wrong.json(), unknown.json());
    for bad in ["short", &"x".repeat(129)] {
        let answer = attempt("ada", bad);
        assert!((400..=422).contains(&answer.status), "{}", answer.status);
        assert!(!answer.text().contains(bad), "{}", answer.text());
    }
}

#[test]
fn a_second_use_ends_every_token_of_the_login() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    second_use_ends_the_login(&server);
}

pub(crate) fn second_use_ends_the_login(server: &Server) {
    let first = enter(server);
    let stolen = member(&first, "refresh_token");
    let second = renewed(server, &stolen);
    let current = member(&second, "refresh_token");
    let access = [&first, &second].map(|tokens| member(tokens, "access_token"));
    let statuses = || access.clone().map(|token| server.get("/me").bearer(&token).send().status);
    assert_eq!(statuses(), [200, 200]);
    assert!(is_invalid_grant(&renewed(server, &stolen)), "the second use");
    assert_eq!(statuses(), [401, 401], "what the thief was given, too");
    assert!(is_invalid_grant(&renewed(server, &current)), "the one that was good");
    let other = member(&enter(server), "refresh_token");
    assert_eq!(renewed(server, &other).status, 200, "another login goes on");
}

#[test]
fn a_logged_out_token_is_spent() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    let token = member(&enter(&server), "refresh_token");
    let body = json!({ "refresh_token": token }).to_string();
    assert_eq!(server.post("/logout").json(&body).send().status, 204);
    assert!(is_invalid_grant(&renewed(&server, &token)));
}

#[test]
fn a_log_out_by_either_token_ends_both() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    for path in ["/logout", "/end", "/end-all"] {
        let tokens = enter(&server);
        let (access, refresh) = (member(&tokens, "access_token"), member(&tokens, "refresh_token"));
        let body = json!({ "refresh_token": refresh }).to_string();
        let request = server.post(path);
        let request = if path == "/logout" { request.json(&body) } else { request.bearer(&access) };
        assert_eq!(request.send().status, 204, "{path}");
        assert_eq!(server.get("/me").bearer(&access).send().status, 401, "{path}");
        assert!(is_invalid_grant(&renewed(&server, &refresh)), "{path}");
    }
}

#[test]
fn neither_kind_of_token_passes_for_the_other() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    let tokens = enter(&server);
    let (access, refresh) = (member(&tokens, "access_token"), member(&tokens, "refresh_token"));
    let answer = server.get("/me").bearer(&refresh).send();
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (401, Some("Bearer error=\"invalid_token\""))
    );
    let answer = renewed(&server, &access);
    assert!(answer.status == 400 || answer.status == 422, "{}", answer.status);
    assert!(!answer.text().contains(&access));
    assert_eq!(renewed(&server, &refresh).status, 200, "it was not spent by that");
}

#[test]
fn of_concurrent_refreshes_with_one_token_one_succeeds() {
    let server = start(&issuer(keys(), MemoryRefreshStore::default()));
    one_of_concurrent_refreshes_succeeds(&server, &server);
}

/// Over two instances, which may be one.
pub(crate) fn one_of_concurrent_refreshes_succeeds(a: &Server, b: &Server) {
    for _ in 0..5 {
        let token = member(&enter(a), "refresh_token");
        let answers: Vec<Answer> = thread::scope(|scope| {
            let asked: Vec<_> = (0..8)
                .map(|i| {
                    let (token, server) = (&token, if i % 2 == 0 { a } else { b });
                    scope.spawn(move || renewed(server, token))
                })
                .collect();
            asked.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|answer| is_invalid_grant(answer)).count(), 7);
    }
}

#[test]
fn introspection_tells_of_access_tokens_and_nothing_else() {
    let issuer = issuer(keys(), MemoryRefreshStore::default());
    let server = start(&issuer);
    let tokens = enter(&server);
    let access = member(&tokens, "access_token");
    let ask = |token: &str, by: &str| {
        server
            .post("/oauth/introspect")
            .bearer(by)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("token={token}&token_type_hint=access_token"))
            .send()
    };
    let answer = ask(&access, &access);
    let said = answer.json();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((&said["active"], &said["sub"]), (&json!(true), &json!("ada")));
    assert_eq!(said["scope"], "items:read token:introspect");
    assert_eq!((&said["iss"], &said["token_type"]), (&json!(ISSUER), &json!("Bearer")));

    let gone = member(&enter(&server), "access_token");
    assert_eq!(ask(&gone, &access).json()["active"], true);
    assert_eq!(server.post("/forget").bearer(&gone).send().status, 204);
    assert_eq!(ask(&gone, &access).text(), "{\"active\":false}", "revoked");

    let foreign = start(&self::issuer(keys(), MemoryRefreshStore::default()));
    let foreign = member(&enter(&foreign), "access_token");
    let refresh = member(&tokens, "refresh_token");
    for inactive in ["x", "a.b.c", &foreign, &refresh, &access[..access.len() - 2]] {
        let answer = ask(inactive, &access);
        assert_eq!((answer.status, answer.text().as_str()), (200, "{\"active\":false}"));
    }

    let anonymous = server
        .post("/oauth/introspect")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!("token={access}"))
        .send();
    assert_eq!(anonymous.status, 401);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let weak = runtime.block_on(issuer.issue(Grant::new("eve", "web"))).unwrap();
    let weak = secrecy::ExposeSecret::expose_secret(weak.access_token());
    assert_eq!(ask(&access, weak).status, 403);
}

#[test]
fn another_service_checks_tokens_with_the_published_keys() {
    let [a, b, c] = [(); 3].map(|()| SigningKey::generate(Algorithm::EdDsa).unwrap());
    let first = SigningKeys::new(a.clone()).next(b.clone());
    let issuer = issuer(first, MemoryRefreshStore::default());
    let server = start(&issuer);
    let old = member(&enter(&server), "access_token");
    let answer = server.get("/.well-known/jwks.json").send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let keys = KeySet::from_jwk_set(&answer.body).unwrap();
    assert_eq!(keys.keys().count(), 2);

    let palisade = Palisade::builder()
        .auth(Verifier::new(keys, ISSUER, "items").unwrap())
        .endpoints(endpoints![me])
        .build()
        .unwrap();
    let other = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    assert_eq!(other.get("/me").bearer(&old).send().status, 200);
    // The key that was published as the next one signs: no service has to fetch keys first.
    issuer.replace_keys(SigningKeys::new(b).next(c).retired(&a)).unwrap();
    let new = member(&enter(&server), "access_token");
    for server in [&server, &other] {
        assert_eq!(server.get("/me").bearer(&new).send().status, 200);
        assert_eq!(server.get("/me").bearer(&old).send().status, 200);
    }
}

#[test]
fn a_secret_is_never_published() {
    let secret = SigningKey::generate(Algorithm::Hs256).unwrap();
    let server = start(&issuer(SigningKeys::new(secret), MemoryRefreshStore::default()));
    let access = member(&enter(&server), "access_token");
    assert_eq!(server.get("/me").bearer(&access).send().status, 200);
    let answer = server.get("/.well-known/jwks.json").send();
    assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"));
}
