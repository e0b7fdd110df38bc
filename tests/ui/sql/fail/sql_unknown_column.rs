use palisade::sql;

fn main() {
    let id = 7;
    let _query = sql!("SELECT n.titel FROM notes n WHERE n.id = {id}" as String);
}
