use palisade::sql;

fn main() {
    let deep = true;
    let _query =
        sql!("SELECT id FROM notes WHERE id > 0 {?deep: AND pinned} {?deep: AND id < 9}" as i64);
}
