CREATE TABLE notes (
    id BIGINT NOT NULL PRIMARY KEY,
    owner BIGINT NOT NULL REFERENCES users (id),
    title VARCHAR(200) NOT NULL,
    body TEXT,
    pinned BOOLEAN NOT NULL DEFAULT FALSE,
    created BIGINT NOT NULL
);

CREATE INDEX notes_by_owner ON notes (owner, created);

CREATE VIEW owned AS
    SELECT n.id, n.title, u.name AS owner FROM notes n JOIN users u ON u.id = n.owner;
