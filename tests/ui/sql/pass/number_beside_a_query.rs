use palisade::sql;

fn main() {
    let (code, length) = ("0", 0_i64);
    let _query = sql!(
        "SELECT whole FROM (SELECT concat(title, body) AS whole FROM notes) n WHERE whole = {code}"
            as Option<String>
    );
    let _lengths = sql!(
        "SELECT n.id FROM (SELECT id, length(title) AS long FROM notes) n WHERE long > {length}"
            as i64
    );
}
