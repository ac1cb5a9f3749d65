//! The text of a cursor: opaque to clients, bound to the query that it came from.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    domain::ProductName,
    store::{Cursor, Direction, Filter, Position, Sort, SortKey},
};

/// Bytes of the digest in front: enough that no cursor of another query passes by chance.
const DIGEST_BYTES: usize = 8;

#[derive(Serialize, Deserialize)]
struct Content {
    before: bool,
    name: Option<String>,
    number: i64,
    id: i64,
    total: Option<u64>,
}

/// Writes a cursor for links.
pub(super) fn encode(cursor: &Cursor, sort: Sort, filter: &Filter) -> String {
    let (name, number, id) = match &cursor.position {
        Position::Number(number, id) => (None, *number, *id),
        Position::Name(name, id) => (Some(name.clone()), 0, *id),
    };
    let before = cursor.direction == Direction::Before;
    let content = Content {
        before,
        name,
        number,
        id,
        total: cursor.total,
    };
    let content = serde_json::to_vec(&content).expect("plain values become JSON");
    let mut bytes = digest(&content, sort, filter).to_vec();
    bytes.extend(content);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what [`encode`] wrote for the same sort order and filters; `None` for anything else.
pub(super) fn decode(text: &str, sort: Sort, filter: &Filter) -> Option<Cursor> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (found, content) = bytes.split_at_checked(DIGEST_BYTES)?;
    if found != digest(content, sort, filter) {
        return None;
    }
    let content: Content = serde_json::from_slice(content).ok()?;
    let position = match (content.name, sort.key) {
        (Some(name), SortKey::Name) if ProductName::parse(&name).is_ok() => {
            Position::Name(name, content.id)
        }
        (None, key) if key != SortKey::Name => Position::Number(content.number, content.id),
        _ => return None,
    };
    let direction = if content.before {
        Direction::Before
    } else {
        Direction::After
    };
    Some(Cursor {
        direction,
        position,
        total: content.total,
    })
}

fn digest(content: &[u8], sort: Sort, filter: &Filter) -> [u8; DIGEST_BYTES] {
    let key = match sort.key {
        SortKey::Id => "id",
        SortKey::Name => "name",
        SortKey::Price => "price",
        SortKey::Amount => "amount",
        SortKey::CreatedAt => "created_at",
    };
    let prices = [filter.min_price, filter.max_price].map(|price| price.map(|p| p.minor_units()));
    let query = (key, sort.descending, &filter.name, prices, filter.in_stock);
    let mut hash = Sha256::new_with_prefix(content);
    hash.update(serde_json::to_vec(&query).expect("plain values become JSON"));
    *hash
        .finalize()
        .first_chunk()
        .expect("a digest of SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::store::{Cursor, Direction, Filter, Position, Sort, SortKey};

    const BY_NAME: Sort = Sort {
        key: SortKey::Name,
        descending: false,
    };

    fn cursor() -> Cursor {
        let position = Position::Name("Desk \"lamp\"".into(), 7);
        Cursor {
            direction: Direction::Before,
            position,
            total: Some(3),
        }
    }

    #[test]
    fn a_cursor_is_read_back() {
        let text = encode(&cursor(), BY_NAME, &Filter::default());

        assert_eq!(decode(&text, BY_NAME, &Filter::default()), Some(cursor()));
    }

    #[test]
    fn a_cursor_of_another_query_is_foreign() {
        let text = encode(&cursor(), BY_NAME, &Filter::default());
        let descending = Sort {
            descending: true,
            ..BY_NAME
        };
        let in_stock = Filter {
            in_stock: Some(true),
            ..Filter::default()
        };

        assert_eq!(decode(&text, descending, &Filter::default()), None);
        assert_eq!(decode(&text, BY_NAME, &in_stock), None);
    }

    #[test]
    fn a_forged_cursor_cannot_carry_what_its_order_does_not_compare() {
        let name = |text: &str| Position::Name(text.into(), 7);
        let number = Position::Number(1, 7);
        let by_id = Sort {
            key: SortKey::Id,
            descending: false,
        };
        for (position, sort) in [
            (name("a"), by_id),
            (number, BY_NAME),
            (name("a\0b"), BY_NAME),
        ] {
            let text = encode(
                &Cursor {
                    position,
                    ..cursor()
                },
                sort,
                &Filter::default(),
            );
            assert_eq!(decode(&text, sort, &Filter::default()), None, "{sort:?}");
        }
    }

    #[test]
    fn a_changed_cursor_is_malformed() {
        let text = encode(&cursor(), BY_NAME, &Filter::default());

        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(
                decode(&changed, BY_NAME, &Filter::default()),
                None,
                "{changed}"
            );
        }
        for text in ["", "x", "!!!!", "AAAAAAAAAAA"] {
            assert_eq!(decode(text, BY_NAME, &Filter::default()), None, "{text}");
        }
    }
}
