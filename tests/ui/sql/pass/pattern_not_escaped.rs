use palisade::sql;

fn main() {
    let term = "50%";
    let _query = sql!("SELECT id FROM notes WHERE title LIKE {sql::starts_with(term)}" as i64);
}
