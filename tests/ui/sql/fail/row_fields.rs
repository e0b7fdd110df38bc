use palisade::sql;

#[derive(sql::Row)]
#[allow(dead_code)]
struct Pair(i64, String);

fn main() {}
