use palisade::sql;

fn main() {
    let _query = sql!("DELETE FROM notes", dangerous_nowhere = "the test starts from nothing");
}
