-- The endpoint checks its input; the table holds the same line for whoever else writes.
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 1000)
) STRICT;

CREATE INDEX items_by_owner ON items (owner, id);
