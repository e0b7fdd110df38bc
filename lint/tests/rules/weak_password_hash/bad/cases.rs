use actix_web::{HttpResponse, Result, web};

use sha2::{Digest, Sha256};

fn md5_of(password: &str) -> String {
    format!("{:x}", md5::compute(password)) //~ weak_password_hash
}

fn sha(user_password: &str) -> Vec<u8> {
    Sha256::digest(user_password.as_bytes()).to_vec() //~ weak_password_hash
}

fn in_steps(passwd: &str, salt: &[u8]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(passwd.as_bytes()); //~ weak_password_hash
    hasher.finalize().to_vec()
}
