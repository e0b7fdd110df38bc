fn main() -> Result<(), Failure> {
    async fn __palisade_main() -> Result<(), Failure> {
        Palisade::from_env()?
            .endpoints(
                ::palisade::__private::Endpoints::new().with(ping).with(shop::list),
            )
            .serve()
            .await
    }
    ::palisade::__private::launch(
        &::palisade::__private::Application {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            description: ::core::env!("CARGO_PKG_DESCRIPTION"),
            endpoints: ::core::option::Option::None,
        },
    );
    ::palisade::__private::block_on(__palisade_main())
}
