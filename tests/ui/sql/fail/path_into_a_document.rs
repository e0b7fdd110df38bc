use palisade::sql;

fn main() {
    let path = "$.a";
    let _query = sql!("SELECT json_extract(body, {path}) FROM notes" as Option<String>);
}
