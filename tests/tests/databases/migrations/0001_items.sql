CREATE TABLE items (
    id BIGINT PRIMARY KEY,
    name VARCHAR(40) NOT NULL UNIQUE,
    qty INTEGER,
    CONSTRAINT positive CHECK (qty > 0)
);
