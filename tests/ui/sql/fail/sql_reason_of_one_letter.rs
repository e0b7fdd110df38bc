use palisade::sql;

fn main() {
    let _query = sql!("DELETE FROM notes", dangerous_no_where = "aaaaaaaaaa");
}
