#[allow_unsafe(sql_format, reason = "was needed once")] //~ unused_suppression
fn nothing() {}

#[allow_unsafe(no_such_rule, reason = "typo")] //~ unused_suppression
fn typo() {}

fn statement() {
    #[allow_unsafe(path_traversal)] //~ unused_suppression
    let text = std::fs::read_to_string("a.txt");
}
