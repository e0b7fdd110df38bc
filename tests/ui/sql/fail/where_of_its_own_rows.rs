use palisade::sql;

fn main() {
    let _query = sql!("DELETE FROM notes WHERE id >= (SELECT id FROM notes ORDER BY id LIMIT 1)");
}
