use actix_web::{HttpResponse, Result, web};

use aes_gcm::{Aes256Gcm, KeyInit, Nonce};

fn key(settings: &Settings) -> bool {
    Aes256Gcm::new_from_slice(settings.key.as_bytes()).is_ok()
}

// trap: an array of zeros that is filled before it is used
fn fresh(cipher: &Aes256Gcm, text: &[u8]) -> bool {
    let mut bytes = [0u8; 12];
    OsRng.fill_bytes(&mut bytes);
    cipher.encrypt(Nonce::from_slice(&bytes), text).is_ok()
}

fn received(cipher: &Aes256Gcm, message: &[u8]) -> bool {
    let (nonce, text) = message.split_at(12);
    cipher.decrypt(Nonce::from_slice(nonce), text).is_ok()
}
