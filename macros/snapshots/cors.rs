const PARTNERS: CorsPolicy = cors!(
    "https://partner.example",
    "https://*.shop.example",
    headers("x-api-key"),
    max_age = "1 h",
);
