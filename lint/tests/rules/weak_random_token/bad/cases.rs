use actix_web::{HttpResponse, Result, web};

fn reset() -> String {
    let reset_token = fastrand::u64(..).to_string(); //~ weak_random_token
    reset_token
}

fn seeded() -> u64 {
    let mut rng = rand::rngs::StdRng::seed_from_u64(42);
    let session_id = rng.random::<u64>(); //~ weak_random_token
    session_id
}

fn small() -> u32 {
    let mut rng = rand::rngs::SmallRng::from_os_rng();
    let otp = rng.random_range(0..1_000_000); //~ weak_random_token
    otp
}
