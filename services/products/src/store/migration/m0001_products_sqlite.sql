CREATE TABLE sequences (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    product_id      INTEGER NOT NULL CHECK (product_id <= 9007199254740991),
    product_version INTEGER NOT NULL
) STRICT;

INSERT INTO sequences (only, product_id, product_version) VALUES (1, 0, 0);

-- WITHOUT ROWID, so that the id is a column like any other: SQLite compares row values by an index only
-- up to a column that stands for the rowid, and a page among equal prices would cost more with its depth.
CREATE TABLE products (
    id            INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 9007199254740991),
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL,
    price_minor   INTEGER NOT NULL CHECK (price_minor >= 0),
    amount        INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 2147483647),
    version       INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One for each sort key; the filters are ranges of the same columns.
CREATE INDEX products_name_idx ON products (name_key, name, id);
CREATE INDEX products_price_idx ON products (price_minor, id);
CREATE INDEX products_amount_idx ON products (amount, id);
CREATE INDEX products_created_at_idx ON products (created_at_us, id);

CREATE TABLE idempotency_keys (
    key           TEXT PRIMARY KEY,
    fingerprint   TEXT NOT NULL,
    answer        TEXT NOT NULL,
    created_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at_us);

-- One row: what this database's entries are called in a cache that others use as well.
CREATE TABLE cache_epoch (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    epoch         TEXT NOT NULL
) STRICT;

INSERT INTO cache_epoch (one, epoch) VALUES (1, lower(hex(randomblob(16))));
