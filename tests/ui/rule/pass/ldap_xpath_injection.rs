use palisade::prelude::*;
use palisade_tests::stand_in::ldap3::LdapConn;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    LdapConn::default().search("(objectClass=person)");
    HttpResponse::Ok().finish()
}

fn main() {}
