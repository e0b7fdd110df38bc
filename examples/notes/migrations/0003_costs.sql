-- What an account keeps, counted with each statement that changes it: a count of all its notes
-- for every new one would cost more with each.
ALTER TABLE users ADD COLUMN note_count BIGINT NOT NULL DEFAULT 0;
-- Of titles and bodies, in UTF-8. On disk it is about twice as much, for the search.
ALTER TABLE users ADD COLUMN note_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE users SET
    note_count = (SELECT COUNT(*) FROM notes n WHERE n.owner = users.id),
    note_bytes = (SELECT COALESCE(SUM(octet_length(n.title) + octet_length(n.body)), 0)
                  FROM notes n WHERE n.owner = users.id);

-- A share is of a name, whether or not somebody has it: what was asked for is counted, so that no
-- count tells who has an account.
CREATE TABLE shares_of_names (
    note UUID NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    name_key TEXT NOT NULL,
    -- Who had the name at that time: who takes it later reads nothing by this. No foreign key,
    -- which would be looked up for the names of users alone, and take a time that tells them.
    reader UUID,
    since TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (note, name_key)
);
INSERT INTO shares_of_names (note, name_key, reader, since)
    SELECT s.note, u.name_key, s.reader, s.since FROM shares s JOIN users u ON u.id = s.reader;
DROP TABLE shares;
ALTER TABLE shares_of_names RENAME TO shares;
-- Whether a note was shared with a user.
CREATE INDEX shares_by_reader ON shares (reader, note);
-- The latest shares with a user, which alone are listed and searched.
CREATE INDEX shares_by_since ON shares (reader, since, note);

-- An export goes by the ids: without it each page sorted all notes of the owner.
CREATE INDEX notes_by_id ON notes (owner, id);
