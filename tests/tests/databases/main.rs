//! Statements on SQLite, on a real Postgres and on a real MariaDB: the same cases on each.
//!
//! Each database is one test, because its server takes longer to start than all cases take to run.
//! A case that fails is named, and the others run all the same.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod dynamic;
mod errors;
mod hanging;
mod lab;
mod lists;
mod meanings;
mod migrations;
mod outages;
mod pages;
mod shares;
mod statements;
mod stored;
mod transactions;
mod values;

use lab::Lab;
use palisade_tests::{mariadb::MariaDbServer, postgres::PostgresServer};

/// Every case, by its name.
const CASES: &[(&str, lab::Case)] = &[
    ("integers_come_back", |lab| Box::pin(values::integers_come_back(lab))),
    ("an_integer_that_does_not_fit_is_refused", |lab| {
        Box::pin(values::an_integer_that_does_not_fit_is_refused(lab))
    }),
    ("numbers_and_booleans_come_back", |lab| Box::pin(values::numbers_and_booleans_come_back(lab))),
    ("texts_come_back_whatever_is_in_them", |lab| {
        Box::pin(values::texts_come_back_whatever_is_in_them(lab))
    }),
    ("bytes_and_uuids_come_back", |lab| Box::pin(values::bytes_and_uuids_come_back(lab))),
    ("times_come_back_to_the_microsecond", |lab| {
        Box::pin(values::times_come_back_to_the_microsecond(lab))
    }),
    ("json_comes_back", |lab| Box::pin(values::json_comes_back(lab))),
    ("own_types_and_optional_ones_come_back", |lab| {
        Box::pin(values::own_types_and_optional_ones_come_back(lab))
    }),
    ("a_column_of_another_type_is_an_error", |lab| {
        Box::pin(values::a_column_of_another_type_is_an_error(lab))
    }),
    ("no_stored_value_panics", |lab| Box::pin(stored::no_stored_value_panics(lab))),
    ("every_time_is_read_as_it_is_or_refused", |lab| {
        Box::pin(stored::every_time_is_read_as_it_is_or_refused(lab))
    }),
    ("whatever_is_bound_comes_back", |lab| Box::pin(stored::whatever_is_bound_comes_back(lab))),
    ("a_type_that_panics_is_an_error_of_the_row", |lab| {
        Box::pin(stored::a_type_that_panics_is_an_error_of_the_row(lab))
    }),
    ("rows_become_structs_tuples_and_scalars", |lab| {
        Box::pin(statements::rows_become_structs_tuples_and_scalars(lab))
    }),
    ("a_stream_gives_rows_one_by_one", |lab| {
        Box::pin(statements::a_stream_gives_rows_one_by_one(lab))
    }),
    ("statements_are_prepared_once", |lab| Box::pin(statements::statements_are_prepared_once(lab))),
    ("a_statement_of_another_schema_is_refused", |lab| {
        Box::pin(statements::a_statement_of_another_schema_is_refused(lab))
    }),
    ("lists_of_every_length", |lab| Box::pin(lists::lists_of_every_length(lab))),
    ("lists_of_every_type", |lab| Box::pin(lists::lists_of_every_type(lab))),
    ("lists_that_are_refused", |lab| Box::pin(lists::lists_that_are_refused(lab))),
    ("fragments_and_sorts", |lab| Box::pin(dynamic::fragments_and_sorts(lab))),
    ("names_are_never_spliced", |lab| Box::pin(dynamic::names_are_never_spliced(lab))),
    ("patterns_match_what_was_typed", |lab| Box::pin(dynamic::patterns_match_what_was_typed(lab))),
    ("names_in_double_quotes_are_columns", |lab| {
        Box::pin(meanings::names_in_double_quotes_are_columns(lab))
    }),
    ("a_number_is_no_text", |lab| Box::pin(meanings::a_number_is_no_text(lab))),
    ("each_connection_is_asked_for_its_modes", |lab| {
        Box::pin(meanings::each_connection_is_asked_for_its_modes(lab))
    }),
    ("a_pool_of_other_modes_is_refused", |lab| {
        Box::pin(meanings::a_pool_of_other_modes_is_refused(lab))
    }),
    ("migrations_keep_the_quotes_of_the_server", |lab| {
        Box::pin(meanings::migrations_keep_the_quotes_of_the_server(lab))
    }),
    ("pages_follow_each_other", |lab| Box::pin(pages::pages_follow_each_other(lab))),
    ("a_commit_lasts_and_a_drop_does_not", |lab| {
        Box::pin(transactions::a_commit_lasts_and_a_drop_does_not(lab))
    }),
    ("a_refused_statement_is_the_end", |lab| {
        Box::pin(transactions::a_refused_statement_is_the_end(lab))
    }),
    ("an_error_behind_the_rows_that_were_read", |lab| {
        Box::pin(transactions::an_error_behind_the_rows_that_were_read(lab))
    }),
    ("a_stream_may_be_left", |lab| Box::pin(transactions::a_stream_may_be_left(lab))),
    ("a_panic_rolls_back", |lab| Box::pin(transactions::a_panic_rolls_back(lab))),
    ("transactions_count_up_together", |lab| {
        Box::pin(transactions::transactions_count_up_together(lab))
    }),
    ("errors_over_http", |lab| Box::pin(errors::errors_over_http(lab))),
    ("no_message_quotes_a_value", |lab| Box::pin(errors::no_message_quotes_a_value(lab))),
    ("nothing_of_the_database_is_told", |lab| {
        Box::pin(errors::nothing_of_the_database_is_told(lab))
    }),
    ("migrations_are_applied_once", |lab| Box::pin(migrations::migrations_are_applied_once(lab))),
    ("a_changed_migration_is_refused", |lab| {
        Box::pin(migrations::a_changed_migration_is_refused(lab))
    }),
    ("a_migration_that_fails_holds_nobody_up", |lab| {
        Box::pin(migrations::a_migration_that_fails_holds_nobody_up(lab))
    }),
    ("a_slow_statement_is_given_up", |lab| Box::pin(hanging::a_slow_statement_is_given_up(lab))),
    ("a_statement_that_is_left_ends", |lab| Box::pin(hanging::a_statement_that_is_left_ends(lab))),
    ("a_connection_goes_on_after_what_was_stopped", |lab| {
        Box::pin(hanging::a_connection_goes_on_after_what_was_stopped(lab))
    }),
    ("a_stream_that_stalls_is_given_up", |lab| {
        Box::pin(hanging::a_stream_that_stalls_is_given_up(lab))
    }),
    ("a_lock_that_is_held_is_given_up", |lab| {
        Box::pin(hanging::a_lock_that_is_held_is_given_up(lab))
    }),
    ("one_caller_leaves_connections_to_others", |lab| {
        Box::pin(shares::one_caller_leaves_connections_to_others(lab))
    }),
    ("work_outside_of_requests_has_the_whole_pool", |lab| {
        Box::pin(shares::work_outside_of_requests_has_the_whole_pool(lab))
    }),
];

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    Lab::new(url).run(CASES);
}

