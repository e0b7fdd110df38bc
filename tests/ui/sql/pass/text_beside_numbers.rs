use palisade::sql;

fn main() {
    let id = String::from("7");
    let _query =
        sql!("SELECT title FROM notes WHERE id = {id.parse::<i64>().unwrap_or(0)}" as String);
}
