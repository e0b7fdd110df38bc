use palisade::sql;

fn main() {
    let name = "ann";
    let _query = sql!("SELECT id FROM users WHERE name = {name}" as i64);
}
