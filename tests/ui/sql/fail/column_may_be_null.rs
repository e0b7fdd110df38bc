use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("SELECT body FROM notes WHERE id = {id}" as String);
}
