use palisade::sql;

fn main() {
    let text = "SELECT id FROM users";
    let _query = sql!(text as i64);
}
