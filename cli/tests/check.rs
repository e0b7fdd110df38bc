//! `cargo palisade check`, as a program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const BAD: &str = r#"use actix_web::{HttpResponse, web};

async fn read(name: web::Path<String>) -> HttpResponse {
    let text = std::fs::read_to_string(format!("files/{name}"));
    HttpResponse::Ok().json(text.is_ok())
}
"#;

fn palisade(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-palisade")).current_dir(dir).args(args).output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn a_loose_file_is_refused_with_its_place_and_its_way() {
    let dir = folder(&[("bad.rs", BAD)]);
    let output =
        palisade(dir.path(), &["check", "--format", "json", "--rule", "path_traversal", "bad.rs"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [finding] = lines.as_slice() else { panic!("{text}") };
    assert_eq!(finding["rule"], "path_traversal");
    assert_eq!(finding["cwe"], "CWE-22");
    assert_eq!(finding["level"], "deny");
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(4), Some(16)));
    assert_eq!(finding["end_line"], 4);
    assert_eq!(finding["file"], "bad.rs");
    let trace = finding["trace"].as_array().unwrap();
    assert_eq!(trace.first().unwrap()["line"], 3);
    assert_eq!(trace.last().unwrap()["line"], 4);
}

#[test]
fn people_see_the_source() {
    let dir = folder(&[("bad.rs", BAD)]);
    let output = palisade(dir.path(), &["palisade", "check", "."]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("error[path_traversal]") && text.contains("read_to_string(format!"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn sarif_names_the_rule_and_the_place() {
    let dir = folder(&[("bad file.rs", BAD)]);
    let output = palisade(dir.path(), &["check", "--format", "sarif", "."]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let result = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["ruleId"] == "path_traversal")
        .unwrap();
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "path_traversal");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "bad%20file.rs");
    assert_eq!(place["region"]["startLine"], 4);
    assert_eq!(
        result["codeFlows"][0]["threadFlows"][0]["locations"][0]["location"]["physicalLocation"]["region"]
            ["startLine"],
        3
    );
}

#[test]
fn clean_code_passes() {
    let dir = folder(&[("good.rs", "pub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n")]);
    assert_eq!(palisade(dir.path(), &["check", "."]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_read_never_passes() {
    let dir = folder(&[("broken.rs", "fn f( {")]);
    let output = palisade(dir.path(), &["check", "--format", "json", "."]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"unparsed_code\""));
    assert_eq!(palisade(dir.path(), &["check", "missing"]).status.code(), Some(2));
    assert_eq!(
        palisade(dir.path(), &["check", "--rule", "no_such_rule", "."]).status.code(),
        Some(2)
    );
    let empty = folder(&[]);
    assert_eq!(palisade(empty.path(), &["check", "."]).status.code(), Some(2));
}

#[test]
fn an_audit_takes_parameters_for_outside_data() {
    let text = "pub fn run(line: &str) {\n    std::process::Command::new(\"sh\").arg(\"-c\").arg(line).status().ok();\n}\n";
    let dir = folder(&[("lib.rs", text)]);
    assert_eq!(palisade(dir.path(), &["check", "."]).status.code(), Some(0));
    assert_eq!(palisade(dir.path(), &["check", "--audit", "."]).status.code(), Some(1));
}

#[test]
fn certain_repairs_are_written() {
    let text = "fn f() {\n    let mut v = jsonwebtoken::Validation::default();\n    v.validate_exp = false;\n}\n\n#[allow_unsafe(sql_format, reason = \"was needed once\")]\nfn g() {}\n";
    let dir = folder(&[("lib.rs", text)]);
    let output = palisade(dir.path(), &["check", "--fix", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let repaired = fs::read_to_string(dir.path().join("lib.rs")).unwrap();
    assert!(
        repaired.contains("v.validate_exp = true;") && !repaired.contains("allow_unsafe"),
        "{repaired}"
    );
}

#[test]
fn levels_and_pages() {
    let dir = folder(&[("bad.rs", BAD)]);
    let output = palisade(dir.path(), &["check", "--format", "json", "--level", "deny", "."]);
    assert!(!String::from_utf8(output.stdout).unwrap().contains("\"warn\""));
    let page = palisade(dir.path(), &["explain", "path_traversal"]);
    assert!(String::from_utf8(page.stdout).unwrap().contains("## Use instead"));
    assert_eq!(palisade(dir.path(), &["explain", "nothing"]).status.code(), Some(2));
    let list = palisade(dir.path(), &["explain"]);
    assert!(String::from_utf8(list.stdout).unwrap().contains("sql_format"));
}

#[test]
fn statements_alone_keep_their_places() {
    let dir = folder(&[(
        "snippet.rs",
        "let name = std::env::args().nth(1).unwrap();\nstd::fs::read(name);\n",
    )]);
    let output =
        palisade(dir.path(), &["check", "--audit", "--format", "json", "--level", "deny", "."]);
    let text = String::from_utf8(output.stdout).unwrap();
    let finding: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(finding["rule"], "path_traversal");
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(2), Some(1)));
    let first = &finding["trace"][0];
    assert_eq!(first["line"], 1);
}

#[test]
fn rules_can_be_listed_and_hide_no_file_that_cannot_be_read() {
    let dir = folder(&[("bad.rs", BAD), ("broken.rs", "fn broken(")]);
    let output = palisade(
        dir.path(),
        &["check", "--format", "json", "--rule", "sql_format,open_redirect", "."],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let rules: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["rule"].to_string())
        .collect();
    assert_eq!(rules, ["\"unparsed_code\""]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_folder_without_sources_is_no_clean_answer() {
    let dir = folder(&[("notes.txt", "nothing")]);
    let output = palisade(dir.path(), &["check", "."]);
    assert_eq!(output.status.code(), Some(2));
    let missing = palisade(dir.path(), &["check", "absent.rs"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("absent.rs"));
    let unknown = palisade(dir.path(), &["check", "--rule", "sql", "."]);
    assert_eq!(unknown.status.code(), Some(2));
}

const COSTS: &str = r##"
#[get("/direct")]
#[public]
async fn direct(db: Data<Db>, q: Query<Search>) -> Result<Json<Vec<i64>>> {
    Ok(Json(sql!("SELECT id FROM notes WHERE title LIKE {contains(&q.text)}" as i64).fetch_all(&db).await?))
}

#[get("/bounded")]
#[public]
#[concurrency_limit(2, by = ip)]
async fn bounded(db: Data<Db>, q: Query<Search>) -> Result<Json<Vec<i64>>> {
    Ok(Json(sql!("SELECT id FROM notes WHERE title LIKE {contains(&q.text)}" as i64).fetch_all(&db).await?))
}

#[get("/through")]
#[authenticated]
async fn through(store: Data<Store>, q: Query<Search>) -> Result<Json<Vec<i64>>> {
    Ok(Json(store.found(&q.text).await?))
}

impl Store {
    async fn found(&self, text: &str) -> Result<Vec<i64>> {
        by_position!(text, &self.db)
    }
}

macro_rules! by_position {
    ($text:expr, $db:expr) => {
        sql!("SELECT id FROM notes WHERE instr(title, {text}) > 0" as i64).fetch_all($db).await
    };
}

#[get("/export")]
#[palisade::authenticated]
async fn export() -> HttpResponse {
    HttpResponse::Ok().streaming(rows())
}

#[post("/login")]
#[public(reason = "a log-in of anybody")]
async fn log_in(passwords: Data<PasswordHasher>) -> Result<NoContent> {
    Ok(NoContent)
}

#[get("/qualified")]
#[public]
async fn qualified(db: Data<Db>) -> Result<Json<Vec<i64>>> {
    Ok(Json(Finder::look(&db).await?))
}

#[get("/renamed")]
#[public]
async fn renamed(db: Data<Db>) -> Result<Json<Vec<i64>>> {
    Ok(Json(Eyes::look(&db).await?))
}

type Eyes = Finder;

impl Finder {
    async fn look(db: &Db) -> Result<Vec<i64>> {
        Self::by_text(db).await
    }

    async fn by_text(db: &Db) -> Result<Vec<i64>> {
        sql!("SELECT id FROM notes\nWHERE position ('a' IN title) > 0" as i64).fetch_all(db).await
    }
}

#[get("/sorted")]
#[public]
async fn sorted(db: Data<Db>) -> Result<Json<Vec<i64>>> {
    Ok(Json(sql!("SELECT position FROM notes ORDER BY position, locate" as i64).fetch_all(&db).await?))
}

#[get("/refuses")]
#[public]
async fn refuses() -> Result<NoContent> {
    Err(Problem::new(Kind::Gone))
}

impl Accounts {
    fn new(passwords: PasswordHasher) -> Self {
        Self { passwords }
    }
}

#[get("/cheap")]
#[public]
async fn cheap(db: Data<Db>) -> Result<Json<i64>> {
    Ok(Json(sql!("SELECT count(*) FROM likes" as i64).fetch_one(&db).await?))
}

#[post("/files")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
async fn attach(file: Upload) -> NoContent {
    NoContent
}

#[post("/bounded/files")]
#[authenticated]
#[concurrency_limit(8, by = subject)]
#[upload(max = "5 MiB", kinds(png))]
async fn attach_with_bound(file: Upload) -> NoContent {
    NoContent
}

#[cfg(test)]
mod tests {
    #[get("/in-a-test")]
    #[public]
    async fn in_a_test() -> HttpResponse {
        HttpResponse::Ok().streaming(rows())
    }
}
"##;

#[test]
fn costs_without_a_concurrency_limit_are_warned_of_before_a_deployment() {
    let dir = folder(&[("service.rs", COSTS)]);
    let check =
        |args: &[&str]| palisade(dir.path(), &[&["check", "--format", "json"], args].concat());
    let of = |args: &[&str]| -> Vec<(String, String)> {
        let text = String::from_utf8(check(args).stdout).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["rule"] == "unbounded_cost")
            .map(|line| {
                assert_eq!((&line["level"], &line["cwe"]), (&"warn".into(), &"CWE-400".into()));
                let name = line["message"].as_str().unwrap().split('`').nth(1).unwrap();
                (name.to_owned(), line["help"].as_str().unwrap().to_owned())
            })
            .collect()
    };
    let (ip, subject) =
        ("add `#[concurrency_limit(2, by = ip)]`", "add `#[concurrency_limit(2, by = subject)]`");
    let expected = [
        ("direct", ip),
        ("through", subject),
        ("export", subject),
        ("log_in", ip),
        ("qualified", ip),
        ("renamed", ip),
        ("attach", "add `#[concurrency_limit(8, by = subject)]`"),
    ];
    let expected: Vec<_> = expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    assert_eq!(of(&["--deploy", "service.rs"]), expected);
    assert_eq!(of(&["--deploy", "--rule", "unbounded_cost", "."]), expected);
    assert_eq!(of(&["service.rs"]), []);
    assert_eq!(of(&["--deploy", "--level", "deny", "service.rs"]), []);
    // Warnings refuse nothing.
    let only = check(&["--deploy", "--rule", "unbounded_cost", "service.rs"]);
    assert_eq!(only.status.code(), Some(0));
    assert_eq!(check(&["--rule", "unbounded_cost", "service.rs"]).status.code(), Some(2));
}

#[test]
fn binaries_and_examples_know_palisade_by_the_names_of_their_package() {
    let inside = "fn main() { guards::__private::block_on(run()); }\n";
    for (dependency, binary, code) in [
        ("[dependencies]\nguards = { package = \"palisade\", version = \"0.1\" }", inside, 1),
        ("[ dependencies . guards ]\npackage = \"palisade\"\nversion = \"0.1\"", inside, 1),
        ("[dependencies]\nguards = \"0.1\"", inside, 0),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let manifest = format!("[package]\nname = \"shop\"\nversion = \"0.0.0\"\n{dependency}\n");
        for (path, text) in [
            ("Cargo.toml", manifest.as_str()),
            ("src/lib.rs", ""),
            ("src/bin/tool.rs", binary),
            ("examples/demo.rs", binary),
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let output = palisade(dir.path(), &["check", "--rule", "macro_internals", "."]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{dependency}: {text}");
        for file in ["src/bin/tool.rs", "examples/demo.rs"] {
            assert_eq!(text.contains(file), code == 1, "{dependency}: {text}");
        }
    }
}

/// A package with these files, in folders of its own.
fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// Checks a package; gives the exit code, what is found and what else is said.
fn checked(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = palisade(dir, args);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const SHOP: &str = "[package]\nname = \"shop\"\nversion = \"0.0.0\"\n[workspace]\n\
                    [dependencies]\npalisade = \"0.1\"\n";

#[test]
fn files_that_sources_name_are_read_wherever_they_are() {
    let inside = "fn main() { palisade::__private::block_on(run()); }\n";
    for (main, file) in [
        ("include!(\"part.inc\");", "src/part.inc"),
        ("std::include!(\"../shared/part.txt\");", "shared/part.txt"),
        ("include!(concat!(\"pa\", \"rt.inc\",));", "src/part.inc"),
        ("include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/part.inc\"));", "part.inc"),
        ("fn f() { include!(\"part.inc\"); }", "src/part.inc"),
        ("macro_rules! m { () => { include!(\"part.inc\"); } } m!();", "src/part.inc"),
        ("#[path = \"../shared/part.rs\"] mod part;", "shared/part.rs"),
        ("#[cfg_attr(all(), path = \"../part.txt\")] mod part;", "part.txt"),
        ("mod a { #[path = \"other/part.rs\"] mod part; }", "src/a/other/part.rs"),
    ] {
        let dir = package(&[("Cargo.toml", SHOP), ("src/main.rs", main), (file, inside)]);
        let (code, found, log) = checked(dir.path(), &["check", "--rule", "macro_internals"]);
        assert_eq!(code, Some(1), "{main}: {found}{log}");
        assert!(found.contains("part"), "{main}: {found}{log}");
    }
    let statements = "let sent = palisade::__private::block_on(run());\nsent.unwrap();\n";
    let main = ("src/main.rs", "fn main() { include!(\"part.inc\"); }");
    let dir = package(&[("Cargo.toml", SHOP), main, ("src/part.inc", statements)]);
    let (code, found, _) = checked(dir.path(), &["check", "--rule", "macro_internals"]);
    assert_eq!(code, Some(1), "{found}");
    // The compiler reports a missing file, and included data is not a source.
    let right = "include!(\"gone.inc\"); const A: &str = include_str!(\"part.inc\");";
    let dir = package(&[("Cargo.toml", SHOP), ("src/main.rs", right), ("src/part.inc", inside)]);
    assert_eq!(checked(dir.path(), &["check"]).0, Some(0));
}

#[test]
fn targets_with_roots_elsewhere_are_read_with_their_modules() {
    let manifest = format!("{SHOP}[[bin]]\nname = \"shop\"\npath = \"server/main.rs\"\n");
    let inside = "pub fn f() { palisade::__private::block_on(run()); }\n";
    for file in ["server/part.rs", "server/part/mod.rs", "server/part/deep.rs"] {
        let dir = package(&[
            ("Cargo.toml", &manifest),
            ("server/main.rs", "mod part; fn main() {}"),
            ("server/part.rs", "mod deep;"),
            (file, inside),
        ]);
        if file.ends_with("mod.rs") {
            fs::remove_file(dir.path().join("server/part.rs")).unwrap();
        }
        let (code, found, log) = checked(dir.path(), &["check", "--rule", "macro_internals"]);
        assert_eq!(code, Some(1), "{file}: {found}{log}");
    }
}

#[test]
fn an_include_that_only_the_compiler_finds_is_a_warning() {
    for main in [
        "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));",
        "use std::include as brought; brought!(\"part.inc\");",
        "macro_rules! m { ($file:literal) => { include!($file); } } m!(\"part.inc\");",
    ] {
        let dir = package(&[("Cargo.toml", SHOP), ("src/main.rs", main)]);
        let (code, found, log) = checked(dir.path(), &["check", "--rule", "sql_format"]);
        assert_eq!(code, Some(0), "{main}: {found}{log}");
        assert!(found.contains("known to the compiler alone"), "{main}: {found}{log}");
    }
}

#[test]
fn a_manifest_excludes_folders_that_are_no_part_of_the_program() {
    let manifest = format!("{SHOP}[package.metadata.palisade]\nexclude = [\"ui\"]\n");
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("src/main.rs", "fn main() {}"),
        ("ui/fail/bad.rs", BAD),
    ];
    let dir = package(&files);
    let (code, found, log) = checked(dir.path(), &["check", "."]);
    assert_eq!(code, Some(0), "{found}{log}");
    assert!(log.contains("excluded by their manifests: ui\n"), "{log}");
    // What is asked for by itself is checked.
    for asked in ["ui", "ui/fail", "ui/fail/bad.rs"] {
        assert_eq!(checked(dir.path(), &["check", asked]).0, Some(1), "{asked}");
    }
    // Without the setting it is found.
    fs::write(dir.path().join("Cargo.toml"), SHOP).unwrap();
    assert_eq!(checked(dir.path(), &["check", "."]).0, Some(1));
    // What cargo builds cannot be hidden.
    for hidden in ["src", "examples", "../other", "."] {
        let manifest = format!("{SHOP}[package.metadata.palisade]\nexclude = [\"{hidden}\"]\n");
        fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
        let (code, _, log) = checked(dir.path(), &["check", "."]);
        assert_eq!(code, Some(2), "{hidden}: {log}");
        assert!(log.contains("Cargo.toml") && log.contains(hidden), "{hidden}: {log}");
    }
}

#[test]
fn the_services_of_this_workspace_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let asked = ["check", "--level", "deny", "benches", "examples", "fuzz", "tests"];
    let (code, found, log) = checked(&root, &asked);
    assert_eq!(code, Some(0), "{found}");
    assert!(log.contains("excluded by their manifests: tests/ui\n"), "{log}");
}
