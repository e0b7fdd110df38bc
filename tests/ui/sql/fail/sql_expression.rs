use palisade::sql;

fn main() {
    let text = "7";
    let _query = sql!("SELECT name FROM users WHERE id = {text.parse::<i64>()?}" as String);
}
