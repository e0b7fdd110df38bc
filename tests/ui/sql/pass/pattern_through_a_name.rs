use palisade::sql;

fn main() {
    let term = "50%";
    let _query = sql!(
        "SELECT n.id FROM notes n JOIN (SELECT {term} AS term) AS p ON n.title = p.term" as i64
    );
}
