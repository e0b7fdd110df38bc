//! The order of the modules of each crate.

/// The crates: the folder, and the name that their own code may call them by.
pub(super) const CRATES: [(&str, &str); 7] = [
    ("audit", "palisade_audit"),
    ("cli", "cargo_palisade"),
    ("lint", "palisade_lint"),
    ("macros", "palisade_macros"),
    ("runtime", "palisade"),
    ("sql", "palisade_sql"),
    ("policy", "palisade_policy"),
];

/// The crates that still have cycles. This list only gets shorter.
pub(super) const WITH_CYCLES: &[&str] = &["lint"];

/// The modules of a crate, each after those that it uses. `None` for a crate with cycles.
pub(super) fn of(folder: &str) -> Option<Vec<&'static str>> {
    let order = match folder {
        "audit" => AUDIT,
        "cli" => CLI,
        "macros" => MACROS,
        "policy" => POLICY,
        "runtime" => RUNTIME,
        "sql" => SQL,
        _ => return None,
    };
    Some(order.split_whitespace().collect())
}

const AUDIT: &str = "
    file key report
    chain
    head
    verify
";

const CLI: &str = "
    by_hand conditional exit_code format inventory lock place
    audit report saved table workspace
    check clash source
    args program
    facts mount
    argument candidate policy
    handler
    routes
    audit_log openapi
";

const MACROS: &str = "
    finish package paths place
    emit mount scope sql
    cors input launch settings web
    expand
";

const POLICY: &str = "
    body_time fault origin reason secret vocabulary
    cors csp deploy permissions
";

const RUNTIME: &str = "
    causes
    app_data clock cookie deployment excerpt failure file_owner forwarded json_schema machine media_type networks patience peer_kind public_path regular_file request_id scope series spread store_error tally timer traceparent visible
    input line_rate panics private_folder spans
    audit client file_mode hardening health log problem secret_file
    firewall headers password setting_sources tls
    development page secrets
    form_token shared_redis
    auth
    policy
    cors limit traffic
    caller cross_site
    request sql
    coding connection from_error
    precondition
    pipeline respond
    app extract
    call object
    conditional mount
    health_details issue metrics report static_files
    otel session upload
    openapi
    service
    prelude settings
    __private
";

const SQL: &str = "
    dialect expr fault migration watch
    names schema template
    column comparand folder render
    scope
    resolve
    migrate statement
";
