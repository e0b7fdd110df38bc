#[allow(non_camel_case_types, missing_debug_implementations)]
struct rename;
const _: () = {
    #[allow(clippy::unused_async)]
    async fn rename(
        id: Path<u64>,
        item: Json<NewItem>,
        items: Data<Items>,
    ) -> Result<Json<Item>> {
        items.rename(*id, item.into_inner()).await
    }
    #[allow(unused_imports)]
    use ::palisade::__private::NoShape as _;
    static __PALISADE_POLICY: ::palisade::__private::Policy = {
        let __palisade_policy = ::palisade::__private::Policy {
            name: "rename",
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
            route: ::core::option::Option::Some(::palisade::__private::Route {
                methods: &["POST"],
                path: "/items/{id}",
                parameters: &["id"],
                name: ::core::option::Option::None,
            }),
            access: ::palisade::__private::Access::Scoped(
                &::palisade::__private::Scope::All(
                    &[
                        ::palisade::__private::Scope::Name("items:write"),
                        ::palisade::__private::Scope::Any(
                            &[
                                ::palisade::__private::Scope::Name("staff"),
                                ::palisade::__private::Scope::Name("owner"),
                            ],
                        ),
                    ],
                ),
            ),
            credentials: &[],
            revocation_outage: ::palisade::__private::RevocationOutage::Refuse,
            limits: &[],
            body_limit: ::core::option::Option::None,
            body_timeout: ::core::option::Option::None,
            body_encodings: &[],
            upload: ::core::option::Option::None,
            timeout: ::core::option::Option::None,
            validation: ::palisade::__private::Validation::Strict,
            answers_page: {
                #[allow(unused_imports)]
                use ::palisade::__private::NoPage as _;
                <::palisade::__private::AnswerProbe<Result<Json<Item>>>>::IS_PAGE
            },
            cross_site: ::palisade::__private::CrossSite::Refuse,
            cors: ::palisade::__private::Cors::Service,
            conditions: ::palisade::__private::Conditions::Refused,
            headers: ::palisade::__private::HeaderOverrides {
                profile: ::core::option::Option::None,
                cache: ::core::option::Option::None,
                csp: ::core::option::Option::None,
                report_only: ::core::option::Option::None,
                permissions: ::core::option::Option::None,
                resource: ::core::option::Option::None,
            },
            compression: ::palisade::__private::Compression::Never,
            arguments: &[
                ::palisade::__private::Argument {
                    written: "Path<u64>",
                    shape: <::palisade::__private::Probe<
                        Path<u64>,
                        ::palisade::__private::Authenticated,
                        ::palisade::__private::Validated,
                    >>::SHAPE,
                },
                ::palisade::__private::Argument {
                    written: "Json<NewItem>",
                    shape: <::palisade::__private::Probe<
                        Json<NewItem>,
                        ::palisade::__private::Authenticated,
                        ::palisade::__private::Validated,
                    >>::SHAPE,
                },
                ::palisade::__private::Argument {
                    written: "Data<Items>",
                    shape: <::palisade::__private::Probe<
                        Data<Items>,
                        ::palisade::__private::Authenticated,
                        ::palisade::__private::Validated,
                    >>::SHAPE,
                },
            ],
            returns: "Result<Json<Item>>",
            reasons: &[],
        };
        ::palisade::__private::Policy::check_argument(&__palisade_policy, 0usize);
        ::palisade::__private::Policy::check_parameters(&__palisade_policy);
        ::palisade::__private::Policy::check_validated(&__palisade_policy);
        __palisade_policy
    };
    const _: () = {
        ::palisade::__private::Policy::check_argument(&__PALISADE_POLICY, 1usize);
        ::palisade::__private::Policy::check_argument(&__PALISADE_POLICY, 2usize);
    };
    impl ::palisade::__private::Endpoint for rename {
        fn mounted() -> ::palisade::__private::Mounted {
            ::palisade::__private::Policy::mount(
                    &__PALISADE_POLICY,
                    rename,
                    (
                        ::palisade::__private::take::<
                            Path<u64>,
                            ::palisade::__private::Authenticated,
                            ::palisade::__private::Validated,
                        >(),
                        ::palisade::__private::take::<
                            Json<NewItem>,
                            ::palisade::__private::Authenticated,
                            ::palisade::__private::Validated,
                        >(),
                        ::palisade::__private::take::<
                            Data<Items>,
                            ::palisade::__private::Authenticated,
                            ::palisade::__private::Validated,
                        >(),
                    ),
                    ::palisade::__private::EXPANSION,
                )
                .described(
                    &::palisade::__private::Description {
                        docs: "",
                        statuses: &[],
                        answer: ::core::option::Option::Some(|
                            __palisade_schemas: &mut ::palisade::__private::Schemas|
                        {
                            #[allow(unused_imports)]
                            use ::palisade::__private::answer_fallbacks::*;
                            let __palisade_answer = ::palisade::__private::AnswerOf::<
                                Result<Json<Item>>,
                            >::NEW;
                            __palisade_schemas
                                .answer(
                                    __palisade_answer.head(),
                                    __palisade_answer.content().schema(),
                                )
                        }),
                    },
                )
        }
    }
    impl ::palisade::__private::HttpServiceFactory for rename {
        fn register(self, __palisade_app: &mut ::palisade::__private::AppService) {
            <Self as ::palisade::__private::Endpoint>::mounted().register(__palisade_app)
        }
    }
    #[cfg(test)]
    impl rename {
        ///Calls the handler without its guards; exists in tests only.
        #[allow(dead_code, clippy::unused_async, clippy::too_many_arguments)]
        async fn unguarded(
            __palisade_a0: Path<u64>,
            __palisade_a1: Json<NewItem>,
            __palisade_a2: Data<Items>,
        ) -> Result<Json<Item>> {
            rename(__palisade_a0, __palisade_a1, __palisade_a2).await
        }
    }
};
