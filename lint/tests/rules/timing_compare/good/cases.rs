use actix_web::{HttpResponse, Result, web};

fn constant_time(given: &[u8], token: &[u8]) -> bool {
    given.ct_eq(token).into()
}

fn empty(token: &str) -> bool {
    token == "" || token.len() == 0
}

// trap: two fields of one form
fn twice(password: &str, confirm_password: &str) -> bool {
    // Both from the same form.
    password == confirm_password
}
