use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    #[validate(nested)]
    account: Account,
    r#type: Slug,
    part: Option<u32>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub struct Account {
    name: Text<64>,
}

pub type Body = Json<Upload>;

#[post("/uploads/{team}")]
#[require_scope("uploads:write")]
#[rate_limit("10/minute", by = (subject, path("team")), burst = 3, cost = 2, store = shared)]
#[rate_limit("1 GiB/day", by = client, burst = "64 MiB", outage = closed)]
#[rate_limit("100/hour", by = (ip, body("account.name"), body("type"), body("part")))]
#[rate_limit("100/hour", by = body("account.name"), count = failures, mode = track)]
#[rate_limit("1000/minute", by = function(tenants::own), outage = open, reason = "costs little")]
#[rate_limit("5/minute", by = ip, ban = "10 refusals in 10 minutes, 1 hour", store = local)]
#[concurrency_limit(2, by = subject)]
#[concurrency_limit(100, by = global, mode = track, name = "uploads")]
#[validated]
pub async fn body(_team: Path<Slug>, _upload: Body) -> NoContent {
    NoContent
}

mod tenants {
    use palisade::limit::KeyRequest;

    pub fn own(request: &KeyRequest<'_>) -> Option<String> {
        let (tenant, _) = request.principal()?.subject().split_once(':')?;
        Some(tenant.to_owned())
    }
}

fn main() {}
