use palisade::sql;

fn main() {
    let _query = sql!("SELECT id FROM users WHERE LOWER(name) LIKE 'a%'" as i64);
}
