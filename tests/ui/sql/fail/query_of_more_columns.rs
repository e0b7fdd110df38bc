use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("SELECT id, title, owner FROM notes WHERE id = {id}" as (i64, String));
}
