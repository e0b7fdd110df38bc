#[post("/login")]
#[public(reason = "it is how tokens are obtained")]
#[validated]
#[rate_limit("5/minute", by = ip, burst = 3)]
#[concurrency_limit(2, by = global)]
#[body_limit("2 KiB")]
#[timeout("3 s")]
async fn log_in(form: Json<LogIn>) -> Result<Json<Tokens>> {
    form.into_inner().log_in().await
}
