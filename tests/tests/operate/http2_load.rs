//! Programs that speak HTTP/2, against a service that speaks it without TLS.

#[test]
fn placeholder() {}
