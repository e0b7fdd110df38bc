use palisade::sql;

fn main() {
    let _query = sql!("SELECT 1.0 * created / 2 FROM notes" as f64);
}
