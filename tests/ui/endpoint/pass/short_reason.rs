use palisade::prelude::*;

#[post("/a")]
#[public(reason = "costs little")]
async fn english() -> NoContent {
    NoContent
}

#[post("/b")]
#[public(reason = "каждый может читать каталог")]
async fn russian() -> NoContent {
    NoContent
}

#[post("/c")]
#[public(reason = "公開カタログのため")]
async fn japanese() -> NoContent {
    NoContent
}

#[post("/d")]
#[public(reason = "الكتالوج متاح للجميع")]
async fn arabic() -> NoContent {
    NoContent
}

fn main() {}
