use palisade::sql;

fn main() {
    let _query = sql!("SELECT name FROM users WHERE id = $1" as String);
}
