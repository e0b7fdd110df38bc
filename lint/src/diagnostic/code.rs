//! The list of all mistakes that this crate reports.

use std::fmt;

/// Declares the codes once: the variants, their stable names and the list of all.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// A mistake. Each has a fixture of its own among the UI tests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, which is also the name of the fixture.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    // What an attribute says at all.
    /// Tokens that are not a readable argument list, item or expression.
    UnreadableSyntax "unreadable_syntax",
    /// An option that the attribute does not have.
    UnknownWord "unknown_word",
    /// An option given twice.
    RepeatedWord "repeated_word",
    /// A duplicate attribute that may occur once.
    RepeatedAttribute "repeated_attribute",
    /// An argument that the attribute cannot do without.
    MissingArgument "missing_argument",
    /// An argument that the attribute does not take.
    UnexpectedArgument "unexpected_argument",
    /// A value of the wrong kind: a number where a string belongs.
    WrongValue "wrong_value",
    /// `crate = ..` with a path that begins in the crate that is being compiled.
    LocalCratePath "local_crate_path",
    /// Two attributes that name different paths to the crate.
    CratePathsDisagree "crate_paths_disagree",
    /// One of our words under `cfg_attr`.
    ConditionalAttribute "conditional_attribute",
    /// An attribute that was renamed, so that its siblings could not find it.
    LeftOverAttribute "left_over_attribute",
    /// An attribute on something that is not a function.
    NotAFunction "not_a_function",
    /// An attribute that needs a feature of the runtime.
    MissingFeature "missing_feature",

    // Route.
    /// Two routes on one handler.
    TwoRoutes "two_routes",
    /// A route attribute from a crate that we do not know.
    ForeignRoute "foreign_route",
    /// An option of another crate's route attribute that we would drop.
    ForeignRouteOption "foreign_route_option",
    /// An unknown method, or one that no endpoint may answer.
    UnknownMethod "unknown_method",
    /// A path that is not absolute.
    PathNotAbsolute "path_not_absolute",
    /// A brace in a path without its partner.
    PathBraces "path_braces",
    /// A path parameter without a usable name.
    PathParameterName "path_parameter_name",
    /// Two path parameters of one name.
    PathParameterTwice "path_parameter_twice",
    /// More path parameters than Actix can route.
    PathTooManyParameters "path_too_many_parameters",
    /// An empty or dot segment, which no client can ask for.
    PathSegment "path_segment",
    /// A character that is not allowed in a path.
    PathCharacter "path_character",

    // Access.
    /// Nothing says who may call.
    NoAccess "no_access",
    /// Two attributes say different things about who may call.
    TwoAccesses "two_accesses",
    /// A scope without text.
    EmptyScope "empty_scope",
    /// A scope that is no RFC 6749 scope token.
    MalformedScope "malformed_scope",
    /// A scope that looks like a pattern.
    WildcardScope "wildcard_scope",
    /// One scope twice in a group.
    DuplicateScope "duplicate_scope",
    /// A group of scopes with nothing in it.
    EmptyGroup "empty_group",
    /// Several scopes without `all` or `any`.
    UngroupedScopes "ungrouped_scopes",
    /// A condition on scopes that a token without any fulfils.
    NothingRequired "nothing_required",
    /// A condition on scopes that no token fulfils.
    ImpossibleScopes "impossible_scopes",
    /// A kind of credentials whose name no authenticator can have.
    CredentialsName "credentials_name",
    /// Credentials chosen where none are looked at.
    CredentialsOnPublic "credentials_on_public",
    /// An origin that browsers do not send, or that any party can obtain.
    CorsOrigin "cors_origin",
    /// Every origin together with credentials or with a list.
    CorsAny "cors_any",
    /// A header field that pages cannot send or read.
    CorsField "cors_field",
    /// An answer to preflight requests that is kept for longer than a day.
    CorsMaxAge "cors_max_age",
    /// A weakened default without a reason.
    MissingReason "missing_reason",
    /// A reason without content.
    ShortReason "short_reason",

    // Limits.
    /// A rate that is not `count/window`.
    MalformedRate "malformed_rate",
    /// A rate of zero.
    ZeroRate "zero_rate",
    /// A window that is not a whole number of seconds, or longer than a month.
    RateWindow "rate_window",
    /// More per second than the limiter can count.
    RateTooHigh "rate_too_high",
    /// A number of requests at once that is nothing, or above 10,000.
    ConcurrencyOutOfRange "concurrency_out_of_range",
    /// A burst of zero, or above the quota.
    BurstOutOfRange "burst_out_of_range",
    /// A cost of zero, or above the burst.
    CostOutOfRange "cost_out_of_range",
    /// An option without an effect on this kind of limit.
    MeaninglessOption "meaningless_option",
    /// An unknown limit key.
    UnknownLimitKey "unknown_limit_key",
    /// A limit by several keys at once that are one, or more than four.
    LimitKeyCount "limit_key_count",
    /// A limit by the same key twice.
    LimitKeyTwice "limit_key_twice",
    /// A limit by a global key and another key at once.
    GlobalAmongKeys "global_among_keys",
    /// A limit by subject or client where there is none.
    SubjectLimitOnPublic "subject_limit_on_public",
    /// A limit by a header that cannot exist.
    LimitHeaderName "limit_header_name",
    /// A limit whose key the caller chooses, and no other that counts the same.
    LimitByHeaderAlone "limit_by_header_alone",
    /// A limit whose key the caller chooses, beside limits that let through far more.
    LimitBesideTooWide "limit_beside_too_wide",
    /// A limit by a path parameter that the path does not have.
    LimitPathParameter "limit_path_parameter",
    /// A limit by a function that is not named.
    LimitFunction "limit_function",
    /// A limit by a function of something that the caller chooses.
    LimitFunctionSource "limit_function_source",
    /// A limit by something that cannot be a field of a body.
    LimitBodyField "limit_body_field",
    /// A limit by a field of a body that is not validated.
    LimitBodyNotValidated "limit_body_not_validated",
    /// A limit by a field of a body where no argument is known to be one.
    LimitBodyArgument "limit_body_argument",
    /// A limit of bytes by what is known only when they have been read.
    BytesByBodyField "bytes_by_body_field",
    /// A limit of bytes that is below the largest body of its endpoint.
    BytesBelowBodyLimit "bytes_below_body_limit",
    /// A ban that is not `N refusals in WINDOW, TIME`.
    MalformedBan "malformed_ban",
    /// A ban after nothing or too much, for no time or for too long.
    BanOutOfRange "ban_out_of_range",
    /// A ban that ends before its limit would admit the next request.
    BanTooShort "ban_too_short",
    /// A ban on a key that all callers share.
    BanOfEverybody "ban_of_everybody",
    /// A limit's name that is not allowed in a header field.
    LimitName "limit_name",
    /// Two limits of one name.
    DuplicateLimitName "duplicate_limit_name",

    // Files.
    /// A kind of file that there is not.
    UploadKind "upload_kind",
    /// A number of files that is nothing, or above 100.
    UploadFiles "upload_files",
    /// A number of pixels that is nothing, or above a thousand million.
    UploadPixels "upload_pixels",
    /// A number of frames that is nothing, or above a hundred thousand.
    UploadFrames "upload_frames",
    /// A charset of texts that cannot be read, or is UTF-8.
    UploadCharset "upload_charset",
    /// A name that no field of a form has.
    UploadField "upload_field",
    /// Files taken by a method whose requests have no body.
    UploadMethod "upload_method",
    /// A file that is larger than the body that it comes in.
    UploadAboveBodyLimit "upload_above_body_limit",

    // Content codings.
    /// A content coding that there is not.
    BodyEncodingName "body_encoding_name",

    // Sizes, times, headers, rules.
    /// A size that is not `count unit`.
    MalformedSize "malformed_size",
    /// A body or a file of zero bytes, or above 1 GiB.
    SizeOutOfRange "size_out_of_range",
    /// A deadline of a body that its cap does not fit.
    BodyTimeoutTooShort "body_timeout_too_short",
    /// A time that is not `count unit`.
    MalformedDuration "malformed_duration",
    /// A deadline of zero, or above an hour.
    DurationOutOfRange "duration_out_of_range",
    /// Conditions of requests on an endpoint that changes nothing.
    ConditionalMethod "conditional_method",
    /// A header value that browsers or caches would not read as meant.
    HeaderValue "header_value",
    /// A policy for browsers that they would read otherwise, or ignore in part.
    MalformedPolicy "malformed_policy",
    /// A policy for browsers that protects less than it should.
    WeakPolicy "weak_policy",
    /// A shared cache that is allowed to store what only one caller may see.
    SharedCache "shared_cache",
    /// A rule that there is not.
    UnknownRule "unknown_rule",

    // The handler's signature.
    /// A handler that is not `async`.
    NotAsync "not_async",
    /// A handler with type parameters, lifetimes or a `where` clause.
    GenericHandler "generic_handler",
    /// A handler that takes `self`.
    SelfArgument "self_argument",
    /// An argument whose type is not written.
    ImplTraitArgument "impl_trait_argument",
    /// A handler that is `unsafe`, `const`, `extern` or variadic.
    HandlerQualifier "handler_qualifier",
    /// An attribute on an argument.
    ArgumentAttribute "argument_attribute",
    /// More arguments than a reviewer can judge.
    TooManyArguments "too_many_arguments",

    // What the handler does.
    /// A pattern that one of the rules denies.
    DeniedPattern "denied_pattern",
    /// An `allow_unsafe` that silences nothing.
    UnusedSuppression "unused_suppression",

    // The other macros.
    /// Something in `endpoints!` that is not the path of a handler.
    NotAHandlerPath "not_a_handler_path",
    /// An attribute in `endpoints!` that is not `#[cfg(..)]`.
    ListAttribute "list_attribute",
    /// One handler twice in `endpoints!`.
    HandlerTwice "handler_twice",
    /// A `main` that is not `async fn main()`.
    MainSignature "main_signature",

    // Queries.
    /// A brace in a query without its partner, or with nothing in it.
    SqlBraces "sql_braces",
    /// A brace in a query's quotes, where it would be text.
    SqlQuotedBrace "sql_quoted_brace",
    /// A brace in a query that touches a word, a number or a quote.
    SqlTouchingBrace "sql_touching_brace",
    /// The braces of a query contain something that is not a Rust expression, or an expression that
    /// leaves the function.
    SqlExpression "sql_expression",
    /// A comment in a query.
    SqlComment "sql_comment",
    /// Quotes in a query that databases read differently.
    SqlQuote "sql_quote",
    /// A placeholder that is written by hand.
    SqlPlaceholder "sql_placeholder",
    /// Too many optional fragments in a query, or one inside another.
    SqlFragments "sql_fragments",
    /// Text that is not a statement of the database.
    SqlSyntax "sql_syntax",
    /// Something that one of the databases does not have.
    SqlDialect "sql_dialect",
    /// More than one statement in a query, or none.
    SqlTwoStatements "sql_two_statements",
    /// A query that changes the database itself.
    SqlDdl "sql_ddl",
    /// An UPDATE or DELETE of every row.
    SqlNoWhere "sql_no_where",
    /// A function that runs texts as SQL, or reaches files or other servers.
    SqlFunction "sql_function",
    /// A part of a query that has no effect, though it looks as if it had.
    SqlNoEffect "sql_no_effect",
    /// A value that becomes a pattern without being escaped.
    SqlPattern "sql_pattern",
    /// A list outside of `IN ( )`.
    SqlList "sql_list",
    /// A chosen name that matches no column.
    SqlChosenName "sql_chosen_name",
    /// A table that the migrations do not make.
    SqlUnknownTable "sql_unknown_table",
    /// A column that its table does not have.
    SqlUnknownColumn "sql_unknown_column",
    /// A variant for one database whose braces differ from those of the others.
    SqlVariant "sql_variant",
    /// Numbers that are compared with text.
    SqlCompared "sql_compared",
    /// Rows read from a query that gives none, or thrown away from one that does.
    SqlOutput "sql_output",
    /// A folder of migrations that cannot be read.
    SqlMigrations "sql_migrations",
    /// A set of names that is not a plain enum.
    NotANameEnum "not_a_name_enum",
    /// A name that no column can have.
    MalformedName "malformed_name",
    /// A row that is not a struct with named fields.
    RowFields "row_fields",

    // Input types.
    /// A struct whose fields have no names on the wire.
    InputUnnamedFields "input_unnamed_fields",
    /// A union, which has no safe reading.
    InputUnion "input_union",
    /// An input type with a lifetime, which would borrow from the request.
    GenericInput "generic_input",
    /// A type parameter of an input type without a bound.
    UnboundedParameter "unbounded_parameter",
    /// An attribute that may rewrite an input type between two lists of derives.
    AttributeBetweenDerives "attribute_between_derives",
    /// An input type that drops undeclared fields.
    UnknownFieldsDropped "unknown_fields_dropped",
    /// Unknown fields both refused and allowed.
    UnknownFieldsTwice "unknown_fields_twice",
    /// A variant that drops fields whatever its enum says.
    TaggedUnitVariant "tagged_unit_variant",
    /// A serde word that takes a value past the declared types.
    SerdeWord "serde_word",
    /// An `allow` of something that is not there.
    NothingAllowed "nothing_allowed",
    /// A length that bounds nothing.
    LengthTooLarge "length_too_large",
    /// Rules of a field that are switched off.
    SkippedRules "skipped_rules",

    // Types of scopes.
    /// A type of scopes that is not a plain enum.
    NotAScopeEnum "not_a_scope_enum",
    /// A variant with fields, which names more than one scope.
    ScopeVariantFields "scope_variant_fields",
    /// A variant whose name makes no scope.
    UnnamedScope "unnamed_scope",
    /// Two variants that name the same scope.
    ScopeNamedTwice "scope_named_twice",
    /// A grant that does not name another scope of the same type.
    UnknownGrant "unknown_grant",
    /// Scopes that grant each other.
    GrantCycle "grant_cycle",

    // Settings of a service.
    /// Settings that are not a struct with named fields.
    NotASettingsStruct "not_a_settings_struct",
    /// A name, a key or a section that settings cannot have.
    SettingName "setting_name",
    /// Two settings of one name.
    SettingNamedTwice "setting_named_twice",
    /// A setting without documentation.
    UndocumentedSetting "undocumented_setting",
    /// Bounds that no value or not the default meets.
    SettingBounds "setting_bounds",
    /// A setting that another one needs and that does not exist.
    UnknownSetting "unknown_setting",
}

impl Code {
    /// Whether the UI tests can make it: they are compiled with every feature.
    pub fn has_fixture(self) -> bool {
        self != Self::MissingFeature
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Code;

    #[test]
    fn names_are_unique_and_fit_a_file_name() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            let name = code.name();
            assert!(seen.insert(name), "{name} twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        }
    }
}
