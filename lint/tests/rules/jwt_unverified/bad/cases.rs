use actix_web::{HttpResponse, Result, web};

fn dangerous(token: &str) -> bool {
    jsonwebtoken::dangerous::insecure_decode::<Claims>(token).is_ok() //~ jwt_unverified
}

fn imported(token: &str) -> bool {
    use jsonwebtoken::dangerous::insecure_decode;
    insecure_decode::<Claims>(token).is_ok() //~ jwt_unverified
}

fn switched_off() -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::default();
    validation.insecure_disable_signature_validation(); //~ jwt_unverified
    validation
}
