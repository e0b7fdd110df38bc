use palisade::sql;

fn main() {
    let sort = String::from("title");
    let _query = sql!("SELECT title FROM notes ORDER BY {sort: String}" as String);
}
