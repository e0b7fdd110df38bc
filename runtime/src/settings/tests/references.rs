//! Secrets whose address is a setting: of palisade, of a service, and those that are read one by one.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    super::load::{Loaded, load},
    Surroundings, complaints, of,
};
use crate::{
    Settings,
    private_folder::tests::Place,
    secrets::SecretHandle,
    setting_sources::{Single, single},
};

const SECRET: &str = "2f1c9a7e4b8d3f605a1be2c47d9081f3";

/// Sells things.
#[derive(Debug, Settings)]
#[settings(section = "shop")]
struct Shop {
    /// The password of the mail server.
    smtp_password: Option<SecretString>,
    /// The database.
    #[setting(name = "DATABASE_URL")]
    database: Option<SecretHandle>,
    /// The sender of mails.
    #[setting(needs = "smtp_password")]
    sender: Option<String>,
}

fn write(path: &Path, text: &str) -> String {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

fn shop(from: &Surroundings) -> Result<Shop, Vec<String>> {
    match load::<Shop>(from) {
        Ok(Loaded::Run(shop, _)) => Ok(shop),
        Ok(Loaded::Text(text)) => panic!("{text}"),
        Err(failure) => Err(failure.complaints().to_vec()),
    }
}

fn printed(mut from: Surroundings, option: &str) -> Result<String, String> {
    from.arguments = Some(vec![option.into()]);
    match load::<Shop>(&from) {
        Ok(Loaded::Text(text)) => Ok(text),
        Ok(Loaded::Run(..)) => panic!("it runs"),
        Err(failure) => Err(failure.to_string()),
    }
}

#[test]
fn the_secrets_of_a_service_are_fetched_from_their_addresses() {
    let place = Place::new();
    let password = format!("file:{}", write(&place.join("password"), SECRET));
    let url = format!("{{\"url\":\"postgres://shop:{SECRET}@db/shop\"}}");
    let url = format!("file:{}#url", write(&place.join("url"), &url));
    let mut from = of(&[("SHOP_SMTP_PASSWORD_FROM", &password), ("SHOP_SENDER", "shop@a.example")]);
    from.arguments = Some(vec!["--set".into(), format!("database_from={url}").into()]);
    let all = shop(&from).unwrap();
    assert_eq!(all.smtp_password.unwrap().expose_secret(), SECRET);
    let database = all.database.unwrap();
    assert_eq!(database.name(), "DATABASE_URL_FROM");
    assert!(database.current().value().expose_secret().ends_with("@db/shop"));
    assert_eq!(all.sender.as_deref(), Some("shop@a.example"));
    // The file has the same settings.
    let mut from = of(&[]);
    write(&place.join("palisade.toml"), &format!("[shop]\nsmtp_password_from = '{password}'\n"));
    from.folder = place.join("");
    assert_eq!(shop(&from).unwrap().smtp_password.unwrap().expose_secret(), SECRET);
    // A secret that is given itself still is.
    let given = shop(&of(&[("DATABASE_URL", "postgres://db/shop")])).unwrap().database.unwrap();
    assert_eq!(given.current().value().expose_secret(), "postgres://db/shop");
}

#[test]
fn an_address_of_a_service_is_refused_with_its_name_and_origin() {
    let place = Place::new();
    let weak = format!("file:{}", write(&place.join("weak"), "changeme"));
    let missing = format!("file:{}", place.join("missing").display());
    for (variables, says) in [
        (
            &[("SHOP_SMTP_PASSWORD", SECRET), ("SHOP_SMTP_PASSWORD_FROM", "env:X")][..],
            "SHOP_SMTP_PASSWORD and SHOP_SMTP_PASSWORD_FROM each say what the secret is",
        ),
        (
            &[("SHOP_SMTP_PASSWORD_FROM", &missing)],
            "SHOP_SMTP_PASSWORD_FROM (environment): cannot fetch",
        ),
        (&[("SHOP_SMTP_PASSWORD_FROM", "hunter22")], "SHOP_SMTP_PASSWORD_FROM (environment)"),
        (
            &[("SHOP_SENDER_FROM", "env:X"), ("SHOP_SENDER", "a")],
            "SHOP_SENDER (environment) has no",
        ),
        (
            &[
                ("SHOP_SMTP_PASSWORD_FROM", &weak),
                ("PALISADE_ENV", "production"),
                ("PALISADE_HOSTS", "a.example"),
            ],
            "SHOP_SMTP_PASSWORD_FROM (environment) is a secret that could be guessed",
        ),
    ] {
        let told = shop(&of(variables)).unwrap_err().concat();
        assert!(told.contains(says), "{says}: {told}");
        for value in ["hunter22", "changeme", SECRET] {
            assert!(!told.contains(value), "{told}");
        }
    }
    assert!(shop(&of(&[("SHOP_SMTP_PASSWORD_FROM", &weak)])).is_ok(), "outside of production");
}

#[test]
fn settings_are_printed_without_fetching_and_checked_with_it() {
    let place = Place::new();
    let password = format!("file:{}", write(&place.join("password"), SECRET));
    // No server answers there.
    let from = of(&[
        ("SHOP_SMTP_PASSWORD_FROM", "vault:kv/data/shop#smtp"),
        ("PALISADE_FORM_KEY_FROM", "aws:shop/production#form_key"),
        ("PALISADE_AUDIT_KEY_FROM", "env:NOT_SET"),
    ]);
    let text = printed(from.clone(), "--print-settings").unwrap();
    for line in [
        "# form_key is not fetched: see form_key_from",
        "form_key_from = \"aws:shop/production#form_key\"  # environment; default: unset",
        "# smtp_password is not fetched: see smtp_password_from",
        "smtp_password_from = \"vault:kv/data/shop#smtp\"  # environment; default: unset",
        "# database is unset",
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line}: {text}");
    }
    assert!(
        printed(from, "--check").unwrap_err().contains("SHOP_SMTP_PASSWORD_FROM (environment)")
    );
    let from = of(&[("SHOP_SMTP_PASSWORD_FROM", &password), ("PALISADE_FORM_KEY_FROM", &password)]);
    let text = printed(from, "--check").unwrap();
    let fetched = "secrets were fetched for PALISADE_FORM_KEY_FROM, SHOP_SMTP_PASSWORD_FROM";
    assert!(text.lines().any(|line| line == fetched), "{text}");
    assert!(!text.contains(SECRET), "{text}");
    // What may be the secret itself is not printed.
    for address in ["hunter22", "redis://:hunter22@db"] {
        let told = printed(of(&[("SHOP_SMTP_PASSWORD_FROM", address)]), "--print-settings");
        let told = told.unwrap_err();
        assert!(told.contains("SHOP_SMTP_PASSWORD_FROM") && !told.contains("hunter22"), "{told}");
    }
}

