//! A service's own settings, by a struct as the derive makes it.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    super::load::{Loaded, load},
    Surroundings, of,
};
use crate::{Settings, private_folder::tests::Place, settings::Sourced};

/// Keeps notes.
#[derive(Debug, Settings)]
#[settings(section = "notes")]
struct Notes {
    /// The folder of the database file.
    #[setting(default = ".palisade")]
    data: PathBuf,
    /// The database, in place of a file.
    #[setting(name = "DATABASE_URL")]
    database: Option<SecretString>,
    /// How many notes a page has.
    #[setting(default = 50, min = 1, max = 200)]
    page: u32,
    /// How long a deleted note is kept.
    #[setting(default = "24 h", max = "48 h")]
    keep: Duration,
    /// How they are sorted.
    #[setting(default = "title", one_of("title", "created"))]
    sort: String,
    /// Who may delete.
    admins: Vec<String>,
    /// The language of what is sent to them.
    #[setting(needs = "admins")]
    language: Option<String>,
}

fn notes(from: &Surroundings) -> Result<Notes, Vec<String>> {
    match load::<Notes>(from) {
        Ok(Loaded::Run(notes, _)) => Ok(notes),
        Ok(Loaded::Text(text)) => panic!("{text}"),
        Err(failure) => Err(failure.complaints().to_vec()),
    }
}

fn text(from: &Surroundings) -> String {
    match load::<Notes>(from) {
        Ok(Loaded::Text(text)) => text,
        Ok(Loaded::Run(notes, _)) => panic!("{notes:?}"),
        Err(failure) => panic!("{failure}"),
    }
}

fn with_arguments(variables: &[(&str, &str)], arguments: &[&str]) -> Surroundings {
    let mut from = of(variables);
    from.arguments = Some(arguments.iter().map(Into::into).collect());
    from
}

#[test]
fn fields_are_read_from_every_source() {
    let none = notes(&of(&[])).unwrap();
    assert_eq!((none.data, none.page, none.admins.len()), (PathBuf::from(".palisade"), 50, 0));
    assert_eq!((none.keep, none.sort.as_str()), (Duration::from_secs(86_400), "title"));
    assert!(none.database.is_none() && none.language.is_none());
    let place = Place::new();
    fs::create_dir_all(place.join("")).unwrap();
    let toml = place.join("palisade.toml");
    fs::write(&toml, "[notes]\npage = 20\nadmins = ['ada', 'bob']\n[palisade]\nbacklog = 9\n")
        .unwrap();
    fs::set_permissions(&toml, fs::Permissions::from_mode(0o644)).unwrap();
    let secret = place.join("url");
    fs::write(&secret, "postgres://notes:Xk2mvP9qLw@db/notes\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let mut from = with_arguments(
        &[("DATABASE_URL_FILE", secret.to_str().unwrap()), ("NOTES_SORT", "created")],
        &["--data", "/srv/notes", "--set", "language=de", "--set", "NOTES_KEEP=1 h"],
    );
    from.folder = place.join("");
    let all = notes(&from).unwrap();
    assert_eq!(
        (all.data, all.page, all.admins),
        ("/srv/notes".into(), 20, vec!["ada".to_owned(), "bob".to_owned()])
    );
    assert_eq!((all.keep, all.sort.as_str()), (Duration::from_secs(3_600), "created"));
    assert_eq!(all.language.as_deref(), Some("de"));
    let url = all.database.unwrap();
    assert_eq!(url.expose_secret(), "postgres://notes:Xk2mvP9qLw@db/notes");
}

#[test]
fn what_is_wrong_is_told_together_with_its_origin() {
    let told = notes(&with_arguments(
        &[
            ("NOTES_PAGE", "201"),
            ("NOTES_KEEP", "soon"),
            ("NOTES_SORT", "owner"),
            ("NOTES_LANGUAGE", "de"),
            ("NOTES_DTA", "/srv"),
            ("NOTES_SERVICE_HOST", "10.0.0.1"),
            ("PALISADE_BACKLOG", "many"),
        ],
        &["--database", "postgres://u:hunter22@db/x", "--data", "", "--dta=x"],
    ))
    .unwrap_err();
    let expected = [
        "DATABASE_URL (command line) is a secret, and other users can read the arguments of a process: \
         name a file that holds it in DATABASE_URL_FILE",
        "NOTES_DATA (command line) is empty: set it or unset it",
        "--dta (command line) is unknown: did you mean --data?",
        "NOTES_DTA (environment) is unknown: did you mean NOTES_DATA?",
        "PALISADE_BACKLOG (environment) is \"many\": write a number of connections",
        "NOTES_PAGE (environment) is \"201\": write 1 to 200",
        "NOTES_KEEP (environment) is \"soon\": write a time like 75 s or 2 min",
        "NOTES_SORT (environment) is \"owner\": write title or created",
        "NOTES_LANGUAGE (environment) has no effect without NOTES_ADMINS: set it too, or unset \
         NOTES_LANGUAGE",
    ];
    assert_eq!(told, expected);
    let told = notes(&with_arguments(&[], &["--set", "database=postgres://u:hunter22@db/x"]));
    let told = told.unwrap_err().concat();
    assert!(told.contains("DATABASE_URL_FILE") && !told.contains("hunter22"), "{told}");
}

