use palisade::sql::Row;

#[derive(Row)]
struct User {
    name: String,
}

fn main() {}
