#[allow(non_camel_case_types, missing_debug_implementations)]
struct ping;
const _: () = {
    #[allow(clippy::unused_async)]
    async fn ping() -> &'static str {
        "pong"
    }
    static __PALISADE_POLICY: ::palisade::__private::Policy = ::palisade::__private::Policy {
        name: "ping",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
        route: ::core::option::Option::Some(::palisade::__private::Route {
            methods: &["GET"],
            path: "/ping",
            parameters: &[],
            name: ::core::option::Option::None,
        }),
        access: ::palisade::__private::Access::Public,
        credentials: &[],
        revocation_outage: ::palisade::__private::RevocationOutage::Refuse,
        limits: &[],
        body_limit: ::core::option::Option::None,
        body_timeout: ::core::option::Option::None,
        body_encodings: &[],
        upload: ::core::option::Option::None,
        timeout: ::core::option::Option::None,
        validation: ::palisade::__private::Validation::NoInput,
        answers_page: false,
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
        arguments: &[],
        returns: "&'static str",
        reasons: &[],
    };
    impl ::palisade::__private::Endpoint for ping {
        fn mounted() -> ::palisade::__private::Mounted {
            ::palisade::__private::Policy::mount(
                    &__PALISADE_POLICY,
                    ping,
                    (),
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
                                &'static str,
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
    impl ::palisade::__private::HttpServiceFactory for ping {
        fn register(self, __palisade_app: &mut ::palisade::__private::AppService) {
            <Self as ::palisade::__private::Endpoint>::mounted().register(__palisade_app)
        }
    }
    #[cfg(test)]
    impl ping {
        ///Calls the handler without its guards; exists in tests only.
        #[allow(dead_code, clippy::unused_async, clippy::too_many_arguments)]
        async fn unguarded() -> &'static str {
            ping().await
        }
    }
};
