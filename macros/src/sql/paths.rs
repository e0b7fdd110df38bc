//! Every path that the expansions name, written once.

use crate::paths::private_paths;

private_paths! {
    /// The paths of a query's expansion, under `__private::sql`.
    SqlPaths {
        query = query,
        statement = Statement,
        part = Part,
        column = Column,
        statement_kind = StatementKind,

        // Names, rows and columns.
        sql_name = SqlName,
        row = Row,
        row_ref = RowRef,
        decode_error = DecodeError,
        row_columns = RowColumns,
        row_column = RowColumn,
        row_probe = RowProbe,
        no_row = NoRow,
        column_probe = ColumnProbe,
        no_column = NoColumn,

        /// What `const` checks compare with: name, kind, whether it is NULL.
        known = Known,
        /// `const fn(row, scalar, &[Known])`: the query gives what the type reads.
        check_output = check_output,
        /// `const fn(&[..], &[Known])`: the query gives what the tuple reads.
        check_tuple = check_tuple,
        /// `const fn(&[&str], &[&str])`: every name of a set is a column.
        check_names = check_names,
        /// `const fn(&[&str])`: every name of a set is a direction.
        check_directions = check_directions,

        // Values beside the columns that they are compared with.
        any_beside = AnyBeside,
        beside = Beside,
        column_name = ColumnName,
        holds = Holds,
        list_beside = ListBeside,

        // Migrations.
        migrations = Migrations,
        migration = Migration,
    }
}
