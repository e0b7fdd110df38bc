use palisade::sql;

fn main() {
    let titles = vec![1, 2];
    let _query = sql!("SELECT id FROM notes WHERE title IN ({titles..})" as i64);
}
