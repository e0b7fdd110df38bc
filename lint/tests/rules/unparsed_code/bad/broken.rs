fn half(a: &str { //~ unparsed_code
    a.len()
}
