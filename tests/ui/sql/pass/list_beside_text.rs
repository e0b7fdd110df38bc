use palisade::sql;

fn main() {
    let (titles, ids) = (["a"], vec![1, 2]);
    let _query =
        sql!("SELECT id FROM notes WHERE title IN ({titles..}) AND id IN ({ids..})" as i64);
}
