//! What compiles: the twins of the fixtures that do not, each a module.
//!
//! `TRYBUILD=overwrite cargo test -p palisade-tests --test ui every_twin` writes the list.

// Each is a program that shows one thing; the lints of this workspace are about other things.
#![cfg(not(clippy))]
#![allow(dead_code, unreachable_pub, unused_imports, unused_qualifications)]

#[path = "../ui/cors/pass/cors_any.rs"]
mod cors_cors_any;
#[path = "../ui/cors/pass/cors_field.rs"]
mod cors_cors_field;
#[path = "../ui/cors/pass/cors_macro.rs"]
mod cors_cors_macro;
#[path = "../ui/cors/pass/cors_max_age.rs"]
mod cors_cors_max_age;
#[path = "../ui/cors/pass/cors_nothing.rs"]
mod cors_cors_nothing;
#[path = "../ui/cors/pass/cors_origin.rs"]
mod cors_cors_origin;
#[path = "../ui/cors/pass/cors_plain_http.rs"]
mod cors_cors_plain_http;
#[path = "../ui/cors/pass/cors_reason.rs"]
mod cors_cors_reason;
#[path = "../ui/cors/pass/cors_wildcard.rs"]
mod cors_cors_wildcard;
#[path = "../ui/endpoint/pass/alias_of_principal.rs"]
mod endpoint_alias_of_principal;
#[path = "../ui/endpoint/pass/argument_attribute.rs"]
mod endpoint_argument_attribute;
#[path = "../ui/endpoint/pass/ban_of_everybody.rs"]
mod endpoint_ban_of_everybody;
#[path = "../ui/endpoint/pass/ban_on_track.rs"]
mod endpoint_ban_on_track;
#[path = "../ui/endpoint/pass/ban_out_of_range.rs"]
mod endpoint_ban_out_of_range;
#[path = "../ui/endpoint/pass/ban_too_short.rs"]
mod endpoint_ban_too_short;
#[path = "../ui/endpoint/pass/body_encoding_name.rs"]
mod endpoint_body_encoding_name;
#[path = "../ui/endpoint/pass/body_on_get.rs"]
mod endpoint_body_on_get;
#[path = "../ui/endpoint/pass/burst_out_of_range.rs"]
mod endpoint_burst_out_of_range;
#[path = "../ui/endpoint/pass/bytes_below_body_limit.rs"]
mod endpoint_bytes_below_body_limit;
#[path = "../ui/endpoint/pass/bytes_by_body_field.rs"]
mod endpoint_bytes_by_body_field;
#[path = "../ui/endpoint/pass/bytes_by_header_beside_concurrency.rs"]
mod endpoint_bytes_by_header_beside_concurrency;
#[path = "../ui/endpoint/pass/compress_session.rs"]
mod endpoint_compress_session;
#[path = "../ui/endpoint/pass/concurrency_by_function_alone.rs"]
mod endpoint_concurrency_by_function_alone;
#[path = "../ui/endpoint/pass/concurrency_out_of_range.rs"]
mod endpoint_concurrency_out_of_range;
#[path = "../ui/endpoint/pass/conditional_attribute.rs"]
mod endpoint_conditional_attribute;
#[path = "../ui/endpoint/pass/conditional_method.rs"]
mod endpoint_conditional_method;
#[path = "../ui/endpoint/pass/cost_out_of_range.rs"]
mod endpoint_cost_out_of_range;
#[path = "../ui/endpoint/pass/crate_paths_disagree.rs"]
mod endpoint_crate_paths_disagree;
#[path = "../ui/endpoint/pass/credentials_name.rs"]
mod endpoint_credentials_name;
#[path = "../ui/endpoint/pass/credentials_on_public.rs"]
mod endpoint_credentials_on_public;
#[path = "../ui/endpoint/pass/cross_site_token_with_reason.rs"]
mod endpoint_cross_site_token_with_reason;
#[path = "../ui/endpoint/pass/cross_site_word.rs"]
mod endpoint_cross_site_word;
#[path = "../ui/endpoint/pass/duplicate_limit_name.rs"]
mod endpoint_duplicate_limit_name;
#[path = "../ui/endpoint/pass/duplicate_scope.rs"]
mod endpoint_duplicate_scope;
#[path = "../ui/endpoint/pass/duplicate_scope_attribute.rs"]
mod endpoint_duplicate_scope_attribute;
#[path = "../ui/endpoint/pass/duration_above_an_hour.rs"]
mod endpoint_duration_above_an_hour;
#[path = "../ui/endpoint/pass/empty_scope.rs"]
mod endpoint_empty_scope;
#[path = "../ui/endpoint/pass/endpoint_by_hand.rs"]
mod endpoint_endpoint_by_hand;
#[path = "../ui/endpoint/pass/foreign_route.rs"]
mod endpoint_foreign_route;
#[path = "../ui/endpoint/pass/foreign_route_option.rs"]
mod endpoint_foreign_route_option;
#[path = "../ui/endpoint/pass/global_among_keys.rs"]
mod endpoint_global_among_keys;
#[path = "../ui/endpoint/pass/header_cache_value.rs"]
mod endpoint_header_cache_value;
#[path = "../ui/endpoint/pass/header_value.rs"]
mod endpoint_header_value;
#[path = "../ui/endpoint/pass/impl_trait_argument.rs"]
mod endpoint_impl_trait_argument;
#[path = "../ui/endpoint/pass/impossible_scopes.rs"]
mod endpoint_impossible_scopes;
#[path = "../ui/endpoint/pass/input_without_validated.rs"]
mod endpoint_input_without_validated;
#[path = "../ui/endpoint/pass/left_over_attribute.rs"]
mod endpoint_left_over_attribute;
#[path = "../ui/endpoint/pass/lifetime_handler.rs"]
mod endpoint_lifetime_handler;
#[path = "../ui/endpoint/pass/limit_beside_counts_failures.rs"]
mod endpoint_limit_beside_counts_failures;
#[path = "../ui/endpoint/pass/limit_beside_too_wide.rs"]
mod endpoint_limit_beside_too_wide;
#[path = "../ui/endpoint/pass/limit_beside_too_wide_by_cost.rs"]
mod endpoint_limit_beside_too_wide_by_cost;
#[path = "../ui/endpoint/pass/limit_beside_too_wide_by_timeout.rs"]
mod endpoint_limit_beside_too_wide_by_timeout;
#[path = "../ui/endpoint/pass/limit_body_argument.rs"]
mod endpoint_limit_body_argument;
#[path = "../ui/endpoint/pass/limit_body_field.rs"]
mod endpoint_limit_body_field;
#[path = "../ui/endpoint/pass/limit_body_not_validated.rs"]
mod endpoint_limit_body_not_validated;
#[path = "../ui/endpoint/pass/limit_by_body_alone.rs"]
mod endpoint_limit_by_body_alone;
#[path = "../ui/endpoint/pass/limit_by_function_alone.rs"]
mod endpoint_limit_by_function_alone;
#[path = "../ui/endpoint/pass/limit_by_function_alone_on_public.rs"]
mod endpoint_limit_by_function_alone_on_public;
#[path = "../ui/endpoint/pass/limit_by_header_alone.rs"]
mod endpoint_limit_by_header_alone;
#[path = "../ui/endpoint/pass/limit_by_header_and_tracked.rs"]
mod endpoint_limit_by_header_and_tracked;
#[path = "../ui/endpoint/pass/limit_by_header_beside_function.rs"]
mod endpoint_limit_by_header_beside_function;
#[path = "../ui/endpoint/pass/limit_by_path_alone.rs"]
mod endpoint_limit_by_path_alone;
#[path = "../ui/endpoint/pass/limit_by_tuple_alone.rs"]
mod endpoint_limit_by_tuple_alone;
#[path = "../ui/endpoint/pass/limit_function.rs"]
mod endpoint_limit_function;
#[path = "../ui/endpoint/pass/limit_function_of_request.rs"]
mod endpoint_limit_function_of_request;
#[path = "../ui/endpoint/pass/limit_function_source.rs"]
mod endpoint_limit_function_source;
#[path = "../ui/endpoint/pass/limit_header_name.rs"]
mod endpoint_limit_header_name;
#[path = "../ui/endpoint/pass/limit_key_count.rs"]
mod endpoint_limit_key_count;
#[path = "../ui/endpoint/pass/limit_key_twice.rs"]
mod endpoint_limit_key_twice;
#[path = "../ui/endpoint/pass/limit_name.rs"]
mod endpoint_limit_name;
#[path = "../ui/endpoint/pass/limit_path_parameter.rs"]
mod endpoint_limit_path_parameter;
#[path = "../ui/endpoint/pass/limits_of_every_kind.rs"]
mod endpoint_limits_of_every_kind;
#[path = "../ui/endpoint/pass/list_attribute.rs"]
mod endpoint_list_attribute;
#[path = "../ui/endpoint/pass/list_of_expressions.rs"]
mod endpoint_list_of_expressions;
#[path = "../ui/endpoint/pass/local_crate_path.rs"]
mod endpoint_local_crate_path;
#[path = "../ui/endpoint/pass/main_signature.rs"]
mod endpoint_main_signature;
#[path = "../ui/endpoint/pass/malformed_ban.rs"]
mod endpoint_malformed_ban;
#[path = "../ui/endpoint/pass/malformed_duration.rs"]
mod endpoint_malformed_duration;
#[path = "../ui/endpoint/pass/malformed_rate.rs"]
mod endpoint_malformed_rate;
#[path = "../ui/endpoint/pass/malformed_scope.rs"]
mod endpoint_malformed_scope;
#[path = "../ui/endpoint/pass/malformed_size.rs"]
mod endpoint_malformed_size;
#[path = "../ui/endpoint/pass/meaningless_option.rs"]
mod endpoint_meaningless_option;
#[path = "../ui/endpoint/pass/missing_method.rs"]
mod endpoint_missing_method;
#[path = "../ui/endpoint/pass/missing_reason.rs"]
mod endpoint_missing_reason;
#[path = "../ui/endpoint/pass/missing_reason_compress.rs"]
mod endpoint_missing_reason_compress;
#[path = "../ui/endpoint/pass/missing_reason_cross_site.rs"]
mod endpoint_missing_reason_cross_site;
#[path = "../ui/endpoint/pass/missing_reason_outage.rs"]
mod endpoint_missing_reason_outage;
#[path = "../ui/endpoint/pass/missing_reason_plain.rs"]
mod endpoint_missing_reason_plain;
#[path = "../ui/endpoint/pass/missing_reason_resource_policy.rs"]
mod endpoint_missing_reason_resource_policy;
#[path = "../ui/endpoint/pass/missing_reason_revocation_outage.rs"]
mod endpoint_missing_reason_revocation_outage;
#[path = "../ui/endpoint/pass/missing_reason_rule.rs"]
mod endpoint_missing_reason_rule;
#[path = "../ui/endpoint/pass/misspelt_limit_key.rs"]
mod endpoint_misspelt_limit_key;
#[path = "../ui/endpoint/pass/misspelt_typed_scope.rs"]
mod endpoint_misspelt_typed_scope;
#[path = "../ui/endpoint/pass/names_of_our_own.rs"]
mod endpoint_names_of_our_own;
#[path = "../ui/endpoint/pass/no_access.rs"]
mod endpoint_no_access;
#[path = "../ui/endpoint/pass/not_a_handler_path.rs"]
mod endpoint_not_a_handler_path;
#[path = "../ui/endpoint/pass/not_alone.rs"]
mod endpoint_not_alone;
#[path = "../ui/endpoint/pass/not_of_two_scopes.rs"]
mod endpoint_not_of_two_scopes;
#[path = "../ui/endpoint/pass/nothing_required.rs"]
mod endpoint_nothing_required;
#[path = "../ui/endpoint/pass/outage_without_shared_store.rs"]
mod endpoint_outage_without_shared_store;
#[path = "../ui/endpoint/pass/path_argument_count.rs"]
mod endpoint_path_argument_count;
#[path = "../ui/endpoint/pass/path_braces.rs"]
mod endpoint_path_braces;
#[path = "../ui/endpoint/pass/path_field_name.rs"]
mod endpoint_path_field_name;
#[path = "../ui/endpoint/pass/path_parameter_name.rs"]
mod endpoint_path_parameter_name;
#[path = "../ui/endpoint/pass/path_parameter_twice.rs"]
mod endpoint_path_parameter_twice;
#[path = "../ui/endpoint/pass/path_parameter_without_argument.rs"]
mod endpoint_path_parameter_without_argument;
#[path = "../ui/endpoint/pass/path_tail_star.rs"]
mod endpoint_path_tail_star;
#[path = "../ui/endpoint/pass/principal_on_public.rs"]
mod endpoint_principal_on_public;
#[path = "../ui/endpoint/pass/rate_too_high.rs"]
mod endpoint_rate_too_high;
#[path = "../ui/endpoint/pass/rate_window.rs"]
mod endpoint_rate_window;
#[path = "../ui/endpoint/pass/raw_request.rs"]
mod endpoint_raw_request;
#[path = "../ui/endpoint/pass/repeated_word.rs"]
mod endpoint_repeated_word;
#[path = "../ui/endpoint/pass/shared_cache.rs"]
mod endpoint_shared_cache;
#[path = "../ui/endpoint/pass/short_reason.rs"]
mod endpoint_short_reason;
#[path = "../ui/endpoint/pass/silenced_function.rs"]
mod endpoint_silenced_function;
#[path = "../ui/endpoint/pass/size_above_a_gibibyte.rs"]
mod endpoint_size_above_a_gibibyte;
#[path = "../ui/endpoint/pass/subject_limit_on_public.rs"]
mod endpoint_subject_limit_on_public;
#[path = "../ui/endpoint/pass/too_many_arguments.rs"]
mod endpoint_too_many_arguments;
#[path = "../ui/endpoint/pass/two_routes.rs"]
mod endpoint_two_routes;
#[path = "../ui/endpoint/pass/ungrouped_scopes.rs"]
mod endpoint_ungrouped_scopes;
#[path = "../ui/endpoint/pass/unknown_rule.rs"]
mod endpoint_unknown_rule;
#[path = "../ui/endpoint/pass/unknown_word.rs"]
mod endpoint_unknown_word;
#[path = "../ui/endpoint/pass/unreadable_name_value.rs"]
mod endpoint_unreadable_name_value;
#[path = "../ui/endpoint/pass/unreadable_syntax.rs"]
mod endpoint_unreadable_syntax;
#[path = "../ui/input/pass/array_too_large.rs"]
mod input_array_too_large;
#[path = "../ui/input/pass/attribute_between_derives.rs"]
mod input_attribute_between_derives;
#[path = "../ui/input/pass/blanket_traits.rs"]
mod input_blanket_traits;
#[path = "../ui/input/pass/boxed_text_too_large.rs"]
mod input_boxed_text_too_large;
#[path = "../ui/input/pass/checkbox_on_option.rs"]
mod input_checkbox_on_option;
#[path = "../ui/input/pass/empty_where_required.rs"]
mod input_empty_where_required;
#[path = "../ui/input/pass/enum_with_unbounded_field.rs"]
mod input_enum_with_unbounded_field;
#[path = "../ui/input/pass/every_bounded_type.rs"]
mod input_every_bounded_type;
#[path = "../ui/input/pass/foreign_array_too_large.rs"]
mod input_foreign_array_too_large;
#[path = "../ui/input/pass/foreign_element_too_large.rs"]
mod input_foreign_element_too_large;
#[path = "../ui/input/pass/form_of_objects.rs"]
mod input_form_of_objects;
#[path = "../ui/input/pass/free_form_value.rs"]
mod input_free_form_value;
#[path = "../ui/input/pass/generic_input.rs"]
mod input_generic_input;
#[path = "../ui/input/pass/input_unnamed_fields.rs"]
mod input_input_unnamed_fields;
#[path = "../ui/input/pass/json_and_list.rs"]
mod input_json_and_list;
#[path = "../ui/input/pass/key_that_is_no_text.rs"]
mod input_key_that_is_no_text;
#[path = "../ui/input/pass/length_too_large.rs"]
mod input_length_too_large;
#[path = "../ui/input/pass/length_too_large_by_constant.rs"]
mod input_length_too_large_by_constant;
#[path = "../ui/input/pass/look_alike_text.rs"]
mod input_look_alike_text;
#[path = "../ui/input/pass/names_of_primitive_types.rs"]
mod input_names_of_primitive_types;
#[path = "../ui/input/pass/nested_list_without_length.rs"]
mod input_nested_list_without_length;
#[path = "../ui/input/pass/nested_without_nested.rs"]
mod input_nested_without_nested;
#[path = "../ui/input/pass/newtype_as_key.rs"]
mod input_newtype_as_key;
#[path = "../ui/input/pass/newtype_in_path.rs"]
mod input_newtype_in_path;
#[path = "../ui/input/pass/newtype_of_text.rs"]
mod input_newtype_of_text;
#[path = "../ui/input/pass/option_of_newtype_of_patch.rs"]
mod input_option_of_newtype_of_patch;
#[path = "../ui/input/pass/option_of_option.rs"]
mod input_option_of_option;
#[path = "../ui/input/pass/parameter_that_is_no_input.rs"]
mod input_parameter_that_is_no_input;
#[path = "../ui/input/pass/parameter_without_nested.rs"]
mod input_parameter_without_nested;
#[path = "../ui/input/pass/path_list.rs"]
mod input_path_list;
#[path = "../ui/input/pass/path_text.rs"]
mod input_path_text;
#[path = "../ui/input/pass/path_text_without_pattern.rs"]
mod input_path_text_without_pattern;
#[path = "../ui/input/pass/query_list_without_style.rs"]
mod input_query_list_without_style;
#[path = "../ui/input/pass/recursive_types.rs"]
mod input_recursive_types;
#[path = "../ui/input/pass/renamed_crate.rs"]
mod input_renamed_crate;
#[path = "../ui/input/pass/serde_untagged.rs"]
mod input_serde_untagged;
#[path = "../ui/input/pass/serde_word.rs"]
mod input_serde_word;
#[path = "../ui/input/pass/tagged_unit_variant.rs"]
mod input_tagged_unit_variant;
#[path = "../ui/input/pass/unbounded_boxed_text.rs"]
mod input_unbounded_boxed_text;
#[path = "../ui/input/pass/unbounded_elements.rs"]
mod input_unbounded_elements;
#[path = "../ui/input/pass/unbounded_keys.rs"]
mod input_unbounded_keys;
#[path = "../ui/input/pass/unbounded_list.rs"]
mod input_unbounded_list;
#[path = "../ui/input/pass/unbounded_list_of_lists.rs"]
mod input_unbounded_list_of_lists;
#[path = "../ui/input/pass/unbounded_map_values.rs"]
mod input_unbounded_map_values;
#[path = "../ui/input/pass/unbounded_optional_string.rs"]
mod input_unbounded_optional_string;
#[path = "../ui/input/pass/unbounded_parameter.rs"]
mod input_unbounded_parameter;
#[path = "../ui/input/pass/unbounded_string.rs"]
mod input_unbounded_string;
#[path = "../ui/input/pass/unbounded_string_alias.rs"]
mod input_unbounded_string_alias;
#[path = "../ui/input/pass/unbounded_string_with_minimum.rs"]
mod input_unbounded_string_with_minimum;
#[path = "../ui/input/pass/unknown_fields_dropped.rs"]
mod input_unknown_fields_dropped;
#[path = "../ui/input/pass/url_schemes.rs"]
mod input_url_schemes;
#[path = "../ui/input/pass/wide_integer.rs"]
mod input_wide_integer;
#[path = "../ui/object/pass/bare_function_as_policy.rs"]
mod object_bare_function_as_policy;
#[path = "../ui/object/pass/current_without_version.rs"]
mod object_current_without_version;
#[path = "../ui/object/pass/forbidden_without_reason.rs"]
mod object_forbidden_without_reason;
#[path = "../ui/object/pass/group_of_one_policy.rs"]
mod object_group_of_one_policy;
#[path = "../ui/object/pass/object_changed_in_place.rs"]
mod object_object_changed_in_place;
#[path = "../ui/object/pass/object_id_count.rs"]
mod object_object_id_count;
#[path = "../ui/object/pass/object_id_not_for_paths.rs"]
mod object_object_id_not_for_paths;
#[path = "../ui/object/pass/object_id_taken_twice.rs"]
mod object_object_id_taken_twice;
#[path = "../ui/object/pass/object_on_public.rs"]
mod object_object_on_public;
#[path = "../ui/object/pass/object_state_without_data.rs"]
mod object_object_state_without_data;
#[path = "../ui/object/pass/object_without_parameter.rs"]
mod object_object_without_parameter;
#[path = "../ui/object/pass/object_without_policy.rs"]
mod object_object_without_policy;
#[path = "../ui/object/pass/object_without_resource.rs"]
mod object_object_without_resource;
#[path = "../ui/object/pass/rule_without_decision.rs"]
mod object_rule_without_decision;
#[path = "../ui/rule/pass/allow_unsafe_first.rs"]
mod rule_allow_unsafe_first;
#[path = "../ui/rule/pass/code_eval.rs"]
mod rule_code_eval;
#[path = "../ui/rule/pass/cookie_flags.rs"]
mod rule_cookie_flags;
#[path = "../ui/rule/pass/cors_permissive.rs"]
mod rule_cors_permissive;
#[path = "../ui/rule/pass/denied_pattern.rs"]
mod rule_denied_pattern;
#[path = "../ui/rule/pass/directory_listing.rs"]
mod rule_directory_listing;
#[path = "../ui/rule/pass/html_body.rs"]
mod rule_html_body;
#[path = "../ui/rule/pass/jwt_unverified.rs"]
mod rule_jwt_unverified;
#[path = "../ui/rule/pass/jwt_weak_claims.rs"]
mod rule_jwt_weak_claims;
#[path = "../ui/rule/pass/ldap_xpath_injection.rs"]
mod rule_ldap_xpath_injection;
#[path = "../ui/rule/pass/log_secret.rs"]
mod rule_log_secret;
#[path = "../ui/rule/pass/nosql_injection.rs"]
mod rule_nosql_injection;
#[path = "../ui/rule/pass/open_redirect.rs"]
mod rule_open_redirect;
#[path = "../ui/rule/pass/path_traversal.rs"]
mod rule_path_traversal;
#[path = "../ui/rule/pass/plain_handler.rs"]
mod rule_plain_handler;
#[path = "../ui/rule/pass/regex_injection.rs"]
mod rule_regex_injection;
#[path = "../ui/rule/pass/request_forgery.rs"]
mod rule_request_forgery;
#[path = "../ui/rule/pass/shell_command.rs"]
mod rule_shell_command;
#[path = "../ui/rule/pass/silenced_type.rs"]
mod rule_silenced_type;
#[path = "../ui/rule/pass/sql_format.rs"]
mod rule_sql_format;
#[path = "../ui/rule/pass/static_key_or_iv.rs"]
mod rule_static_key_or_iv;
#[path = "../ui/rule/pass/template_context.rs"]
mod rule_template_context;
#[path = "../ui/rule/pass/template_context_silenced.rs"]
mod rule_template_context_silenced;
#[path = "../ui/rule/pass/template_injection.rs"]
mod rule_template_injection;
#[path = "../ui/rule/pass/tls_verify_off.rs"]
mod rule_tls_verify_off;
#[path = "../ui/rule/pass/unbounded_body.rs"]
mod rule_unbounded_body;
#[path = "../ui/rule/pass/unused_suppression.rs"]
mod rule_unused_suppression;
#[path = "../ui/rule/pass/upload_file_name.rs"]
mod rule_upload_file_name;
#[path = "../ui/rule/pass/weak_cipher.rs"]
mod rule_weak_cipher;
#[path = "../ui/rule/pass/weak_password_hash.rs"]
mod rule_weak_password_hash;
#[path = "../ui/rule/pass/weak_random_token.rs"]
mod rule_weak_random_token;
#[path = "../ui/rule/pass/world_writable.rs"]
mod rule_world_writable;
#[path = "../ui/scope/pass/grant_cycle.rs"]
mod scope_grant_cycle;
#[path = "../ui/scope/pass/malformed_scope_name.rs"]
mod scope_malformed_scope_name;
#[path = "../ui/scope/pass/misspelt_derived_scope.rs"]
mod scope_misspelt_derived_scope;
#[path = "../ui/scope/pass/misspelt_grants.rs"]
mod scope_misspelt_grants;
#[path = "../ui/scope/pass/not_a_scope_enum.rs"]
mod scope_not_a_scope_enum;
#[path = "../ui/scope/pass/scope_named_twice.rs"]
mod scope_scope_named_twice;
#[path = "../ui/scope/pass/scope_variant_fields.rs"]
mod scope_scope_variant_fields;
#[path = "../ui/scope/pass/unknown_grant.rs"]
mod scope_unknown_grant;
#[path = "../ui/scope/pass/unnamed_scope.rs"]
mod scope_unnamed_scope;
#[path = "../ui/scope/pass/wildcard_without_grants.rs"]
mod scope_wildcard_without_grants;
#[path = "../ui/settings/pass/not_a_settings_struct.rs"]
mod settings_not_a_settings_struct;
#[path = "../ui/settings/pass/setting_bounds.rs"]
mod settings_setting_bounds;
#[path = "../ui/settings/pass/setting_name.rs"]
mod settings_setting_name;
#[path = "../ui/settings/pass/setting_named_twice.rs"]
mod settings_setting_named_twice;
#[path = "../ui/settings/pass/setting_option.rs"]
mod settings_setting_option;
#[path = "../ui/settings/pass/setting_secret_default.rs"]
mod settings_setting_secret_default;
#[path = "../ui/settings/pass/setting_type.rs"]
mod settings_setting_type;
#[path = "../ui/settings/pass/setting_unchecked.rs"]
mod settings_setting_unchecked;
#[path = "../ui/settings/pass/setting_unchecked_reason.rs"]
mod settings_setting_unchecked_reason;
#[path = "../ui/settings/pass/settings_section.rs"]
mod settings_settings_section;
#[path = "../ui/settings/pass/undocumented_setting.rs"]
mod settings_undocumented_setting;
#[path = "../ui/settings/pass/unknown_setting.rs"]
mod settings_unknown_setting;
#[path = "../ui/sql/pass/column_may_be_null.rs"]
mod sql_column_may_be_null;
#[path = "../ui/sql/pass/column_of_another_type.rs"]
mod sql_column_of_another_type;
#[path = "../ui/sql/pass/division_of_whole_numbers.rs"]
mod sql_division_of_whole_numbers;
#[path = "../ui/sql/pass/field_that_no_column_holds.rs"]
mod sql_field_that_no_column_holds;
#[path = "../ui/sql/pass/in_a_handler.rs"]
mod sql_in_a_handler;
#[path = "../ui/sql/pass/list_beside_text.rs"]
mod sql_list_beside_text;
#[path = "../ui/sql/pass/list_that_is_none.rs"]
mod sql_list_that_is_none;
#[path = "../ui/sql/pass/malformed_name.rs"]
mod sql_malformed_name;
#[path = "../ui/sql/pass/migrations_crate.rs"]
mod sql_migrations_crate;
#[path = "../ui/sql/pass/migrations_folder.rs"]
mod sql_migrations_folder;
#[path = "../ui/sql/pass/migrations_of_two_folders.rs"]
mod sql_migrations_of_two_folders;
#[path = "../ui/sql/pass/migrations_option.rs"]
mod sql_migrations_option;
#[path = "../ui/sql/pass/migrations_without_a_name.rs"]
mod sql_migrations_without_a_name;
#[path = "../ui/sql/pass/misspelt_column.rs"]
mod sql_misspelt_column;
#[path = "../ui/sql/pass/names_in_quotes.rs"]
mod sql_names_in_quotes;
#[path = "../ui/sql/pass/not_a_name_enum.rs"]
mod sql_not_a_name_enum;
#[path = "../ui/sql/pass/number_beside_a_query.rs"]
mod sql_number_beside_a_query;
#[path = "../ui/sql/pass/number_beside_text.rs"]
mod sql_number_beside_text;
#[path = "../ui/sql/pass/one_value_of_two_columns.rs"]
mod sql_one_value_of_two_columns;
#[path = "../ui/sql/pass/path_into_a_document.rs"]
mod sql_path_into_a_document;
#[path = "../ui/sql/pass/pattern_not_escaped.rs"]
mod sql_pattern_not_escaped;
#[path = "../ui/sql/pass/pattern_through_a_name.rs"]
mod sql_pattern_through_a_name;
#[path = "../ui/sql/pass/query_of_more_columns.rs"]
mod sql_query_of_more_columns;
#[path = "../ui/sql/pass/row_fields.rs"]
mod sql_row_fields;
#[path = "../ui/sql/pass/row_without_its_column.rs"]
mod sql_row_without_its_column;
#[path = "../ui/sql/pass/rows_that_do_not_become_it.rs"]
mod sql_rows_that_do_not_become_it;
#[path = "../ui/sql/pass/sorted_by_a_text.rs"]
mod sql_sorted_by_a_text;
#[path = "../ui/sql/pass/sorted_by_no_column.rs"]
mod sql_sorted_by_no_column;
#[path = "../ui/sql/pass/sorted_in_no_direction.rs"]
mod sql_sorted_in_no_direction;
#[path = "../ui/sql/pass/sql_braces.rs"]
mod sql_sql_braces;
#[path = "../ui/sql/pass/sql_chosen_name.rs"]
mod sql_sql_chosen_name;
#[path = "../ui/sql/pass/sql_comment.rs"]
mod sql_sql_comment;
#[path = "../ui/sql/pass/sql_compared.rs"]
mod sql_sql_compared;
#[path = "../ui/sql/pass/sql_ddl.rs"]
mod sql_sql_ddl;
#[path = "../ui/sql/pass/sql_dialect.rs"]
mod sql_sql_dialect;
#[path = "../ui/sql/pass/sql_expression.rs"]
mod sql_sql_expression;
#[path = "../ui/sql/pass/sql_fragments.rs"]
mod sql_sql_fragments;
#[path = "../ui/sql/pass/sql_function.rs"]
mod sql_sql_function;
#[path = "../ui/sql/pass/sql_insert_count.rs"]
mod sql_sql_insert_count;
#[path = "../ui/sql/pass/sql_list.rs"]
mod sql_sql_list;
#[path = "../ui/sql/pass/sql_migrations.rs"]
mod sql_sql_migrations;
#[path = "../ui/sql/pass/sql_no_effect.rs"]
mod sql_sql_no_effect;
#[path = "../ui/sql/pass/sql_no_where.rs"]
mod sql_sql_no_where;
#[path = "../ui/sql/pass/sql_output.rs"]
mod sql_sql_output;
#[path = "../ui/sql/pass/sql_pattern.rs"]
mod sql_sql_pattern;
#[path = "../ui/sql/pass/sql_placeholder.rs"]
mod sql_sql_placeholder;
#[path = "../ui/sql/pass/sql_quote.rs"]
mod sql_sql_quote;
#[path = "../ui/sql/pass/sql_quoted_brace.rs"]
mod sql_sql_quoted_brace;
#[path = "../ui/sql/pass/sql_short_reason.rs"]
mod sql_sql_short_reason;
#[path = "../ui/sql/pass/sql_syntax.rs"]
mod sql_sql_syntax;
#[path = "../ui/sql/pass/sql_text_from_a_variable.rs"]
mod sql_sql_text_from_a_variable;
#[path = "../ui/sql/pass/sql_touching_brace.rs"]
mod sql_sql_touching_brace;
#[path = "../ui/sql/pass/sql_two_statements.rs"]
mod sql_sql_two_statements;
#[path = "../ui/sql/pass/sql_unknown_alias.rs"]
mod sql_sql_unknown_alias;
#[path = "../ui/sql/pass/sql_unknown_column.rs"]
mod sql_sql_unknown_column;
#[path = "../ui/sql/pass/sql_unknown_option.rs"]
mod sql_sql_unknown_option;
#[path = "../ui/sql/pass/sql_unknown_table.rs"]
mod sql_sql_unknown_table;
#[path = "../ui/sql/pass/sql_variant.rs"]
mod sql_sql_variant;
#[path = "../ui/sql/pass/table_of_the_database.rs"]
mod sql_table_of_the_database;
#[path = "../ui/sql/pass/text_beside_numbers.rs"]
mod sql_text_beside_numbers;
#[path = "../ui/sql/pass/tuple_of_another_length.rs"]
mod sql_tuple_of_another_length;
#[path = "../ui/sql/pass/value_that_cannot_be_bound.rs"]
mod sql_value_that_cannot_be_bound;
#[path = "../ui/sql/pass/where_of_another_table.rs"]
mod sql_where_of_another_table;
#[path = "../ui/sql/pass/where_of_every_row.rs"]
mod sql_where_of_every_row;
#[path = "../ui/sql/pass/where_of_its_own_rows.rs"]
mod sql_where_of_its_own_rows;
#[path = "../ui/upload/pass/body_timeout_too_short.rs"]
mod upload_body_timeout_too_short;
#[path = "../ui/upload/pass/upload_above_body_limit.rs"]
mod upload_upload_above_body_limit;
#[path = "../ui/upload/pass/upload_above_bytes.rs"]
mod upload_upload_above_bytes;
#[path = "../ui/upload/pass/upload_charset.rs"]
mod upload_upload_charset;
#[path = "../ui/upload/pass/upload_field.rs"]
mod upload_upload_field;
#[path = "../ui/upload/pass/upload_field_of_objects.rs"]
mod upload_upload_field_of_objects;
#[path = "../ui/upload/pass/upload_fields_not_validated.rs"]
mod upload_upload_fields_not_validated;
#[path = "../ui/upload/pass/upload_files.rs"]
mod upload_upload_files;
#[path = "../ui/upload/pass/upload_frames.rs"]
mod upload_upload_frames;
#[path = "../ui/upload/pass/upload_frames_of_no_image.rs"]
mod upload_upload_frames_of_no_image;
#[path = "../ui/upload/pass/upload_kind.rs"]
mod upload_upload_kind;
#[path = "../ui/upload/pass/upload_kinds_beyond_type.rs"]
mod upload_upload_kinds_beyond_type;
#[path = "../ui/upload/pass/upload_markup_without_reason.rs"]
mod upload_upload_markup_without_reason;
#[path = "../ui/upload/pass/upload_max_above.rs"]
mod upload_upload_max_above;
#[path = "../ui/upload/pass/upload_method.rs"]
mod upload_upload_method;
#[path = "../ui/upload/pass/upload_methods.rs"]
mod upload_upload_methods;
#[path = "../ui/upload/pass/upload_of_several_in_one.rs"]
mod upload_upload_of_several_in_one;
#[path = "../ui/upload/pass/upload_pixels.rs"]
mod upload_upload_pixels;
#[path = "../ui/upload/pass/upload_pixels_of_no_image.rs"]
mod upload_upload_pixels_of_no_image;
#[path = "../ui/upload/pass/upload_plain.rs"]
mod upload_upload_plain;
#[path = "../ui/upload/pass/upload_svg_without_reason.rs"]
mod upload_upload_svg_without_reason;
#[path = "../ui/upload/pass/upload_unpacked_of_nothing_packed.rs"]
mod upload_upload_unpacked_of_nothing_packed;
#[path = "../ui/upload/pass/upload_without_argument.rs"]
mod upload_upload_without_argument;
#[path = "../ui/upload/pass/upload_without_kinds.rs"]
mod upload_upload_without_kinds;
#[path = "../ui/web/pass/csp_any_source.rs"]
mod web_csp_any_source;
#[path = "../ui/web/pass/csp_comma.rs"]
mod web_csp_comma;
#[path = "../ui/web/pass/csp_directive_as_source.rs"]
mod web_csp_directive_as_source;
#[path = "../ui/web/pass/csp_directive_twice.rs"]
mod web_csp_directive_twice;
#[path = "../ui/web/pass/csp_hash_of_another_length.rs"]
mod web_csp_hash_of_another_length;
#[path = "../ui/web/pass/csp_hash_unused.rs"]
mod web_csp_hash_unused;
#[path = "../ui/web/pass/csp_hash_without_quotes.rs"]
mod web_csp_hash_without_quotes;
#[path = "../ui/web/pass/csp_keyword_without_quotes.rs"]
mod web_csp_keyword_without_quotes;
#[path = "../ui/web/pass/csp_nonce_written_out.rs"]
mod web_csp_nonce_written_out;
#[path = "../ui/web/pass/csp_reason_for_nothing.rs"]
mod web_csp_reason_for_nothing;
#[path = "../ui/web/pass/csp_semicolon.rs"]
mod web_csp_semicolon;
#[path = "../ui/web/pass/csp_short_reason.rs"]
mod web_csp_short_reason;
#[path = "../ui/web/pass/csp_unknown_hash.rs"]
mod web_csp_unknown_hash;
#[path = "../ui/web/pass/csp_unsafe_eval.rs"]
mod web_csp_unsafe_eval;
#[path = "../ui/web/pass/csp_without_default.rs"]
mod web_csp_without_default;
#[path = "../ui/web/pass/malformed_policy.rs"]
mod web_malformed_policy;
#[path = "../ui/web/pass/permissions_any.rs"]
mod web_permissions_any;
#[path = "../ui/web/pass/permissions_feature.rs"]
mod web_permissions_feature;
#[path = "../ui/web/pass/permissions_old_syntax.rs"]
mod web_permissions_old_syntax;
#[path = "../ui/web/pass/permissions_origin_without_quotes.rs"]
mod web_permissions_origin_without_quotes;
#[path = "../ui/web/pass/permissions_twice.rs"]
mod web_permissions_twice;
#[path = "../ui/web/pass/weak_policy.rs"]
mod web_weak_policy;
