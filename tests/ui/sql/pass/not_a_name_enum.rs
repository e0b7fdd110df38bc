use palisade::sql;

#[derive(sql::SqlName)]
#[allow(dead_code)]
enum Sort {
    Title,
}

fn main() {}
