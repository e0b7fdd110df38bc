//! Secrets of Vault, Google, Azure, files and the environment: what is fetched, what is refused and
//! with which message, and what an outage does.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use palisade::{
    auth::{Algorithm, SigningKey},
    secrets::{
        AzureSource, GoogleSource, SecretHandle, Secrets, SecretsError, Source, SourceErrorKind,
        VaultSource,
    },
};
use palisade_tests::{
    audit,
    secret_manager::{KeyVault, Manner, Peer, SecretManager, Vault, private_file, unheard_of},
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use SourceErrorKind::{Denied, Malformed, NotFound, Setting, Unavailable};

/// Secrets that are refreshed as often as that is possible.
pub(crate) fn secrets(scheme: &str, source: impl Source) -> Secrets {
    let builder = Secrets::builder().refresh_every(Duration::from_secs(1));
    builder.time_out(Duration::from_secs(2)).source(scheme, source).unwrap().build().unwrap()
}

pub(crate) fn text(handle: &SecretHandle) -> String {
    handle.current().value().expose_secret().to_owned()
}

pub(crate) fn version(handle: &SecretHandle) -> String {
    handle.current().version_name().unwrap_or_default().to_owned()
}

/// Waits for something that happens in the background.
#[track_caller]
pub(crate) fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "no {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Fetches a secret that is refused: the kind of the refusal, which names everything but values.
#[track_caller]
pub(crate) fn refused(secrets: &Secrets, address: &str, says: &str) -> SourceErrorKind {
    let error = secrets.fetch_blocking("SHOP_KEY_FROM", address).unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("SHOP_KEY_FROM: ") && told.contains(says), "{told}: no {says:?}");
    let SecretsError::Fetch { cause, .. } = error else { panic!("{error}") };
    cause.kind()
}

fn vault_of(vault: &Vault) -> VaultSource {
    VaultSource::with_token(&vault.peer.url(), vault.token.as_str().into()).unwrap()
}

#[test]
fn vault_gives_fields_and_versions() {
    let vault = Vault::start();
    let (first, second, other) = (unheard_of(), unheard_of(), unheard_of());
    vault.put("shop", json!({"form_key": first}));
    vault.put("shop", json!({"form_key": second, "other": other}));
    vault.put("deep/path", json!({"a": "x"}));
    let secrets = secrets("vault", vault_of(&vault));
    let fetch = |address: &str| {
        let handle = secrets.fetch_blocking("SHOP_KEY_FROM", address).unwrap();
        (text(&handle), version(&handle))
    };
    assert_eq!(fetch("vault:kv/data/shop#form_key"), (second, "2".to_owned()));
    assert_eq!(fetch("vault:kv/data/shop#other"), (other, "2".to_owned()));
    assert_eq!(fetch("vault:kv/data/shop?version=1#form_key"), (first, "1".to_owned()));
    assert_eq!(fetch("vault:kv/data/deep/path#a").0, "x");
}

