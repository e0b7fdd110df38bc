use palisade::sql;

fn main() {
    let name = "ann";
    let _query = sql!("SELECT id FROM users_{name} WHERE id = 1" as i64);
}
