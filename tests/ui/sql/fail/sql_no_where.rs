use palisade::sql;

fn main() {
    let _query = sql!("UPDATE notes SET pinned = TRUE");
}
