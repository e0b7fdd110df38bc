//! The pipeline over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod answers;
mod api_keys;
mod bodies;
mod body_encodings;
mod browsers;
mod clients;
mod codings;
mod conditions;
mod connections;
mod cors;
mod costs;
mod credentials;
mod deadlines;
mod deployment;
mod endings;
mod exchanges;
mod first_request;
mod form_tokens;
mod forwarded;
mod generic_inputs;
mod hang_up;
mod input_types;
mod inputs;
mod issuing;
mod json_places;
mod keys;
mod keys_over_tls;
mod limit_clock;
mod limit_handle;
mod limit_inventory;
mod limit_kinds;
mod limits;
mod lists;
mod media_types;
mod mounting;
mod mutual_tls;
mod newtypes;
mod objects;
mod odd_redis;
mod order;
mod other_sites;
mod page_queries;
mod pages;
mod panicking_texts;
mod patches;
mod picture;
mod proxied;
mod proxies;
mod raw;
mod reasons;
mod refusal_lines;
mod reports;
mod revocation;
mod scopes;
mod service;
mod session_order;
mod sessions;
mod shared_logins;
mod static_codings;
mod static_files;
mod tokens;
mod unix_sockets;
mod value_types;
mod words;
