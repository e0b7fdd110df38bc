use palisade::sql;

fn main() {
    let name = "ann";
    let _query = sql!(
        "UPDATE notes SET title = '' WHERE owner IN (SELECT id FROM users WHERE users.name = {name})"
    );
}
