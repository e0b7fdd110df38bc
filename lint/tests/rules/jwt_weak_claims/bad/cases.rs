use actix_web::{HttpResponse, Result, web};

fn endless() -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::default();
    validation.validate_exp = false; //~ jwt_weak_claims
    validation
}

fn for_anyone() -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::default();
    validation.validate_aud = false; //~ jwt_weak_claims
    validation
}

fn nothing_required() -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::default();
    validation.set_required_spec_claims::<&str>(&[]); //~ jwt_weak_claims
    validation
}
