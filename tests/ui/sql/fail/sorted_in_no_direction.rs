use palisade::sql;

#[derive(Clone, Copy, sql::SqlName)]
enum Sort {
    Created,
}

fn main() {
    let sort = Sort::Created;
    let _query = sql!("SELECT title FROM notes ORDER BY id {sort: Sort}" as String);
}
