use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("INSERT INTO users (id, name) VALUES ({id})");
}