#[test]
fn a_secret_that_could_be_guessed_is_refused_in_production() {
    let url = ("DATABASE_URL", "postgres://notes:changeme@db/notes");
    assert!(notes(&of(&[url])).is_ok());
    let production = [("PALISADE_ENV", "production"), ("PALISADE_HOSTS", "api.example")];
    let told = notes(&of(&[&[url], &production[..]].concat())).unwrap_err();
    assert!(
        told.len() == 1 && told[0].starts_with("DATABASE_URL (environment) is a secret"),
        "{told:?}"
    );
    assert!(!told.concat().contains("changeme"), "{told:?}");
    let redis = ("PALISADE_REDIS_URL", "redis://:changeme@127.0.0.1:1");
    let with = |more: &[(&str, &str)]| super::complaints(&[&[redis], more].concat());
    if cfg!(feature = "redis") {
        assert_eq!(with(&[]), Vec::<String>::new());
        let told = with(&production);
        assert!(
            told.len() == 1 && told[0].starts_with("PALISADE_REDIS_URL (environment)"),
            "{told:?}"
        );
    }
}

/// Calls a broker.
#[derive(Debug, Settings)]
#[settings(section = "shop")]
struct Shop {
    /// The user at the broker.
    #[setting(unchecked = "a user name, which protects nothing")]
    user: Option<SecretString>,
    /// The password there.
    password: Option<Sourced<SecretString>>,
    /// The tokens of partners.
    tokens: Vec<SecretString>,
}

/// What is refused of these settings in production, and what is weakened.
fn shop(variables: &[(&str, &str)]) -> Result<(Shop, Vec<String>), Vec<String>> {
    let production = [("PALISADE_ENV", "production"), ("PALISADE_HOSTS", "api.example")];
    let from = of(&[variables, &production[..]].concat());
    let complaints = |failure: crate::Failure| failure.complaints().to_vec();
    match load::<Shop>(&from).map_err(complaints)? {
        Loaded::Run(shop, builder) => {
            let weakened = builder.weakened().to_vec();
            builder.build().map_err(complaints)?;
            Ok((shop, weakened))
        }
        Loaded::Text(text) => panic!("{text}"),
    }
}

#[test]
fn each_secret_of_a_list_is_judged() {
    let strong = "tV7qLw2Zx9Kd4Rb1,Hn8sYc3Mf6Jp0Gae";
    let (read, _) = shop(&[("SHOP_TOKENS", strong)]).unwrap();
    assert_eq!(read.tokens.len(), 2);
    let told = shop(&[("SHOP_TOKENS", "tV7qLw2Zx9Kd4Rb1, changeme")]).unwrap_err();
    let [one] = told.as_slice() else { panic!("{told:?}") };
    let says = "SHOP_TOKENS (environment): element 2 is a secret that could be guessed";
    assert!(one.starts_with(says) && !one.contains("changeme"), "{one}");
    // Of one element, the setting itself is named.
    let told = shop(&[("SHOP_TOKENS", "changeme")]).unwrap_err();
    assert!(told[0].starts_with("SHOP_TOKENS (environment) is a secret that could"), "{told:?}");
}

#[test]
fn a_user_name_is_accepted_for_a_reason_that_the_inventory_shows() {
    let (read, weakened) = shop(&[("SHOP_USER", "guest")]).unwrap();
    assert_eq!(read.user.unwrap().expose_secret(), "guest");
    let says = "SHOP_USER is not checked for values that can be guessed: a user name";
    assert!(weakened.len() == 1 && weakened[0].starts_with(says), "{weakened:?}");
    // What is not given weakens nothing, and a password has no such reason.
    assert_eq!(shop(&[]).unwrap().1, [""; 0]);
    let (read, _) = shop(&[("SHOP_PASSWORD", "tV7qLw2Zx9Kd4Rb1")]).unwrap();
    assert!(read.password.is_some());
    let told = shop(&[("SHOP_PASSWORD", "guest")]).unwrap_err();
    assert!(told[0].starts_with("SHOP_PASSWORD (environment) is a secret"), "{told:?}");
    assert!(told[0].contains("`#[setting(unchecked = \"..\")]`"), "{told:?}");
    // It stays a secret in all else.
    let printed = load::<Shop>(&with_arguments(&[("SHOP_USER", "guest")], &["--print-settings"]));
    let Ok(Loaded::Text(printed)) = printed else { panic!("it is printed") };
    assert!(printed.contains("user = \"********\"") && !printed.contains("guest"), "{printed}");
}