#[test]
fn what_vault_does_not_give_is_told_apart() {
    let vault = Vault::start();
    vault.put("shop", json!({"form_key": unheard_of(), "number": 7}));
    for (path, for_good) in [("deleted", false), ("destroyed", true)] {
        vault.put(path, json!({"a": unheard_of()}));
        vault.delete(path, for_good);
    }
    let all = secrets("vault", vault_of(&vault));
    for (address, kind, says) in [
        ("vault:kv/data/none#a", NotFound, "there is no secret at kv/data/none"),
        ("vault:other/data/shop#a", NotFound, "or no such mount (404)"),
        ("vault:kv/data/shop#none", NotFound, "has no field `none`"),
        ("vault:kv/data/shop#number", Malformed, "`data.data.number` is not a string"),
        ("vault:kv/data/shop?version=9#form_key", NotFound, "(404)"),
        ("vault:kv/data/deleted#a", NotFound, "version 1 of the secret is deleted"),
        ("vault:kv/data/destroyed#a", NotFound, "version 1 of the secret is destroyed"),
        ("vault:kv/shop#form_key", Setting, "write MOUNT/data/PATH"),
        ("vault:kv/data/shop", Setting, "write the one behind `#`"),
        ("vault:kv/data/shop?version=0#a", Setting, "a number from 1"),
        ("vault:kv/data/shop?stage=x#a", Setting, "no parameter `stage`"),
    ] {
        assert_eq!(refused(&all, address, says), kind, "{address}");
    }
    for token in ["hvs.unknown".to_owned(), {
        let token = unheard_of();
        vault.add_token(&token, 600, false, false);
        token
    }] {
        let source = VaultSource::with_token(&vault.peer.url(), token.as_str().into()).unwrap();
        let says = "refuses the token for kv/data/shop (403)";
        let kind = refused(&secrets("vault", source), "vault:kv/data/shop#form_key", says);
        assert_eq!(kind, Denied);
    }
    let elsewhere = vault_of(&vault).namespace("team-a").unwrap();
    let kind = refused(&secrets("vault", elsewhere), "vault:kv/data/shop#form_key", "(404)");
    assert_eq!(kind, NotFound);
    vault.only_namespace("team-a");
    let within = secrets("vault", vault_of(&vault).namespace("team-a").unwrap());
    assert!(within.fetch_blocking("X", "vault:kv/data/shop#form_key").is_ok());
}

