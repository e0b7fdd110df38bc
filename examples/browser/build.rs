//! Lets Cargo see migrations that are added.

fn main() {
    palisade_sql::watch();
}
