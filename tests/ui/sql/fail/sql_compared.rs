use palisade::sql;

fn main() {
    let _query = sql!("SELECT u.id FROM users u JOIN notes n ON n.title = u.id" as i64);
}
