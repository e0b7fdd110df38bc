use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("SELECT name FROM users WHERE id = {id}" as String);
}
