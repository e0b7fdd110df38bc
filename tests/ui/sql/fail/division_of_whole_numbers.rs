use palisade::sql;

fn main() {
    let _query = sql!("SELECT created / 2 FROM notes" as i64);
}
