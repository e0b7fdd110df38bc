use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("SELECT id FROM users -- WHERE id = {id}" as i64);
}
