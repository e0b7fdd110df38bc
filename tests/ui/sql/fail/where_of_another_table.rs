use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("UPDATE notes SET title = '' FROM users WHERE users.id = {id}");
}
