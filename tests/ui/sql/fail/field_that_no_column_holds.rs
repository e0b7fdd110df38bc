use palisade::sql::Row;

#[derive(Row)]
struct User {
    name: std::thread::Thread,
}

fn main() {}
