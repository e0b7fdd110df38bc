//! No source text makes the rules panic, and every finding is inside of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_lint::{Crate, Options, analyse};

fuzz_target!(|text: &str| {
    let krate = Crate::from_sources([("src/lib.rs", text)]);
    for audit in [false, true] {
        let report = analyse(&krate, &Options { audit, ..Options::default() });
        let lines = text.lines().count().max(1);
        for finding in &report.findings {
            assert!(finding.place.line <= lines.saturating_add(1), "{finding:?}");
        }
    }
});
