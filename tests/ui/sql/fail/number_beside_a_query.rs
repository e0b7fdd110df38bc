use palisade::sql;

fn main() {
    let code = 0_i64;
    let _query = sql!(
        "SELECT whole FROM (SELECT concat(title, body) AS whole FROM notes) n WHERE whole = {code}" as Option<String>
    );
}
