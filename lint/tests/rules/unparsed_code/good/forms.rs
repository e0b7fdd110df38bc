async fn late(names: Vec<String>) -> Option<usize> {
    let Some(first) = names.first() else { return None };
    Some(first.len())
}

// trap: forms of the language that are newer than most parsers
fn newer(number: Option<u32>) -> u32 {
    if let Some(number) = number && number > 3 { number } else { 0 }
}
