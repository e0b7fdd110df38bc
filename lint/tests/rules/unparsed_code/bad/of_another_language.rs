use actix_web::HttpResponse;

function health() { //~ unparsed_code
    return "ok";
}
