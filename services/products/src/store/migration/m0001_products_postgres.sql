CREATE SEQUENCE products_id_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE products_version_seq AS bigint;

-- COLLATE "C" compares by code point, as SQLite does.
CREATE TABLE products (
    id            bigint PRIMARY KEY CHECK (id BETWEEN 1 AND 9007199254740991),
    name          text COLLATE "C" NOT NULL,
    name_key      text COLLATE "C" NOT NULL,
    price_minor   bigint NOT NULL CHECK (price_minor >= 0),
    amount        integer NOT NULL CHECK (amount >= 0),
    version       bigint NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL
);

-- One for each sort key; the filters are ranges of the same columns.
CREATE INDEX products_name_idx ON products (name_key, name, id);
CREATE INDEX products_price_idx ON products (price_minor, id);
CREATE INDEX products_amount_idx ON products (amount, id);
CREATE INDEX products_created_at_idx ON products (created_at_us, id);

CREATE TABLE idempotency_keys (
    key           text COLLATE "C" PRIMARY KEY,
    fingerprint   text NOT NULL,
    answer        text NOT NULL,
    created_at_us bigint NOT NULL
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at_us);

-- One row: what this database's entries are called in a cache that others use as well.
CREATE TABLE cache_epoch (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch         text COLLATE "C" NOT NULL
);

INSERT INTO cache_epoch (epoch) VALUES (replace(gen_random_uuid()::text, '-', ''));
