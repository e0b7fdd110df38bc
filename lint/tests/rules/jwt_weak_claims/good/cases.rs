use actix_web::{HttpResponse, Result, web};

fn strict() -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::default();
    validation.validate_exp = true;
    validation.set_audience(&["items"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation
}

fn leeway() -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::default();
    validation.leeway = 0;
    validation
}

// trap: another field that starts with the same word
fn other(form: &mut Form) {
    form.validate_email = false;
}
