use std::sync::{Mutex, PoisonError};

use palisade::{Builder, prelude::*};

/// A message as a client sends it.
#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    #[validate(length(min = 1, max = 200))]
    text: String,
}

/// A message as the board keeps it.
#[derive(Clone, Debug, Serialize)]
struct Message {
    from: String,
    text: String,
}

/// The messages, in memory.
#[derive(Default)]
struct Board(Mutex<Vec<Message>>);

/// Reports that the service answers.
#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

/// Adds a message of the caller.
#[post("/messages")]
#[require_scope("messages:write")]
#[rate_limit("30/minute", by = subject)]
#[validated]
async fn add_message(
    who: Principal,
    board: Data<Board>,
    message: Json<NewMessage>,
) -> Result<Created<Message>> {
    let message = Message { from: who.subject().to_owned(), text: message.into_inner().text };
    board.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
    Ok(Created(message))
}

/// The endpoints, for `main` and for the tests.
fn service(palisade: Builder) -> Builder {
    palisade.endpoints(endpoints![ping, add_message])
}

#[palisade::main]
async fn main() -> palisade::Exit {
    let _log = palisade::log::init()?;
    let ((), palisade) = Palisade::from_settings()?;
    service(palisade).data(Board::default()).serve().await
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        http::StatusCode,
        rt::System,
        test::{TestRequest, call_service, init_service},
        web::Data,
    };
    use palisade::{
        Palisade,
        auth::{Key, KeySet, TokenSigner, Verifier},
    };
    use serde_json::{Value, json};

    use super::{Board, service};

    /// The status of `POST /messages` with this body, for a caller with these scopes.
    async fn add(scopes: Option<&str>, body: Value) -> StatusCode {
        let secret = (0..32).collect::<Vec<u8>>().into();
        let signer = TokenSigner::hs256("test", &secret, "https://id.example", "board").unwrap();
        let keys = KeySet::new([Key::hs256("test", &secret).unwrap()]).unwrap();
        let verifier = Verifier::new(keys, "https://id.example", "board").unwrap();
        let palisade = service(Palisade::builder().auth(verifier)).build().unwrap();
        let app = App::new()
            .app_data(Data::new(Board::default()))
            .configure(|app| palisade.mount(app))
            .wrap(palisade.clone());
        let app = init_service(app).await;

        let mut request = TestRequest::post().uri("/messages").set_json(body);
        if let Some(scopes) = scopes {
            let token = signer.subject("ada").scopes(scopes.split_whitespace()).sign().unwrap();
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        call_service(&app, request.to_request()).await.status()
    }

    #[test]
    fn a_message_needs_its_scope_and_valid_input() {
        System::new().block_on(async {
            let message = json!({ "text": "hello" });
            assert_eq!(add(Some("messages:write"), message.clone()).await, 201);
            assert_eq!(add(None, message.clone()).await, 401);
            assert_eq!(add(Some("messages:read"), message).await, 403);
            assert_eq!(add(Some("messages:write"), json!({ "text": "" })).await, 422);
        });
    }
}
