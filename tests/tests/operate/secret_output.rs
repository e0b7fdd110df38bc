//! No secret is in what a service writes, whatever happens to it: another process uses secrets at the most
//! talkative level of the log, and everything that it writes is searched.

use std::{
    env, fs,
    process::{Command, Stdio},
    time::Duration,
};

use palisade::{FormTokens, prelude::*, secrets};
use palisade_tests::secret_manager::{
    KeyVault, Manner, SecretManager, Vault, private_file, unheard_of,
};
use serde_json::json;

/// Variables, and the output that they cause.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

const CHILD: &str = "SECRET_TEST_CHILD";

/// This program again, as a service with these variables; what it wrote, and whether it succeeded.
fn run(test: &str, variables: &[(&str, &str)]) -> (bool, String) {
    run_as("1", test, variables)
}

/// As [`run`], with the word that tells the other process what it is.
fn run_as(word: &str, test: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env_clear()
        .envs(env::vars().filter(|(name, _)| name == "PATH"))
        .envs(variables.iter().copied())
        .env(CHILD, word)
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let all = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&all).into_owned())
}

#[track_caller]
fn has_none_of(output: &str, values: &[&str]) {
    for value in values {
        assert!(!output.contains(value), "{output}\n\nthe secret {value} is in it");
    }
}

/// The other process. As a test of its own it has nothing to do.
#[test]
fn service() {
    if env::var(CHILD).is_err() {
        return;
    }
    let _log = palisade::log::init().unwrap();
    let palisade = match Palisade::from_env() {
        Ok(palisade) => palisade,
        Err(failure) => {
            println!("{failure} {failure:?}");
            drop(_log);
            std::process::exit(3);
        }
    };
    println!("{palisade:?}");
    let service = palisade.build();
    println!("{:?}", service.as_ref().map(|_| ()));
    let own = secrets::from_setting("SHOP_PASSWORD");
    println!("{own:?}");
    if let Ok(Some(own)) = own {
        let tokens = FormTokens::with_secret(&own);
        println!("{:?} {tokens:?}", own.current());
        // A change that is refused, one that is taken, and an outage.
        std::thread::sleep(Duration::from_secs(5));
        let panicking = std::thread::spawn(move || panic!("with {own:?}"));
        assert!(panicking.join().is_err());
    }
    drop(service);
}

#[test]
fn no_secret_is_written_at_any_level() {
    let vault = Vault::start();
    let (key, newer, password, jwt) = (unheard_of(), unheard_of(), unheard_of(), unheard_of());
    vault.add_role("shop", &jwt, 3);
    vault.put("shop", json!({"form_key": key, "password": password}));
    let file = private_file(&jwt);
    let url = vault.peer.url();
    let variables = [
        ("PALISADE_BIND", "127.0.0.1:0"),
        ("PALISADE_FORM_KEY_FROM", "vault:kv/data/shop#form_key"),
        ("SHOP_PASSWORD_FROM", "vault:kv/data/shop#password"),
        ("PALISADE_SECRETS_REFRESH", "1 s"),
        ("VAULT_ADDR", &url),
        ("PALISADE_VAULT_ROLE", "shop"),
        ("PALISADE_VAULT_KUBERNETES_TOKEN", file.to_str().unwrap()),
    ];
    let weak = format!("changeme-{}", &unheard_of()[..12]);
    let (is_fine, output) = std::thread::scope(|scope| {
        let running = scope.spawn(|| run("secret_output::service", &variables));
        crate::secret_sources::wait_for("start", || vault.peer.count() > 3);
        std::thread::sleep(Duration::from_millis(1_500));
        vault.put("shop", json!({"form_key": newer, "password": weak}));
        std::thread::sleep(Duration::from_millis(1_500));
        vault.peer.behave(Manner::Status(503, "{}"));
        running.join().unwrap()
    });
    fs::remove_file(file).unwrap();
    assert!(is_fine, "{output}");
    for event in ["secret_changed", "secret_refused", "secret_source_lost"] {
        assert!(output.contains(event), "{output}\n\nno {event}");
    }
    assert!(output.contains("TRACE"), "everything is written");
    has_none_of(&output, &[&key, &newer, &password, &weak, &jwt, "hvs.login-"]);
}

