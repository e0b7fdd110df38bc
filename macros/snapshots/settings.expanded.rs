#[derive(Settings)]
#[settings(section = "shop")]
struct Shop {
    /// Items of one page.
    #[setting(default = 20, min = 1, max = 100)]
    page_size: u32,
    /// Signs links to invoices.
    link_key: SecretString,
}
const _: () = {
    const _: () = ::palisade::__private::Described::check(
        !<u32 as ::palisade::__private::SettingValue>::SECRET,
        "the setting `page_size` is a secret, and its `default` would be a secret that everyone who has the program knows: remove `default`, and write `Option<..>` if the service can run without it",
    );
    #[automatically_derived]
    impl ::palisade::__private::Settings for Shop {
        const SERVICE: ::palisade::__private::Service = ::palisade::__private::Service {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            about: "",
            section: "shop",
        };
        fn described() -> ::std::vec::Vec<::palisade::__private::Described> {
            ::std::vec![
                ::palisade::__private::Described {
                    name: "SHOP_PAGE_SIZE",
                    section: "shop",
                    key: "page_size",
                    about: "Items of one page.",
                    takes: <u32 as ::palisade::__private::SettingValue>::TAKES,
                    default: "20",
                    secret: <u32 as ::palisade::__private::SettingValue>::SECRET,
                    from: ("SHOP_PAGE_SIZE_FROM", "page_size_from"),
                    flag: !<u32 as ::palisade::__private::SettingValue>::SECRET,
                },
                ::palisade::__private::Described {
                    name: "SHOP_LINK_KEY",
                    section: "shop",
                    key: "link_key",
                    about: "Signs links to invoices.",
                    takes: <SecretString as ::palisade::__private::SettingValue>::TAKES,
                    default: "",
                    secret: <SecretString as ::palisade::__private::SettingValue>::SECRET,
                    from: ("SHOP_LINK_KEY_FROM", "link_key_from"),
                    flag: !<SecretString as ::palisade::__private::SettingValue>::SECRET,
                },
            ]
        }
        fn read(
            __reader: &mut ::palisade::__private::SettingsReader<'_>,
        ) -> ::core::option::Option<Self> {
            let __described = <Self as ::palisade::__private::Settings>::described();
            let __field_0 = match __described.get(0usize) {
                ::core::option::Option::Some(__setting) => {
                    __reader
                        .bounded::<
                            u32,
                        >(
                            __setting,
                            &::palisade::__private::Bounds {
                                min: ::core::option::Option::Some("1"),
                                max: ::core::option::Option::Some("100"),
                                one_of: &[],
                                needs: ::core::option::Option::None,
                                unchecked: ::core::option::Option::None,
                            },
                        )
                }
                ::core::option::Option::None => ::core::option::Option::None,
            };
            let __field_1 = match __described.get(1usize) {
                ::core::option::Option::Some(__setting) => {
                    __reader
                        .value::<
                            SecretString,
                        >(
                            __setting,
                            &::palisade::__private::Bounds {
                                min: ::core::option::Option::None,
                                max: ::core::option::Option::None,
                                one_of: &[],
                                needs: ::core::option::Option::None,
                                unchecked: ::core::option::Option::None,
                            },
                        )
                }
                ::core::option::Option::None => ::core::option::Option::None,
            };
            ::core::option::Option::Some(Self {
                page_size: __field_0?,
                link_key: __field_1?,
            })
        }
    }
};
