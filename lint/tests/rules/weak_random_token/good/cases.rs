use actix_web::{HttpResponse, Result, web};

fn strong() -> [u8; 32] {
    let mut token = [0u8; 32];
    OsRng.fill_bytes(&mut token);
    token
}

// trap: a random number that is not a secret
fn jitter() -> u64 {
    let delay = fastrand::u64(0..100);
    delay
}

fn unique() -> String {
    let session_id = uuid::Uuid::new_v4().to_string();
    session_id
}
