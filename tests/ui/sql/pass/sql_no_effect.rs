use palisade::sql;

#[derive(Clone, Copy, sql::SqlName)]
enum Sort {
    Title,
}

fn main() {
    let sort = Sort::Title;
    let _query = sql!("SELECT title FROM notes ORDER BY {sort: Sort}" as String);
}
