use actix_web::{HttpResponse, Result, web};

use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};

fn key() -> bool {
    Aes256Gcm::new_from_slice(b"0123456789abcdef0123456789abcdef").is_ok() //~ static_key_or_iv
}

fn nonce(cipher: &Aes256Gcm, text: &[u8]) -> bool {
    let nonce = Nonce::from_slice(b"unique nonce"); //~ static_key_or_iv
    cipher.encrypt(nonce, text).is_ok()
}

fn zeros() -> ring::aead::Nonce {
    ring::aead::Nonce::assume_unique_for_key([0u8; 12]) //~ static_key_or_iv
}
