#[derive(Scope)]
enum Scopes {
    #[scope("items:read")]
    Read,
    #[scope("items:write")]
    Write,
}
const _: () = {
    #[automatically_derived]
    impl ::palisade::__private::ScopeName for Scopes {
        fn scope_name(&self) -> &'static ::core::primitive::str {
            match self {
                Self::Read => "items:read",
                Self::Write => "items:write",
            }
        }
    }
    #[automatically_derived]
    impl ::palisade::__private::Scopes for Scopes {
        const ALL: &'static [Self] = &[Self::Read, Self::Write];
    }
};
