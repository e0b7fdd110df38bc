use palisade::sql;

fn main() {
    let id = 7;
    let _query =
        sql!("SELECT \"title\" FROM notes WHERE \"id\" = {id} ORDER BY \"title\"" as String);
}
