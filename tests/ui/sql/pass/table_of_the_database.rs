use palisade::sql;

fn main() {
    let name = "notes";
    let _query = sql!("DELETE FROM notes WHERE title = {name}");
}