/// What no server of the kind says: each ends in time, and as an error that a later attempt may cure.
#[track_caller]
fn misbehaviour_is_refused(peer: &Peer, source: impl Source, address: &str) {
    let scheme = address.split(':').next().unwrap();
    let all = secrets(scheme, source);
    let elsewhere = Peer::start(|_| panic!("a redirect was followed"));
    for (manner, kind, says) in [
        (Manner::Hang, Unavailable, "no answer within 2s"),
        (Manner::Status(503, "{}"), Unavailable, "503"),
        (Manner::Status(500, "{}"), Unavailable, "500"),
        (Manner::Status(429, "{}"), Unavailable, "429"),
        (Manner::Redirect(elsewhere.url()), Unavailable, "redirect"),
        (Manner::CutOff, Unavailable, ""),
        (Manner::Endless, Malformed, "longer than"),
    ] {
        peer.behave(manner.clone());
        let began = Instant::now();
        assert_eq!(refused(&all, address, says), kind, "{manner:?}");
        assert!(began.elapsed() < Duration::from_secs(15), "{manner:?}");
    }
    peer.behave(Manner::Honest);
    let first = all.fetch_blocking("X", address).unwrap();
    assert!(!text(&first).is_empty());
    // Beyond the log-in, which has succeeded now.
    for manner in [
        Manner::Half,
        Manner::Status(200, "<html>"),
        Manner::Status(200, "{}"),
        Manner::Status(200, "[]"),
        Manner::Status(200, "null"),
        Manner::Status(200, ""),
        Manner::Status(418, "{}"),
    ] {
        peer.behave(manner.clone());
        let kind = refused(&all, address, "");
        assert!(matches!(kind, Malformed | NotFound), "{manner:?}: {kind:?}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn a_vault_that_misbehaves_is_refused() {
    let vault = Vault::start();
    vault.put("shop", json!({"form_key": unheard_of()}));
    misbehaviour_is_refused(&vault.peer, vault_of(&vault), "vault:kv/data/shop#form_key");
    vault.peer.behave(Manner::Status(503, r#"{"errors": ["Vault is sealed"]}"#));
    let all = secrets("vault", vault_of(&vault));
    assert_eq!(refused(&all, "vault:kv/data/shop#form_key", "sealed"), Unavailable);
}

#[test]
fn kubernetes_logs_in_renews_and_logs_in_again() {
    let vault = Vault::start();
    let (jwt, value) = (unheard_of(), unheard_of());
    vault.put("shop", json!({"form_key": value}));
    vault.add_role("shop", &jwt, 3);
    let file = private_file(&format!("{jwt}\n"));
    let source = |role: &str, file: &std::path::Path| {
        let source = VaultSource::with_kubernetes(&vault.peer.url(), role).unwrap();
        source.kubernetes_mount("kubernetes", Some(file.to_owned()))
    };
    let address = "vault:kv/data/shop#form_key";
    let wrong = secrets("vault", source("other", &file));
    assert_eq!(refused(&wrong, address, "for the role `other` at auth/kubernetes (400)"), Denied);
    let forged = private_file(&unheard_of());
    let wrong = secrets("vault", source("shop", &forged));
    assert_eq!(refused(&wrong, address, "not bound to this service account"), Denied);
    let wrong = secrets("vault", source("shop", std::path::Path::new("/does/not/exist")));
    assert_eq!(refused(&wrong, address, "/does/not/exist"), Setting);

    let all = secrets("vault", source("shop", &file));
    let [one, two] = [(); 2].map(|()| all.fetch_blocking("X", address).unwrap());
    assert_eq!((text(&one), text(&two)), (value.clone(), value));
    assert_eq!(vault.logins_and_renewals().0, 1, "several secrets log in once");
    // Tokens last three seconds, so some of the refreshes have to renew.
    wait_for("renewal", || vault.logins_and_renewals().1 > 0);
    drop((one, two, all));
    // A token that lasts for long and was revoked: the refusal causes another log-in.
    vault.add_role("shop", &jwt, 3_600);
    let all = secrets("vault", source("shop", &file));
    let handle = all.fetch_blocking("X", address).unwrap();
    let logins = vault.logins_and_renewals().0;
    vault.revoke_logins();
    let newer = unheard_of();
    vault.put("shop", json!({"form_key": newer}));
    wait_for("new log-in", || vault.logins_and_renewals().0 > logins);
    wait_for("new value", || text(&handle) == newer);
    // Another mount, with slashes in its name.
    let mounted = source("shop", &file).kubernetes_mount("cluster/a", Some(file.clone()));
    assert!(secrets("vault", mounted).fetch_blocking("X", address).is_ok());
    for file in [file, forged] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn google_is_asked_with_a_token_and_its_checksum_counts() {
    let google = SecretManager::start();
    let (first, second) = (unheard_of(), unheard_of());
    let name = "projects/shop/secrets/form-key";
    google.add(name, Some(first.as_bytes()));
    google.add(name, Some(second.as_bytes()));
    google.add("projects/shop/secrets/off", None);
    google.add("projects/shop/secrets/binary", Some(&[0xff, 0xfe]));
    google.add("projects/shop/secrets/json", Some(br#"{"a": "x"}"#));
    let source = || {
        let source = GoogleSource::from_environment().unwrap();
        source.endpoint(&google.peer.url()).unwrap().metadata(&google.peer.url()).unwrap()
    };
    let all = secrets("google", source());
    let fetch = |address: &str| {
        let handle = all.fetch_blocking("X", address).unwrap();
        (text(&handle), version(&handle))
    };
    assert_eq!(fetch(&format!("google:{name}")), (second.clone(), "2".to_owned()));
    assert_eq!(fetch(&format!("google:{name}/versions/1")), (first, "1".to_owned()));
    assert_eq!(fetch("google:projects/shop/secrets/json#a").0, "x");
    google.end_tokens();
    assert_eq!(
        fetch(&format!("google:{name}/versions/latest")).0,
        second,
        "another token is taken"
    );
    for (address, kind, says) in [
        ("google:projects/shop/secrets/none", NotFound, "there is no secret"),
        ("google:projects/shop/secrets/form-key/versions/9", NotFound, "(404)"),
        ("google:projects/shop/secrets/off", NotFound, "disabled or destroyed"),
        ("google:projects/other/secrets/a", Denied, "roles/secretmanager.secretAccessor"),
        ("google:projects/shop/secrets/binary", Malformed, "not UTF-8"),
        ("google:projects/shop/secrets/json#b", NotFound, "no field `b`"),
        ("google:shop/form-key", Setting, "projects/PROJECT/secrets/NAME"),
        ("google:projects/shop/secrets/a?version=1", Setting, "no parameter `version`"),
    ] {
        assert_eq!(refused(&all, address, says), kind, "{address}");
    }
    google.checksums(true, true);
    assert_eq!(refused(&all, &format!("google:{name}"), "does not match its checksum"), Malformed);
    google.checksums(false, false);
    assert_eq!(refused(&all, &format!("google:{name}"), "has no checksum"), Malformed);
    google.checksums(true, false);
    misbehaviour_is_refused(&google.peer, source(), &format!("google:{name}"));
}

#[test]
fn a_service_account_of_google_signs_for_itself() {
    let google = SecretManager::start();
    google.add("projects/shop/secrets/a", Some(b"x"));
    let pem = SigningKey::generate_pem(Algorithm::Rs256).unwrap();
    let key = json!({
        "type": "service_account", "client_email": "shop@shop.iam.gserviceaccount.com",
        "private_key_id": "1", "private_key": pem.expose_secret(),
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    let file = private_file(&key.to_string());
    let source = GoogleSource::from_environment().unwrap().service_account(&file).unwrap();
    let all = secrets("google", source.endpoint(&google.peer.url()).unwrap());
    assert_eq!(text(&all.fetch_blocking("X", "google:projects/shop/secrets/a").unwrap()), "x");
    let asked = google.peer.asked();
    let token = asked[0].header("authorization").strip_prefix("Bearer ").unwrap().to_owned();
    let key = SigningKey::pem(Algorithm::Rs256, "1", &pem).unwrap();
    let mut checks = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    checks.set_audience(&["https://secretmanager.googleapis.com/"]);
    let jwk = serde_json::to_value(key.public_jwk().unwrap()).unwrap();
    let public = jsonwebtoken::DecodingKey::from_rsa_components(
        jwk["n"].as_str().unwrap(),
        jwk["e"].as_str().unwrap(),
    );
    let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &public.unwrap(), &checks);
    assert_eq!(claims.unwrap().claims["sub"], "shop@shop.iam.gserviceaccount.com");
    fs::remove_file(file).unwrap();

    for other in ["{}", "no JSON", r#"{"type": "authorized_user", "refresh_token": "hunter22"}"#] {
        let file = private_file(other);
        let source = GoogleSource::from_environment().unwrap().service_account(&file);
        let error = source.unwrap_err().to_string();
        assert!(error.contains("GOOGLE_APPLICATION_CREDENTIALS") && !error.contains("hunter22"));
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn azure_is_asked_with_a_token_of_the_machine_or_of_the_workload() {
    let azure = KeyVault::start();
    let (first, second) = (unheard_of(), unheard_of());
    let old = azure.set("form-key", &first, true);
    let new = azure.set("form-key", &second, true);
    azure.set("off", &unheard_of(), false);
    let source = || AzureSource::from_environment().unwrap().endpoint(&azure.peer.url()).unwrap();
    let machine = || source().metadata(&azure.peer.url()).unwrap();
    let all = secrets("azure", machine());
    let fetch = |address: &str| {
        let handle = all.fetch_blocking("X", address).unwrap();
        (text(&handle), version(&handle))
    };
    assert_eq!(fetch("azure:shop/form-key"), (second.clone(), new));
    assert_eq!(fetch(&format!("azure:shop/form-key/{old}")), (first, old));
    azure.end_tokens();
    assert_eq!(fetch("azure:shop/form-key").0, second, "another token is taken");
    for (address, kind, says) in [
        ("azure:shop/none", NotFound, "there is no secret"),
        ("azure:shop/off", NotFound, "disabled"),
        ("azure:shop/forbidden", Denied, "Key Vault Secrets User"),
        ("azure:form-key", Setting, "VAULT/NAME"),
        ("azure:evil.example/form-key", Setting, "vault.azure.net"),
    ] {
        assert_eq!(refused(&all, address, says), kind, "{address}");
    }
    misbehaviour_is_refused(&azure.peer, machine(), "azure:shop/form-key");

    azure.peer.behave(Manner::Honest);
    let assertion = unheard_of();
    azure.federate("client-1", &assertion);
    let (right, wrong) = (private_file(&assertion), private_file(&unheard_of()));
    let workload = |client: &str, file: &std::path::Path| {
        let url = azure.peer.url();
        secrets("azure", source().workload_identity(&url, "tenant-1", client, file).unwrap())
    };
    let address = "azure:shop/form-key";
    assert_eq!(text(&workload("client-1", &right).fetch_blocking("X", address).unwrap()), second);
    for (client, file) in [("client-1", &wrong), ("client-2", &right)] {
        assert_eq!(refused(&workload(client, file), address, "gives no token (401)"), Denied);
    }
    for file in [right, wrong] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn files_are_private_and_followed() {
    let value = unheard_of();
    let file = private_file(&format!("{value}\n"));
    let builder = Secrets::builder().refresh_every(Duration::from_secs(1));
    let all = builder.build().unwrap();
    let address = format!("file:{}", file.display());
    let handle = all.fetch_blocking("X", &address).unwrap();
    assert_eq!(text(&handle), value, "without the newline at its end");
    let newer = unheard_of();
    // As Kubernetes does it: another file in its place.
    fs::rename(private_file(&newer), &file).unwrap();
    wait_for("new value", || text(&handle) == newer);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(refused(&all, &address, "has mode 644"), Denied);
    fs::remove_file(&file).unwrap();
    assert_eq!(refused(&all, &address, "No such file"), NotFound);
    assert_eq!(refused(&all, "file:/dev/zero", ""), Malformed);
    assert_eq!(refused(&all, "file:relative", "file:/path"), Setting);
    assert_eq!(refused(&all, "env:PALISADE_TEST_OF_NOTHING", "is not set"), NotFound);
    assert!(all.fetch_blocking("X", "env:PATH").is_ok());
}

#[test]
fn an_address_and_a_source_that_do_not_fit_are_named() {
    let all = Secrets::builder().build().unwrap();
    let told =
        |address: &str| all.fetch_blocking("SHOP_KEY_FROM", address).unwrap_err().to_string();
    let pasted = unheard_of();
    let no_address = told(&pasted);
    assert!(no_address.starts_with("SHOP_KEY_FROM: not the address of a secret"), "{no_address}");
    assert!(!no_address.contains(&pasted), "{no_address}");
    let no_source = told("valut:kv/data/shop#a");
    assert!(no_source.contains("one of env:, file:"), "{no_source}");
    let second = Duration::from_secs(1);
    for builder in [
        Secrets::builder().refresh_every(second / 2),
        Secrets::builder().refresh_every(90_000 * second),
        Secrets::builder().time_out(second / 20),
        Secrets::builder().time_out(61 * second),
    ] {
        assert!(builder.build().unwrap_err().to_string().contains("of secrets is"));
    }
    for address in ["http://vault.example:8200", "https://u:p@vault.example", "vault.example"] {
        assert!(VaultSource::with_token(address, "t".into()).is_err(), "{address}");
        assert!(AzureSource::from_environment().unwrap().endpoint(address).is_err(), "{address}");
        assert!(GoogleSource::from_environment().unwrap().metadata(address).is_err(), "{address}");
    }
    assert!(VaultSource::with_token("https://vault.example", "a\nb".into()).is_err());
}

#[test]
fn an_outage_at_the_start_ends_it_and_a_short_one_does_not() {
    let vault = Vault::start();
    vault.put("shop", json!({"form_key": unheard_of()}));
    let address = "vault:kv/data/shop#form_key";
    let gone = VaultSource::with_token("http://127.0.0.1:1", vault.token.as_str().into()).unwrap();
    let all = secrets("vault", gone);
    let says = "cannot fetch `vault:kv/data/shop#form_key` from Vault at http://127.0.0.1:1: ";
    assert_eq!(refused(&all, address, says), Unavailable);
    assert_eq!(refused(&all, address, "refused"), Unavailable, "the cause is named");
    assert_eq!(vault.peer.count(), 0);

    let all = secrets("vault", vault_of(&vault));
    vault.peer.behave(Manner::Status(503, "{}"));
    std::thread::scope(|scope| {
        let fetching = scope.spawn(|| all.fetch_blocking("X", address).map(|handle| text(&handle)));
        wait_for("attempt", || vault.peer.count() > 0);
        vault.peer.behave(Manner::Honest);
        assert!(fetching.join().unwrap().is_ok(), "a source that starts late is waited for");
    });
}

#[test]
fn a_later_outage_keeps_the_value_and_is_told_once() {
    audit::listen();
    let vault = Vault::start();
    let (first, second) = (unheard_of(), unheard_of());
    vault.put("shop", json!({"form_key": first}));
    let all = secrets("vault", vault_of(&vault));
    let handle = all.fetch_blocking("OUTAGE", "vault:kv/data/shop#form_key").unwrap();
    vault.peer.behave(Manner::Status(503, "{}"));
    let asked = vault.peer.count();
    wait_for("three attempts", || vault.peer.count() >= asked + 3);
    assert_eq!(text(&handle), first);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(handle.refetch()).unwrap_err().kind(), Unavailable);
    vault.put("shop", json!({"form_key": second}));
    vault.peer.behave(Manner::Honest);
    wait_for("new value", || text(&handle) == second);
    let of = |event: &str| {
        let all = audit::events("event", event);
        all.into_iter().filter(|event| event["secret"] == "OUTAGE").collect::<Vec<_>>()
    };
    let (lost, found, changed) =
        (of("secret_source_lost"), of("secret_source_found"), of("secret_changed"));
    assert_eq!((lost.len(), found.len(), changed.len()), (1, 1, 1));
    assert!(lost[0]["source"].contains("Vault at http://127.0.0.1"), "{lost:?}");
    assert!(lost[0]["cause"].contains("sealed"), "{lost:?}");
    assert_eq!(changed[0]["version"], "2");
}

#[test]
fn a_handle_tells_its_changes_and_refetches_at_once() {
    let vault = Vault::start();
    vault.put("shop", json!({"form_key": unheard_of()}));
    let builder = Secrets::builder().refresh_every(Duration::from_secs(3_600));
    let all = builder.source("vault", vault_of(&vault)).unwrap().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let handle = all.fetch("X", "vault:kv/data/shop#form_key").await.unwrap();
        let mut changes = handle.changes();
        assert!(!handle.refetch().await.unwrap(), "nothing has changed");
        let asked = vault.peer.count();
        let newer = unheard_of();
        vault.put("shop", json!({"form_key": newer}));
        // All that ask at the same time share one attempt.
        let asking = (0..20).map(|_| handle.refetch());
        let changed = futures_util::future::join_all(asking).await;
        assert!(changed.iter().all(|changed| *changed == Ok(true)), "{changed:?}");
        assert!(vault.peer.count() - asked <= 4, "{}", vault.peer.count() - asked);
        let secret = changes.next().await.unwrap();
        assert_eq!(secret.value().expose_secret(), newer);
        let fixed = SecretHandle::fixed("FIXED", "a".into());
        assert!(!fixed.refetch().await.unwrap());
        assert!(fixed.changes().next().await.is_none());
    });
    let asked = vault.peer.count();
    drop(all);
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(vault.peer.count(), asked, "nothing is refreshed that nobody holds");
}
