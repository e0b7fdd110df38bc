-- What the administrator's sessions began with: where the service starts with another password, they end.
CREATE TABLE password (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    hash TEXT NOT NULL
) STRICT;
