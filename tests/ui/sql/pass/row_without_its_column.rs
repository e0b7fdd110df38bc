use palisade::sql;

#[derive(sql::Row)]
#[allow(dead_code)]
struct Note {
    id: i64,
    title: String,
}

fn main() {
    let id = 7;
    let _query = sql!("SELECT id, title FROM notes WHERE id = {id}" as Note);
}
