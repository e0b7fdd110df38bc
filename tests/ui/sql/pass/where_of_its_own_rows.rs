use palisade::sql;

fn main() {
    let owner = 7;
    let _oldest = sql!(
        "DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE owner = {owner} ORDER BY id LIMIT 100)"
    );
    let _last = sql!(
        "UPDATE notes SET title = '' WHERE id = (SELECT max(id) FROM notes WHERE owner = {owner})"
    );
    let _all_but_1000 = sql!(
        "DELETE FROM notes WHERE id <= (SELECT id FROM notes ORDER BY id DESC LIMIT 1 OFFSET 1000)"
    );
}
