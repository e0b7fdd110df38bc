use palisade::sql;

fn main() {
    let name = "notes";
    let _query = sql!("DELETE FROM sqlite_schema WHERE name = {name}");
}
