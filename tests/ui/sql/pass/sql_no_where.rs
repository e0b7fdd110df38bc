use palisade::sql;

fn main() {
    let _query = sql!(
        "UPDATE notes SET pinned = TRUE",
        dangerous_no_where = "the owner asked to pin all of them"
    );
}
