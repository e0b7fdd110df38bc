const PARTNERS: CorsPolicy = ::palisade::__private::CorsPolicy {
    origins: ::palisade::__private::CorsOrigins::Listed(
        &["https://partner.example", "https://*.shop.example"],
    ),
    credentials: false,
    headers: &["x-api-key"],
    expose: &[],
    max_age: ::core::option::Option::Some(3600u32),
    reason: ::core::option::Option::None,
};
