use palisade::sql;

fn main() {
    let code = 0_i64;
    let _query = sql!("DELETE FROM notes WHERE title = {code.to_string()}");
}
