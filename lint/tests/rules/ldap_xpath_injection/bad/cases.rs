use actix_web::{HttpResponse, Result, web};

use ldap3::{LdapConn, Scope};

async fn filter(mut ldap: web::Data<LdapConn>, name: web::Path<String>) -> HttpResponse {
    let found = ldap.search("dc=example", Scope::Subtree, &format!("(uid={name})"), vec!["cn"]); //~ ldap_xpath_injection
    HttpResponse::Ok().json(found.is_ok())
}

async fn base(mut ldap: web::Data<LdapConn>, unit: web::Path<String>) -> HttpResponse {
    let base = format!("ou={},dc=example", unit);
    let found = ldap.search(&base, Scope::Subtree, "(objectClass=person)", vec!["cn"]); //~ ldap_xpath_injection
    HttpResponse::Ok().json(found.is_ok())
}

async fn xpath(name: web::Path<String>, document: web::Data<Document>) -> HttpResponse {
    let value = sxd_xpath::evaluate_xpath(&document, &format!("//user[name='{name}']")); //~ ldap_xpath_injection
    HttpResponse::Ok().json(value.is_ok())
}
