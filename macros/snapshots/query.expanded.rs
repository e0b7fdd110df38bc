async fn titles(db: &Db, term: &str) -> Result<Vec<String>, SqlError> {
    {
        const _: ::core::option::Option<&str> = ::core::option_env!(
            "MIGRATIONS_SEEN_BY_PALISADE",
        );
        const _: &[u8] = ::core::include_bytes!(
            "/macros/../tests/../macros/snapshots/migrations/0001_notes.sql",
        );
        const KNOWN: &[::palisade::__private::sql::Known] = &[
            ::palisade::__private::sql::Known {
                name: "title",
                kind: "text",
                nullable: ::core::option::Option::Some(false),
            },
        ];
        const _: () = {
            #[allow(unused_imports)]
            use {
                ::palisade::__private::sql::NoColumn as _,
                ::palisade::__private::sql::NoRow as _,
            };
            ::palisade::__private::sql::check_output(
                ::palisade::__private::sql::RowProbe::<String>::SHAPE,
                ::palisade::__private::sql::ColumnProbe::<String>::SHAPE,
                KNOWN,
            )
        };
        static STATEMENT: ::palisade::__private::sql::Statement = ::palisade::__private::sql::Statement {
            texts: [
                ::core::option::Option::Some(
                    &[
                        ::palisade::__private::sql::Part::Text(
                            "SELECT title FROM notes WHERE title LIKE ?1 ESCAPE '!'",
                        ),
                    ],
                ),
                ::core::option::Option::Some(
                    &[
                        ::palisade::__private::sql::Part::Text(
                            "SELECT title FROM notes WHERE title LIKE $1 ESCAPE '!'",
                        ),
                    ],
                ),
                ::core::option::Option::Some(
                    &[
                        ::palisade::__private::sql::Part::Text(
                            "SELECT title FROM notes WHERE title LIKE ? ESCAPE '!'",
                        ),
                    ],
                ),
            ],
            columns: &[
                ::palisade::__private::sql::Column {
                    name: "title",
                    kind: "text",
                    nullable: false,
                },
            ],
            schema: ::core::option::Option::Some(4598443564289425528u64),
            file: ::core::file!(),
            line: ::core::line!(),
            kind: ::palisade::__private::sql::StatementKind::Select,
            weakened: &[],
        };
        ::palisade::__private::sql::query::<
            String,
            _,
        >(
            &STATEMENT,
            |binds| {
                binds.add_pattern(&(palisade::sql::contains(term)))?;
                ::core::result::Result::Ok(())
            },
        )
    }
        .fetch_all(db)
        .await
}
