use palisade::prelude::*;
use palisade_tests::stand_in::ldap3::LdapConn;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    LdapConn::default().search(format!("(uid={})", name.as_str()));
    HttpResponse::Ok().finish()
}

fn main() {}
