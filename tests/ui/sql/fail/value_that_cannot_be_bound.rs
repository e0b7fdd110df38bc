use palisade::sql;

fn main() {
    let range = 1..2;
    let _query = sql!("SELECT id FROM users WHERE joined = {range}" as i64);
}
