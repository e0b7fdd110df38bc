use palisade::sql;

fn main() {
    let _query = sql!("SELECT id FROM users" as i64, migrations = "migrated");
}
