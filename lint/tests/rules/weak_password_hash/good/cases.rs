use actix_web::{HttpResponse, Result, web};

use sha2::{Digest, Sha256};

fn checksum(body: &[u8]) -> Vec<u8> {
    Sha256::digest(body).to_vec()
}

// trap: md5 as a checksum
fn etag(page: &str) -> String {
    format!("{:x}", md5::compute(page))
}

fn slow(password: &str, salt: &Salt) -> bool {
    Argon2::default().hash_password(password.as_bytes(), salt).is_ok()
}
