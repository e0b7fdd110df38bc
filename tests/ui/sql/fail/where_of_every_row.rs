use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("DELETE FROM notes WHERE id = {id} OR created >= 0 OR created < 0");
}
