#!/usr/bin/env bash
# trybuild 1.0.122: a single `pass` case changes how all `compile_fail` cases of a `TestCases` are run.
#
# Expected: programs that must not compile are checked together, by one run of Cargo, and a program that
# must compile is built beside them. Seen: as soon as one `pass` case is there, every fixture is built (not
# checked) by a run of Cargo of its own, with a `cargo clean` before it, and so is everything that the
# fixtures depend on. Some 420 fixtures took 8 minutes in place of 90 seconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p src tests/fail
cat > Cargo.toml <<'TOML'
[package]
name = "fixtures"
version = "0.0.0"
edition = "2024"
[dev-dependencies]
trybuild = "=1.0.122"
TOML
touch src/lib.rs
for number in 1 2 3; do
    printf 'fn main() { compile_error!("%s"); }\n' "$number" > "tests/fail/$number.rs"
    printf 'error: %s\n --> tests/fail/%s.rs:1:13\n  |\n1 | fn main() { compile_error!("%s"); }\n  |             ^^^^^^^^^^^^^^^^^^^\n' \
        "$number" "$number" "$number" > "tests/fail/$number.stderr"
done
echo 'fn main() {}' > tests/pass.rs
cat > tests/ui.rs <<'RUST'
#[test]
fn alone() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}

#[test]
fn beside_one_that_passes() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/fail/*.rs");
    cases.pass("tests/pass.rs");
}
RUST
cargo test --quiet --no-run 2>/dev/null
# Counts what trybuild has Cargo do for the fixtures; the first run of each kind builds dependencies.
real=$(command -v cargo)
cat > counting <<SH
#!/usr/bin/env bash
for word in "\$@"; do
    case \$word in check | build | clean) echo "\$word" >> "$folder/runs"; break ;; esac
done
exec "$real" "\$@"
SH
chmod +x counting
program=$(find target/debug/deps -name 'ui-*' -type f -executable)
runs_of() {
    : > runs
    CARGO="$folder/counting" CARGO_MANIFEST_DIR="$folder" "$program" --exact "$1" > log 2>&1 ||
        { cat log; return 1; }
    printf '%s: %s\n' "$1" "$(sort runs | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }')"
}
seen=$(runs_of alone && runs_of beside_one_that_passes)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
alone: 3 check, 1 clean
beside_one_that_passes: 6 build, 4 clean
EXPECTED
