use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("SELECT title FROM note WHERE id = {id}" as String);
}
