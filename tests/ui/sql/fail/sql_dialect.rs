use palisade::sql;

fn main() {
    let _query = sql!("SELECT id FROM users WHERE name ILIKE 'a%'" as i64);
}
