use actix_web::{HttpResponse, Result, web};

fn des() -> openssl::symm::Cipher {
    openssl::symm::Cipher::des_ede3_cbc() //~ weak_cipher
}

fn ecb() -> openssl::symm::Cipher {
    openssl::symm::Cipher::aes_128_ecb() //~ weak_cipher
}

fn blowfish(key: &[u8]) -> bool {
    blowfish::Blowfish::new_from_slice(key).is_ok() //~ weak_cipher
}