/// The other process, which reads one secret by itself.
#[test]
fn single() {
    let Ok(name) = env::var(CHILD) else { return };
    if name == "1" {
        return;
    }
    let read = || match env::var("REASON") {
        Ok(reason) => secrets::dangerous_from_setting("SHOP_PASSWORD", &reason),
        Err(_) => secrets::from_setting("SHOP_PASSWORD"),
    };
    let is_late = env::var("LATE").is_ok();
    if !is_late && let Err(error) = read() {
        return println!("refused: {error}");
    }
    let _log = palisade::log::init().unwrap();
    let serve = async {
        let builder = Palisade::from_env()?;
        if is_late {
            read().map_err(|error| palisade::Failure::new(error.to_string()))?;
        }
        builder.serve_until(std::future::ready(())).await
    };
    match actix_web::rt::System::new().block_on(serve) {
        Ok(()) => println!("started"),
        Err(failure) => println!("refused: {failure}"),
    }
}

#[test]
fn a_secret_that_is_read_by_itself_is_judged_as_those_of_a_struct() {
    let production = [
        ("PALISADE_ENV", "production"),
        ("PALISADE_HOSTS", "a.example"),
        ("PALISADE_BIND", "127.0.0.1:0"),
    ];
    let file = private_file("changeme\n");
    let address = format!("file:{}", file.display());
    let run = |variables: &[(&str, &str)]| {
        let variables = [&production, variables].concat();
        let (_, output) = run_as("single", "secret_output::single", &variables);
        assert!(!output.contains("changeme"), "{output}");
        output
    };
    let strong = unheard_of();
    assert!(run(&[("SHOP_PASSWORD", &strong)]).contains("started"));
    for (name, value) in [("SHOP_PASSWORD", "changeme"), ("SHOP_PASSWORD_FROM", &address)] {
        let output = run(&[(name, value)]);
        let says = format!("{name} (environment) is a secret that could be guessed");
        assert!(output.contains("refused") && output.contains(&says), "{output}");
        assert!(output.contains("`secrets::dangerous_from_setting`"), "{output}");
    }
    fs::remove_file(file).unwrap();
    let guessed = ("SHOP_PASSWORD", "changeme");
    // A program may read it after the settings, and is held to the same.
    let output = run(&[guessed, ("LATE", "1")]);
    let says = "SHOP_PASSWORD (environment) is a secret that could be guessed";
    assert!(output.contains("refused") && output.contains(says), "{output}");
    let output = run(&[guessed, ("REASON", "a user name, which protects nothing")]);
    let weakened =
        "weakened: SHOP_PASSWORD is not checked for values that can be guessed: a user name";
    assert!(output.contains("started") && output.contains(weakened), "{output}");
    let output = run(&[guessed, ("REASON", "ok")]);
    assert!(
        output.contains("refused: SHOP_PASSWORD: `dangerous_from_setting` needs a reason"),
        "{output}"
    );
}

#[test]
fn no_secret_of_a_cloud_is_written_at_any_level() {
    let (google, azure) = (SecretManager::start(), KeyVault::start());
    let (value, other) = (unheard_of(), unheard_of());
    google.add("projects/shop/secrets/a", Some(value.as_bytes()));
    azure.set("a", &other, true);
    let (google_url, azure_url) = (google.peer.url(), azure.peer.url());
    let variables = [("GOOGLE_URL", google_url.as_str()), ("AZURE_URL", &azure_url)];
    let (is_fine, output) = run("secret_output::clouds", &variables);
    assert!(is_fine && output.contains("TRACE"), "{output}");
    assert!(google.peer.count() > 0 && azure.peer.count() > 0, "{output}");
    has_none_of(
        &output,
        &[&value, &other, &google.token(), &azure.token(), "AWS-SECRET-AWS-SECRET"],
    );
}

/// The other process, with the sources of clouds.
#[test]
fn clouds() {
    if env::var(CHILD).is_err() {
        return;
    }
    let _log = palisade::log::init().unwrap();
    let (google, azure) = (env::var("GOOGLE_URL").unwrap(), env::var("AZURE_URL").unwrap());
    let source = secrets::GoogleSource::from_environment().unwrap();
    let source = source.endpoint(&google).unwrap().metadata(&google).unwrap();
    let all = secrets::Secrets::builder().source("google", source).unwrap();
    let source = secrets::AzureSource::from_environment().unwrap();
    let source = source.endpoint(&azure).unwrap().metadata(&azure).unwrap();
    let all = all.source("azure", source).unwrap();
    let source = secrets::AwsSource::from_environment().unwrap().region("eu-central-1").unwrap();
    // Signed, sent, and not understood.
    let source = source.endpoint(&google).unwrap();
    let source = source.access_key("AKIATEST", &"AWS-SECRET-AWS-SECRET".into());
    let all = all.source("aws", source).unwrap().build().unwrap();
    for address in ["google:projects/shop/secrets/a", "azure:shop/a", "aws:shop/a"] {
        println!("{:?}", all.fetch_blocking("X", address));
    }
    println!("{all:?}");
}

