use palisade::sql;

#[derive(sql::SqlName)]
struct Sort(String);

fn main() {}
