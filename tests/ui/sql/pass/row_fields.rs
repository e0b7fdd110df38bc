use palisade::sql;

#[derive(sql::Row)]
#[allow(dead_code)]
struct Pair {
    id: i64,
    #[sql(name = "type")]
    kind: String,
}

fn main() {}
