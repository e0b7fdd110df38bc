use actix_web::{HttpResponse, Result, web};

use ldap3::{LdapConn, Scope, ldap_escape};

async fn escaped(mut ldap: web::Data<LdapConn>, name: web::Path<String>) -> HttpResponse {
    let filter = format!("(uid={})", ldap_escape(name.as_str()));
    HttpResponse::Ok().json(ldap.search("dc=example", Scope::Subtree, &filter, vec!["cn"]).is_ok())
}

// trap: a number in a filter
async fn numbered(mut ldap: web::Data<LdapConn>, id: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().json(ldap.search("dc=example", Scope::Subtree, &format!("(uidNumber={id})"), vec!["cn"]).is_ok())
}

async fn constant(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok().json(sxd_xpath::evaluate_xpath(&document, "//user").is_ok())
}
