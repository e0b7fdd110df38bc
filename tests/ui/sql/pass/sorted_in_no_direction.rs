use palisade::sql;

#[derive(Clone, Copy, sql::SqlName)]
enum Order {
    Desc,
}

fn main() {
    let order = Order::Desc;
    let _query = sql!("SELECT title FROM notes ORDER BY id {order: Order}" as String);
}
