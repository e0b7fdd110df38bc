//! The release profile of the workspace.

use std::{fs, path::Path};

use palisade_policy::deploy::{Facts, Finding, judge};
use toml::de::{DeTable, DeValue};

/// The findings about the release profile, each with its line.
pub(super) fn findings(root: &Path) -> Vec<(String, usize, Finding)> {
    let Ok(text) = fs::read_to_string(root.join("Cargo.toml")) else { return Vec::new() };
    of_text(&text)
}

fn of_text(text: &str) -> Vec<(String, usize, Finding)> {
    let Ok(table) = DeTable::parse(text) else { return Vec::new() };
    let release = table
        .get_ref()
        .get("profile")
        .and_then(|profile| profile.get_ref().as_table()?.get("release"))
        .and_then(|release| release.get_ref().as_table());
    let value = |key: &str| release.and_then(|release| release.get(key));
    let assertions =
        value("debug-assertions").filter(|value| matches!(value.get_ref(), DeValue::Boolean(true)));
    let abort = value("panic").filter(|value| value.get_ref().as_str() == Some("abort"));
    let facts = Facts {
        is_production: true,
        debug_assertions: assertions.is_some(),
        panic_abort: abort.is_some(),
        ..Facts::default()
    };
    let line = |finding: &Finding| {
        let value = if finding.check.id == "panic_abort" { abort } else { assertions };
        let before = value.and_then(|value| text.get(..value.span().start)).unwrap_or_default();
        before.matches('\n').count().saturating_add(1)
    };
    let found = judge(&facts).into_iter();
    found.map(|finding| ("Cargo.toml".to_owned(), line(&finding), finding)).collect()
}

#[cfg(test)]
mod tests {
    use super::of_text;

    #[test]
    fn what_a_release_should_not_have_is_found_at_its_line() {
        let text = "[package]\nname = \"a\"\n[profile.release]\npanic = \"abort\"\ndebug-assertions = true\n";
        let found: Vec<_> =
            of_text(text).into_iter().map(|(_, line, one)| (line, one.check.id)).collect();
        assert_eq!(found, [(5, "debug_assertions"), (4, "panic_abort")]);
        for fine in [
            "[profile.release]\npanic = \"unwind\"\ndebug-assertions = false\nlto = true",
            "[profile.dev]\npanic = \"abort\"",
            "",
        ] {
            assert!(of_text(fine).is_empty(), "{fine}");
        }
    }
}
