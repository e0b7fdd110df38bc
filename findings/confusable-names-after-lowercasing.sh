#!/usr/bin/env bash
# unicode-security 0.1.3 (UTS 39): the skeleton of a digit is that of the capital letter alone.
#
# Expected by who compares account names in lower case: `b0b` looks like `bob`, as `B0B` like `BOB`.
# Seen: skeleton("0") is "O". Once names are in lower case, `0` and `o` are told apart; `1` and `l`
# are not, and neither are `rn` and `m`, although `RN` and `M` are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "confusable"
version = "0.0.0"
edition = "2024"
[dependencies]
unicode-security = "=0.1.3"
TOML
cat > src/main.rs <<'RUST'
use unicode_security::confusable_detection::skeleton;

fn main() {
    for (a, b) in [("b0b", "bob"), ("B0B", "BOB"), ("paypa1", "paypal"), ("modern", "modem"), ("MODERN", "MODEM")] {
        let (one, other): (String, String) = (skeleton(a).collect(), skeleton(b).collect());
        println!("{a} {b}: {one} {other} {}", if one == other { "alike" } else { "different" });
    }
}
RUST
seen=$(cargo run --quiet)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
b0b bob: bOb bob different
B0B BOB: BOB BOB alike
paypa1 paypal: paypal paypal alike
modern modem: rnodern rnodern alike
MODERN MODEM: MODERN MODEM different
EXPECTED
