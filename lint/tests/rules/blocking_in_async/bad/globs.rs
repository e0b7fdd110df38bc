use actix_web::*;
use palisade::prelude::*;

async fn wait() -> HttpResponse {
    std::thread::sleep(std::time::Duration::from_secs(1)); //~ blocking_in_async
    HttpResponse::Ok().finish()
}

async fn read() -> HttpResponse {
    HttpResponse::Ok().json(std::fs::read("a").is_ok()) //~ blocking_in_async
}

mod standard {
    use std::*;

    async fn wait() {
        thread::sleep(time::Duration::from_secs(1)); //~ blocking_in_async
    }
}

mod sleeping {
    use std::thread::*;

    async fn wait() {
        sleep(std::time::Duration::from_secs(1)); //~ blocking_in_async
    }
}

mod files {
    use super::*;
    use std::fs::*;

    async fn open() {
        let file = File::open("a"); //~ blocking_in_async
    }
}
