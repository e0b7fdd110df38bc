use palisade::sql;

fn main() {
    let _query = sql!("SELECT name FROM users ORDER BY LENGTH(name)" as String);
}
