#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 80))]
    name: String,
    #[validate(range(min = 0, max = 1_000))]
    amount: u32,
    note: Option<Text<200>>,
}
const _: () = {
    #[allow(unused_imports)]
    use ::palisade::__private::input_methods::*;
    impl ::palisade::__private::Input for NewItem {
        const SEAL: ::palisade::__private::InputSeal = ::palisade::__private::input_seal();
        const FIELDS: &'static [::palisade::__private::InputField] = &[
            ::palisade::__private::InputField::by_length::<String>("name", "name")
                .with_rules(
                    &[
                        ::palisade::__private::InputRule::Length(|| [
                            ::core::option::Option::Some(1),
                            ::core::option::Option::Some(80),
                            ::core::option::Option::None,
                        ]),
                    ],
                ),
            ::palisade::__private::InputField::bounded::<u32>("amount", "amount")
                .with_rules(
                    &[
                        ::palisade::__private::InputRule::Range(|| [
                            ::core::option::Option::Some(
                                ::palisade::__private::InputNumber::written("0"),
                            ),
                            ::core::option::Option::Some(
                                ::palisade::__private::InputNumber::written("1000"),
                            ),
                            ::core::option::Option::None,
                            ::core::option::Option::None,
                        ]),
                    ],
                ),
            ::palisade::__private::InputField::bounded::<
                Option<Text<200>>,
            >("note", "note"),
        ];
        const LAYOUT: ::palisade::__private::InputLayout = ::palisade::__private::InputLayout::Struct;
        const PATH: ::palisade::__private::PathShape = ::palisade::__private::PathShape::Fields(
            &["name", "amount", "note"],
        );
    }
    impl ::palisade::__private::FieldType for NewItem {
        const FIELD_SEAL: ::palisade::__private::InputSeal = ::palisade::__private::input_seal();
        const MERGES: ::core::primitive::bool = ::palisade::__private::InputField::any_patch(
            <Self as ::palisade::__private::Input>::FIELDS,
        );
        const STACK: ::core::primitive::usize = ::palisade::__private::InputForm::stack_of::<
            NewItem,
        >();
        fn wire() -> ::palisade::__private::InputWire {
            ::palisade::__private::InputWire::of::<Self>()
        }
        fn conditions(
            &self,
            __palisade_at: &::palisade::__private::InputAt<'_>,
            __palisade_report: &mut ::palisade::__private::InputReport,
        ) {
            {
                let __palisade_at = &__palisade_at.name("name");
                __palisade_report
                    .length(
                        __palisade_at,
                        &self.name,
                        [
                            ::core::option::Option::Some(1),
                            ::core::option::Option::Some(80),
                            ::core::option::Option::None,
                        ],
                        "length",
                    );
                ::palisade::__private::InputInner::<
                    String,
                >::conditions_of(&self.name, __palisade_at, __palisade_report);
            }
            {
                let __palisade_at = &__palisade_at.name("amount");
                __palisade_report
                    .range(
                        __palisade_at,
                        &self.amount,
                        [
                            ::core::option::Option::Some(0),
                            ::core::option::Option::Some(1_000),
                            ::core::option::Option::None,
                            ::core::option::Option::None,
                        ],
                        "range",
                    );
                ::palisade::__private::InputInner::<
                    u32,
                >::conditions_of(&self.amount, __palisade_at, __palisade_report);
            }
            {
                let __palisade_at = &__palisade_at.name("note");
                ::palisade::__private::InputInner::<
                    Option<Text<200>>,
                >::conditions_of(&self.note, __palisade_at, __palisade_report);
            }
            __palisade_report
                .own_rules(
                    self,
                    __palisade_at,
                    ::palisade::__private::InputByHand::<
                        Self,
                        { ::palisade::__private::InputWhole::<Self>::IS_DERIVED },
                    >::RULES,
                );
        }
    }
    impl ::palisade::__private::Nested for NewItem {
        const NESTED_SEAL: ::palisade::__private::InputSeal = ::palisade::__private::input_seal();
    }
    impl ::palisade::__private::NamedFields for NewItem {
        const NAMED_SEAL: ::palisade::__private::InputSeal = ::palisade::__private::input_seal();
    }
    impl ::palisade::__private::PathInput for NewItem
    where
        for<'a> ::palisade::__private::PathFit<
            'a,
            { <NewItem as ::palisade::__private::Input>::PATH_SAFE },
        >: ::palisade::__private::FitsPath,
    {
        const PATH_SEAL: ::palisade::__private::InputSeal = ::palisade::__private::input_seal();
    }
    const _: () = {
        let _fields = <NewItem as ::palisade::__private::Input>::FIELDS;
        ::palisade::__private::InputForm::asks_rules::<NewItem>();
        ::palisade::__private::InputField::check_size(
            ::palisade::__private::InputHeld::<String>::SIZE,
        );
        ::palisade::__private::InputField::check_size(
            ::palisade::__private::InputHeld::<u32>::SIZE,
        );
        ::palisade::__private::InputField::check_size(
            ::palisade::__private::InputHeld::<Option<Text<200>>>::SIZE,
        );
        ::palisade::__private::InputForm::check_stack::<NewItem>();
    };
};
