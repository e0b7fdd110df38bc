use palisade::sql;

#[derive(sql::SqlName)]
#[allow(dead_code)]
enum Sort {
    #[sql(name = "notes.title")]
    Title,
    Position,
}

fn main() {}
