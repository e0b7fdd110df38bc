use palisade::sql;

fn main() {
    let _query = sql!("DROP TABLE notes");
}