#[test]
fn every_setting_is_printed_with_its_origin() {
    let url = ("DATABASE_URL", "postgres://u:hunter22@db/x");
    let printed = text(&with_arguments(
        &[
            url,
            ("NOTES_PAGE", "20"),
            ("PALISADE_HOSTS", "a.example"),
            ("PALISADE_ENV", "development"),
        ],
        &["--data", "/srv \u{1b}[2J", "--print-settings"],
    ));
    for line in [
        "[palisade]",
        "hosts = \"a.example\"  # environment; default: unset",
        "# backlog = \"1024\"  # default",
        "# form_key is unset",
        "[notes]",
        "data = \"/srv \\u001B[2J\"  # command line; default: \".palisade\"",
        "database = \"********\"  # environment; default: unset",
        "page = \"20\"  # environment; default: \"50\"",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    assert!(!printed.contains("hunter22") && !printed.contains('\u{1b}'), "{printed}");
    // What is printed is a settings file.
    let place = Place::new();
    fs::create_dir_all(place.join("")).unwrap();
    let toml = place.join("palisade.toml");
    fs::write(&toml, printed.replace("database =", "# database =")).unwrap();
    fs::set_permissions(&toml, fs::Permissions::from_mode(0o600)).unwrap();
    let mut from = of(&[]);
    from.folder = place.join("");
    let again = notes(&from).unwrap();
    assert_eq!((again.page, again.data), (20, PathBuf::from("/srv \u{1b}[2J")));
}

#[test]
fn origins_that_are_overridden_are_printed() {
    let place = Place::new();
    fs::create_dir_all(place.join("")).unwrap();
    let toml = place.join("palisade.toml");
    fs::write(&toml, "[notes]\npage = 20\nsort = 'title'\n[palisade]\nbacklog = 9\n").unwrap();
    fs::set_permissions(&toml, fs::Permissions::from_mode(0o600)).unwrap();
    let variables = [("NOTES_PAGE", "30"), ("PALISADE_BACKLOG", "10")];
    let mut from = with_arguments(&variables, &["--set=page=40", "--print-settings"]);
    from.folder = place.join("");
    let (printed, toml) = (text(&from), toml.display());
    for line in [
        format!(
            "page = \"40\"  # command line; overrides environment and page in {toml}:2; default: \"50\""
        ),
        format!(
            "backlog = \"10\"  # environment; overrides backlog in {toml}:5; default: \"1024\""
        ),
        format!("sort = \"title\"  # sort in {toml}:3; default: \"title\""),
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
}

#[test]
fn help_lists_every_setting() {
    let help = text(&with_arguments(&[("NOTES_PAGE", "x")], &["--help"]));
    assert!(help.starts_with("Keeps notes.\n"), "{help}");
    for part in
        ["--print-settings", "PALISADE_CORS_MAX_AGE", "NOTES_DATA, --data, key `data`", "a secret"]
    {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(text(&with_arguments(&[], &["--version"])).starts_with("palisade "));
}

#[test]
fn a_check_looks_at_everything_and_connects_nothing() {
    let fine = with_arguments(&[("PALISADE_HOSTS", "a.example")], &["--check"]);
    assert_eq!(text(&fine), "the settings are valid\n");
    for (name, value) in [
        ("PALISADE_BIND", "localhost"),
        ("PALISADE_KEEP_ALIVE", "1 ms"),
        ("PALISADE_AUTH_KEYS", "/does/not/exist"),
        ("NOTES_PAGE", "0"),
    ] {
        let from = with_arguments(&[(name, value)], &["--check"]);
        let told = load::<Notes>(&from).err().unwrap();
        let [one] = told.complaints() else { panic!("{told}") };
        assert!(one.starts_with(&format!("{name} (environment)")), "{one}");
    }
    // The program may trust proxies of its own.
    let from = with_arguments(&[("PALISADE_FORWARDED_FIELD", "forwarded")], &["--check"]);
    let told = text(&from);
    assert!(told.contains("PALISADE_FORWARDED_FIELD (environment) has no effect"), "{told}");
}
