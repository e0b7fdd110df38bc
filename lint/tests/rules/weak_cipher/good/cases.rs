use actix_web::{HttpResponse, Result, web};

fn gcm() -> openssl::symm::Cipher {
    openssl::symm::Cipher::aes_256_gcm()
}

fn aead(key: &aes_gcm::Key) -> aes_gcm::Aes256Gcm {
    aes_gcm::Aes256Gcm::new(key)
}

// trap: another cipher of the same list
fn chacha() -> openssl::symm::Cipher {
    openssl::symm::Cipher::chacha20_poly1305()
}
