use palisade::sql;

#[derive(Clone, Copy, sql::SqlName)]
enum Sort {
    Title,
}

fn main() {
    let sort = Sort::Title;
    let _query = sql!("SELECT title FROM {sort: Sort} WHERE id = 1" as String);
}
