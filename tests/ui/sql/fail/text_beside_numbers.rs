use palisade::sql;

fn main() {
    let id = String::from("7");
    let _query = sql!("SELECT title FROM notes WHERE id = {id}" as String);
}
