-- The endpoint checks its input; the table holds the same line for whoever else writes.
CREATE TABLE entries (
    -- No id comes back: a moderator who looks at a page of yesterday deletes what it shows.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
    -- The text in lower case, for the search: SQLite folds ASCII alone.
    folded TEXT NOT NULL,
    -- In UTC.
    written TEXT NOT NULL
) STRICT;
