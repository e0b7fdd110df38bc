use palisade::sql;

fn main() {
    let query = "SELECT name FROM users";
    let _query = sql!("SELECT query_to_xml({query}, TRUE, TRUE, '')" as String);
}
