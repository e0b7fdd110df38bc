use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("DELETE FROM notes WHERE id = {id} OR created >= 9 OR created < 0");
}