#[test]
fn sqlite_in_memory() {
    // Cases that need a second connection do not apply: there is one.
    let alone = [
        "statements_are_prepared_once",
        "transactions_count_up_together",
        "a_lock_that_is_held_is_given_up",
        "one_caller_leaves_connections_to_others",
    ];
    let cases: Vec<_> = CASES.iter().filter(|(name, _)| !alone.contains(name)).copied().collect();
    Lab::new("sqlite::memory:".to_owned()).run(&cases);
}

#[test]
fn postgres() {
    let Some(mut server) = PostgresServer::launch() else { return };
    Lab::new(server.url()).run(CASES);
    hanging::server_that_hangs(&server.url(), || server.hang(), || server.resume());
    outages::refusals_of_postgres_are_told_apart(&server.url());
    outages::a_server_that_is_gone_is_named(&mut server);
    outages::a_server_that_starts_late_is_waited_for(&mut server);
}

#[test]
fn mariadb() {
    let Some(mut server) = MariaDbServer::launch() else { return };
    Lab::new(server.url()).run(CASES);
    hanging::server_that_hangs(&server.url(), || server.hang(), || server.resume());
    outages::a_server_that_is_gone_is_named(&mut server);
    outages::a_server_that_starts_late_is_waited_for(&mut server);
}