#[test]
fn settings_that_name_no_secret_end_the_start() {
    let vault = Vault::start();
    vault.put("shop", json!({"weak": "changeme", "keys": "{}"}));
    let url = vault.peer.url();
    let vaulted = [("VAULT_ADDR", url.as_str()), ("VAULT_TOKEN", &vault.token)];
    let pasted = unheard_of();
    let own = unheard_of();
    let cases: &[Case<'_>] = &[
        (
            &[("PALISADE_FORM_KEY_FROM", "vault:kv/data/none#a")],
            &["PALISADE_FORM_KEY_FROM: ", "kv/data/none"],
        ),
        (
            &[("PALISADE_FORM_KEY_FROM", "vault:kv/data/shop#weak")],
            &["PALISADE_FORM_KEY_FROM", "consists of words of defaults"],
        ),
        (
            &[("PALISADE_AUTH_KEYS_JSON_FROM", "vault:kv/data/shop#keys")],
            &["PALISADE_AUTH_KEYS_JSON_FROM: "],
        ),
        (&[("PALISADE_FORM_KEY_FROM", &pasted)], &["PALISADE_FORM_KEY_FROM: not the address"]),
        (&[("PALISADE_FORM_KEY_FROM", "valut:a#b")], &["PALISADE_FORM_KEY_FROM: ", "env:, file:"]),
        (
            &[("PALISADE_FORM_KEY_FROM", "env:PATH"), ("PALISADE_FORM_KEY", &own)],
            &["PALISADE_FORM_KEY and PALISADE_FORM_KEY_FROM each"],
        ),
        (
            &[
                ("PALISADE_REDIS_URL_FROM", "vault:kv/data/shop#weak"),
                ("PALISADE_LIMITS", "shared"),
            ],
            &["PALISADE_REDIS_URL_FROM: the URL of Redis"],
        ),
        (
            &[("PALISADE_FORM_KEY_FROM", "env:PATH"), ("PALISADE_SECRETS_REFRESH", "often")],
            &["PALISADE_SECRETS_REFRESH is \"often\""],
        ),
        (
            &[
                ("PALISADE_FORM_KEY_FROM", "vault:kv/data/shop#weak"),
                ("PALISADE_VAULT_ROLE", "shop"),
            ],
            &["VAULT_TOKEN, PALISADE_VAULT_TOKEN_FILE and PALISADE_VAULT_ROLE each"],
        ),
        (
            &[
                ("PALISADE_FORM_KEY_FROM", "vault:kv/data/shop#weak"),
                ("VAULT_ADDR", "http://10.0.0.1:8200"),
            ],
            &["PALISADE_FORM_KEY_FROM: VAULT_ADDR: ", "plain http"],
        ),
        (
            &[("PALISADE_FORM_KEY_FROM", "aws:shop"), ("AWS_ACCESS_KEY_ID", "AKIA")],
            &["AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"],
        ),
        (&[("PALISADE_FORM_KEY_FORM", "vault:a#b")], &["did you mean PALISADE_FORM_KEY"]),
    ];
    for (variables, says) in cases {
        let all = [&[("PALISADE_BIND", "127.0.0.1:0")][..], &vaulted, variables].concat();
        let (_, output) = run("secret_output::service", &all);
        // The origin follows the name of each setting.
        let output = output.replace(" (environment)", "");
        for says in *says {
            assert!(output.contains(says), "{variables:?}\n{output}\n\nno {says:?}");
        }
        has_none_of(&output, &[&vault.token, &pasted, &own]);
    }
    // The value itself is set, and the service starts.
    let (is_fine, output) = run("secret_output::service", &[("PALISADE_FORM_KEY", &own)]);
    assert!(is_fine && output.contains("Ok(())"), "{output}");
}
