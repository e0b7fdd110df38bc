#[allow(non_camel_case_types, missing_debug_implementations)]
struct log_in;
const _: () = {
    #[allow(clippy::unused_async)]
    async fn log_in(form: Json<LogIn>) -> Result<Json<Tokens>> {
        form.into_inner().log_in().await
    }
    #[allow(unused_imports)]
    use ::palisade::__private::NoShape as _;
    static __PALISADE_POLICY: ::palisade::__private::Policy = {
        let __palisade_policy = ::palisade::__private::Policy {
            name: "log_in",
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
            route: ::core::option::Option::Some(::palisade::__private::Route {
                methods: &["POST"],
                path: "/login",
                parameters: &[],
                name: ::core::option::Option::None,
            }),
            access: ::palisade::__private::Access::Public,
            credentials: &[],
            revocation_outage: ::palisade::__private::RevocationOutage::Refuse,
            limits: &[
                ::palisade::__private::RateLimit {
                    name: "global-concurrent",
                    unit: ::palisade::__private::Unit::InFlight,
                    quota: 2u32,
                    window: ::palisade::__private::Duration::from_secs(0u64),
                    burst: 2u32,
                    cost: 1u32,
                    count: ::palisade::__private::Count::All,
                    key: &[::palisade::__private::LimitKey::Global],
                    store: ::palisade::__private::LimitStore::Service,
                    outage: ::palisade::__private::LimitOutage::Local,
                    ban: ::core::option::Option::None,
                    track: false,
                },
                ::palisade::__private::RateLimit {
                    name: "ip",
                    unit: ::palisade::__private::Unit::Requests,
                    quota: 5u32,
                    window: ::palisade::__private::Duration::from_secs(60u64),
                    burst: 3u32,
                    cost: 1u32,
                    count: ::palisade::__private::Count::All,
                    key: &[::palisade::__private::LimitKey::Address],
                    store: ::palisade::__private::LimitStore::Service,
                    outage: ::palisade::__private::LimitOutage::Local,
                    ban: ::core::option::Option::None,
                    track: false,
                },
            ],
            body_limit: ::core::option::Option::Some(2048u64),
            body_timeout: ::core::option::Option::None,
            body_encodings: &[],
            upload: ::core::option::Option::None,
            timeout: ::core::option::Option::Some(
                ::palisade::__private::Duration::from_millis(3000u64),
            ),
            validation: ::palisade::__private::Validation::Strict,
            answers_page: {
                #[allow(unused_imports)]
                use ::palisade::__private::NoPage as _;
                <::palisade::__private::AnswerProbe<Result<Json<Tokens>>>>::IS_PAGE
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
                    written: "Json<LogIn>",
                    shape: <::palisade::__private::Probe<
                        Json<LogIn>,
                        ::palisade::__private::Anonymous,
                        ::palisade::__private::Validated,
                    >>::SHAPE,
                },
            ],
            returns: "Result<Json<Tokens>>",
            reasons: &[
                ::palisade::__private::Reason {
                    word: "public",
                    reason: "it is how tokens are obtained",
                },
            ],
        };
        ::palisade::__private::Policy::check_argument(&__palisade_policy, 0usize);
        ::palisade::__private::Policy::check_validated(&__palisade_policy);
        __palisade_policy
    };
    impl ::palisade::__private::Endpoint for log_in {
        fn mounted() -> ::palisade::__private::Mounted {
            ::palisade::__private::Policy::mount(
                    &__PALISADE_POLICY,
                    log_in,
                    (
                        ::palisade::__private::take::<
                            Json<LogIn>,
                            ::palisade::__private::Anonymous,
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
                                Result<Json<Tokens>>,
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
    impl ::palisade::__private::HttpServiceFactory for log_in {
        fn register(self, __palisade_app: &mut ::palisade::__private::AppService) {
            <Self as ::palisade::__private::Endpoint>::mounted().register(__palisade_app)
        }
    }
    #[cfg(test)]
    impl log_in {
        ///Calls the handler without its guards; exists in tests only.
        #[allow(dead_code, clippy::unused_async, clippy::too_many_arguments)]
        async fn unguarded(__palisade_a0: Json<LogIn>) -> Result<Json<Tokens>> {
            log_in(__palisade_a0).await
        }
    }
};
