use actix_web::{HttpResponse, Result, web};

fn root(certificate: reqwest::Certificate) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().add_root_certificate(certificate).build()
}

// trap: the switch in the position that keeps the check
fn off() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().danger_accept_invalid_certs(false).build()
}

fn openssl(builder: &mut openssl::ssl::SslConnectorBuilder) {
    builder.set_verify(openssl::ssl::SslVerifyMode::PEER);
}
