fn whole(a: &str) -> usize {
    a.len()
}
