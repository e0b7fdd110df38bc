//! Functions that remove dangers, recognised by their names.

use super::class::Class;

/// The dangers that a function with this name takes away.
pub(crate) fn sanitizer(parent: &str, name: &str) -> Option<Class> {
    let lower = name.to_ascii_lowercase();
    let class = match (parent, lower.as_str()) {
        (
            "html_escape" | "htmlescape" | "v_htmlescape" | "askama_escape" | "ammonia"
            | "html_escaper",
            _,
        ) => Class::HTML,
        ("regex" | "regex_lite", "escape") => Class::REGEX.or(Class::COMMAND),
        ("shell_escape" | "shlex" | "shell_words" | "shell_quote", _) if lower != "split" => {
            Class::COMMAND
        }
        ("ldap3", _) if lower.contains("escape") => Class::DIRECTORY,
        ("urlencoding", "encode" | "encode_binary") => encoded(),
        ("hex" | "md5" | "sha256", _) => Class::ALL,
        ("sanitize_filename" | "sanitise_file_name" | "slug", _) => {
            Class::PATH.or(Class::COMMAND).or(Class::HTML)
        }
        (
            _,
            "escape_html"
            | "html_escape"
            | "encode_html"
            | "html_encode"
            | "encode_text"
            | "encode_safe"
            | "encode_minimal"
            | "encode_attribute"
            | "encode_double_quoted_attribute"
            | "encode_single_quoted_attribute"
            | "encode_quoted_attribute"
            | "encode_unquoted_attribute"
            | "escape_html_entities"
            | "sanitize_html"
            | "clean_html"
            | "escape_xml"
            | "xml_escape"
            | "escape_htmlspecialchars"
            | "htmlspecialchars"
            | "escape_text"
            | "escape_attribute"
            | "html_escape_text"
            | "encode_entities"
            | "escape_for_html"
            | "escapehtml"
            | "esc_html"
            | "clean_text",
        ) => Class::HTML,
        (
            _,
            "shell_escape" | "escape_shell" | "shell_quote" | "quote_shell" | "escape_shell_arg"
            | "try_quote" | "shlex_quote",
        ) => Class::COMMAND,
        (
            _,
            "quote_identifier" | "quote_ident" | "escape_identifier" | "quote_literal"
            | "escape_literal" | "escape_sql" | "sql_escape" | "escape_string"
            | "escape_sql_string" | "escape_like" | "quote_id",
        ) => Class::SQL,
        (
            _,
            "utf8_percent_encode"
            | "percent_encode"
            | "url_encode"
            | "urlencode"
            | "encode_uri_component"
            | "encode_component"
            | "byte_serialize"
            | "encode_url"
            | "encode_path_segment"
            | "percent_encode_byte",
        ) => encoded(),
        (
            _,
            "sanitize_filename"
            | "sanitize_file_name"
            | "secure_filename"
            | "safe_filename"
            | "safe_join"
            | "sanitize_path"
            | "safe_path"
            | "clean_filename"
            | "sanitize_name"
            | "basename"
            | "secure_join"
            | "sanitize_with_options"
            | "safe_file_name",
        ) => Class::PATH,
        (_, "slugify") => Class::ALL,
        (_, "escape_regex" | "regex_escape") => Class::REGEX,
        (_, "ldap_escape" | "dn_escape" | "escape_ldap" | "escape_filter") => Class::DIRECTORY,
        (
            _,
            "sha256" | "sha1" | "sha512" | "md5" | "blake3" | "hash" | "digest" | "hash_password"
            | "hmac" | "crc32" | "compute_hash" | "sha256_hex" | "hash_one",
        ) => Class::ALL,
        (_, "escape" | "escape_input" | "encode_for_html") => Class::HTML,
        _ if lower.starts_with("sanitize") || lower.starts_with("sanitise") => Class::ALL,
        _ => return None,
    };
    Some(class)
}

/// What percent encoding takes away.
pub(super) fn encoded() -> Class {
    Class::HTML
        .or(Class::PATH)
        .or(Class::REDIRECT)
        .or(Class::REQUEST)
        .or(Class::COMMAND)
        .or(Class::SQL)
}
