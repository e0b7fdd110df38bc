use palisade::sql;

fn main() {
    let sort = "title";
    let _query = sql!("SELECT id FROM notes ORDER BY {sort}" as i64);
}
