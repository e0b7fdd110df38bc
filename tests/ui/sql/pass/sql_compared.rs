use palisade::sql;

fn main() {
    let _query = sql!("SELECT u.id FROM users u JOIN notes n ON n.owner = u.id" as i64);
}
