use palisade::sql;

fn main() {
    let term = "^(a+)+$";
    let _query = sql!("SELECT id FROM notes WHERE regexp_like(title, {term})" as i64);
}
