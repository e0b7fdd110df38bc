-- What a name looks like: `alice`, `aIice` and `a1ice` are one. Computed by the service, which
-- fills in what is empty when it starts. Empty for users whose name looked like that of another
-- one before there was this column.
ALTER TABLE users ADD COLUMN skeleton TEXT;

CREATE UNIQUE INDEX users_by_skeleton ON users (skeleton);
