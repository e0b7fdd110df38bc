use palisade::sql;

#[derive(Clone, Copy, sql::SqlName)]
enum Sort {
    Changed,
}

fn main() {
    let sort = Sort::Changed;
    let _query = sql!("SELECT title FROM notes ORDER BY {sort: Sort}" as String);
}
