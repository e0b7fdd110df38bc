use palisade::sql;

fn main() {
    let _query = sql!("SELECT json_extract(body, '$.a') FROM notes" as Option<String>);
}