#[cfg(feature = "redis")]
#[test]
fn settings_are_printed_beside_a_store_that_is_not_fetched() {
    let from = of(&[("PALISADE_REDIS_URL_FROM", "env:NOT_SET"), ("PALISADE_REDIS_TIMEOUT", "1 s")]);
    let text = printed(from, "--print-settings").unwrap();
    assert!(text.contains("# redis_url is not fetched: see redis_url_from\n"), "{text}");
}

#[test]
fn the_key_of_the_audit_file_is_fetched_and_judged() {
    let place = Place::new();
    let file = ("PALISADE_AUDIT", &*format!("file:{}", place.join("audit.log").display()));
    let of_key = |text: &str| {
        let path = write(&place.join("key"), text);
        complaints(&[file, ("PALISADE_AUDIT_KEY_FROM", &format!("file:{path}"))])
    };
    assert_eq!(of_key(SECRET), Vec::<String>::new());
    let told = of_key("changeme-changeme-changeme-changeme").concat();
    let says = "PALISADE_AUDIT_KEY_FROM (environment) is too weak, it consists of words";
    assert!(told.contains(says) && !told.contains("changeme-"), "{told}");
    let both = complaints(&[
        file,
        ("PALISADE_AUDIT_KEY", SECRET),
        ("PALISADE_AUDIT_KEY_FROM", "env:NOT_SET"),
    ]);
    assert!(both.concat().contains("each say what the secret is"), "{both:?}");
}

/// What one secret is by these sources.
fn single(name: &str, from: &Surroundings) -> Result<String, String> {
    Ok(match single::read_from(name, from)? {
        None => "none".to_owned(),
        Some(Single::Value { value, .. }) => value.expose_secret().to_owned(),
        Some(Single::Address { name, address, .. }) => format!("{name}={address}"),
    })
}

#[test]
fn one_secret_is_read_from_every_source() {
    let place = Place::new();
    let mut from = of(&[("PALISADE_BIND", ""), ("OTHER_TOKEN", "")]);
    let name = "STOCK_API_KEY";
    assert_eq!(single(name, &from).as_deref(), Ok("none"));
    // Sections and keys of others are theirs.
    write(
        &place.join("palisade.toml"),
        "[palisade]\nbind = 'x'\n[stock]\napi_key = 'toml'\npage = 1\n",
    );
    from.folder = place.join("");
    assert_eq!(single(name, &from).as_deref(), Ok("toml"));
    from.variables.insert(name.into(), "variable".into());
    assert_eq!(single(name, &from).as_deref(), Ok("variable"));
    write(&place.join("mount/STOCK_API_KEY"), "mounted\n");
    write(&place.join("mount/OTHER"), "x");
    from.variables.insert("PALISADE_SECRETS_DIR".into(), place.join("mount").into());
    assert_eq!(single(name, &from).as_deref(), Ok("mounted"));
    from.variables.remove(std::ffi::OsStr::new(name));
    let path = write(&place.join("file"), "named\n");
    from.variables.insert("STOCK_API_KEY_FILE".into(), path.into());
    assert_eq!(single(name, &from).as_deref(), Ok("named"));
    // The palisade of this process knows the name from now on.
    let known = super::super::known(&[]);
    assert!(known.iter().any(|setting| setting.name == "STOCK_API_KEY_FROM"));

    let mut from = of(&[]);
    from.arguments = Some(vec!["serve".into(), "--set=stock_api_key_from=vault:a#b".into()]);
    assert_eq!(single(name, &from).as_deref(), Ok("STOCK_API_KEY_FROM=vault:a#b"));
    for (variable, value, argument, says) in [
        ("STOCK_API_KEY", "", "", "STOCK_API_KEY (environment) is empty"),
        ("X", "", "--set=STOCK_API_KEY=hunter22", "STOCK_API_KEY (command line) is a secret"),
        ("STOCK_API_KEY", "hunter22", "--set=STOCK_API_KEY_FROM=env:X", "each say what"),
        ("STOCK_API_KEY_FILE", "/does/not/exist", "", "STOCK_API_KEY_FILE=/does/not/exist"),
    ] {
        let mut from = of(&[(variable, value)]);
        from.arguments = Some(vec![argument.into()]);
        let told = single(name, &from).unwrap_err();
        assert!(told.contains(says) && !told.contains("hunter22"), "{says}: {told}");
    }
}
