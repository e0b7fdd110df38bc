//! A server of another party, with pages that are not protected.

use actix_web::{App, HttpResponse, http::header, middleware::DefaultHeaders, web};

use crate::server::Server;

/// It serves one page, whatever is asked for.
#[derive(Debug)]
pub struct Neighbour {
    server: Server,
}

impl Neighbour {
    /// Serves this document.
    pub fn with(document: &str) -> Self {
        Self::under("", document)
    }

    /// Serves this document under a content security policy.
    pub fn under(policy: &'static str, document: &str) -> Self {
        let document = web::Data::new(document.to_owned());
        let server = Server::start(move || {
            App::new()
                .app_data(document.clone())
                .wrap(DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, policy)))
                .default_service(web::to(show))
        });
        Self { server }
    }

    /// An origin of another site than that of services here, which are asked for at `127.0.0.1`.
    pub fn other_site(&self) -> String {
        format!("http://localhost:{}", self.server.address().port())
    }

    /// Another origin of the same site.
    pub fn same_site(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.address().port())
    }
}

#[palisade::allow_unsafe(bare_handler, reason = "another site of a test, without palisade")]
async fn show(document: web::Data<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(document.to_string())
}
