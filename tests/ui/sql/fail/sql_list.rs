use palisade::sql;

fn main() {
    let ids = [1, 2];
    let _query = sql!("SELECT title FROM notes WHERE id = {ids..}" as String);
}
