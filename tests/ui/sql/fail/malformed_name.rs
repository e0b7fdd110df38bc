use palisade::sql;

#[derive(sql::SqlName)]
#[allow(dead_code)]
enum Sort {
    #[sql(name = "title; DROP TABLE notes")]
    Title,
    Order,
}

fn main() {}
