#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}
