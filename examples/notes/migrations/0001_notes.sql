-- For SQLite and Postgres alike. The endpoints check their input; the tables hold the same line
-- for whoever else writes.

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- The name in lower case: `Ada` and `ada` are one user.
    name_key TEXT NOT NULL UNIQUE CHECK (name_key = lower(name)),
    -- A PHC string of Argon2id.
    password_hash TEXT NOT NULL,
    joined TIMESTAMPTZ NOT NULL
);

CREATE TABLE notes (
    id UUID NOT NULL PRIMARY KEY,
    owner UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body TEXT NOT NULL CHECK (length(body) <= 10000),
    -- Title and body in lower case, for the search: databases disagree about what a capital is.
    folded TEXT NOT NULL,
    created TIMESTAMPTZ NOT NULL,
    changed TIMESTAMPTZ NOT NULL,
    -- One more with each change, so that of two changes at once one is told of the other.
    version BIGINT NOT NULL
);

CREATE INDEX notes_by_created ON notes (owner, created, id);
CREATE INDEX notes_by_title ON notes (owner, title, id);

CREATE TABLE shares (
    note UUID NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    reader UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    since TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (note, reader)
);

CREATE INDEX shares_by_reader ON shares (reader, note);
