use palisade::sql;

fn main() {
    let _query =
        sql!("DROP TABLE IF EXISTS scratch", dangerous_ddl = "the import makes this table itself");
}
