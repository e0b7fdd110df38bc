use palisade::sql;

fn main() {
    let ids = "1, 2, 3";
    let _query = sql!("SELECT id FROM users WHERE id IN ({ids..})" as i64);
}
