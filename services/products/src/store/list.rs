//! Pages of products by keyset: a page begins after (or before) the sort key of a row, found by an
//! index, so that its cost does not grow with its depth and rows that come and go move nothing.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Error, Store,
    entity::products::{Column, Entity},
};
use crate::domain::{Price, Product, ProductName};

/// What products can be sorted by; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The id itself.
    Id,
    /// The name without regard to case, then by code point.
    Name,
    /// The price.
    Price,
    /// The amount in stock.
    Amount,
    /// The moment of creation.
    CreatedAt,
}

/// An order; descending is the exact reverse of ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// Largest first.
    pub descending: bool,
}

/// Which products are wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// The name begins so, without regard to case.
    pub name: Option<String>,
    /// Costs at least this.
    pub min_price: Option<Price>,
    /// Costs at most this.
    pub max_price: Option<Price>,
    /// Whether the amount is above zero.
    pub in_stock: Option<bool>,
}

/// Where a row stands in an order: the values that the order compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// By a number, then by id.
    Number(i64, i64),
    /// By name, then by id.
    Name(String, i64),
}

/// To which side of a position a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It begins after the position.
    After,
    /// It ends before the position.
    Before,
}

/// A place between two pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// To which side the page lies.
    pub direction: Direction,
    /// The row next to the page.
    pub position: Position,
    /// What the count was when it was asked for.
    pub total: Option<u64>,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// After so many rows; its cost grows with their number.
    Skip(u64),
    /// At a cursor.
    At(Cursor),
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// The order.
    pub sort: Sort,
    /// The products wanted.
    pub filter: Filter,
    /// Where the page begins.
    pub start: Start,
    /// The most rows of the page.
    pub limit: u64,
    /// Whether the matching products are counted; a cursor that carries a count is not counted anew.
    pub count: bool,
}

/// A page and the way on.
#[derive(Debug)]
pub struct Page {
    /// The products in the order asked for.
    pub products: Vec<Product>,
    /// The next page, if there is one.
    pub next: Option<Cursor>,
    /// The previous page, if there is one.
    pub prev: Option<Cursor>,
    /// How many match in all, if it was asked for.
    pub total: Option<u64>,
}

impl Store {
    /// One page of the products that match.
    pub async fn list(&self, query: &ListQuery) -> Result<Page, Error> {
        let matching = query.filter.condition(query.sort.key);
        let total = match &query.start {
            _ if !query.count => None,
            Start::At(Cursor {
                total: Some(total), ..
            }) => Some(*total),
            _ => Some(
                Entity::find()
                    .filter(matching.clone())
                    .count(&self.db)
                    .await?,
            ),
        };
        let rows = page(matching, query)
            .limit(query.limit + 1)
            .all(&self.db)
            .await?;
        let products = rows.into_iter().map(Product::from).collect();
        Ok(Page::new(query, products, total))
    }
}

impl Page {
    /// Makes a page of its rows and, where there is one, a further row beyond them.
    fn new(query: &ListQuery, mut products: Vec<Product>, total: Option<u64>) -> Self {
        let more = products.len() as u64 > query.limit;
        products.truncate(query.limit as usize);
        let backwards = query.start.is_backwards();
        if backwards {
            products.reverse();
        }
        let cursor = |direction, product: Option<&Product>| {
            let position = query.sort.key.position(product?);
            Some(Cursor {
                direction,
                position,
                total,
            })
        };
        let at_beginning = query.start == Start::Skip(0);
        let has_next = backwards || more;
        let has_prev = if backwards { more } else { !at_beginning };
        Self {
            next: has_next
                .then(|| cursor(Direction::After, products.last()))
                .flatten(),
            prev: has_prev
                .then(|| cursor(Direction::Before, products.first()))
                .flatten(),
            products,
            total,
        }
    }
}

impl Start {
    fn is_backwards(&self) -> bool {
        matches!(
            self,
            Self::At(Cursor {
                direction: Direction::Before,
                ..
            })
        )
    }
}

fn page(matching: Condition, query: &ListQuery) -> Select<Entity> {
    let reversed = query.sort.descending != query.start.is_backwards();
    let order = if reversed { Order::Desc } else { Order::Asc };
    let begun = match &query.start {
        Start::Skip(0) => Entity::find(),
        Start::Skip(rows) => Entity::find().offset(*rows),
        // Before the filter: of two bounds on one column, SQLite enters the index by the first.
        Start::At(cursor) => {
            Entity::find().filter(beyond(query.sort.key, &cursor.position, reversed))
        }
    };
    let columns = query.sort.key.columns().iter();
    columns.fold(begun.filter(matching), |select, &column| {
        select.order_by(column, order.clone())
    })
}

/// A row-value comparison, which both databases answer from the index of the sort key.
fn beyond(key: SortKey, position: &Position, reversed: bool) -> Expr {
    let columns = key.columns().iter().map(|&column| Expr::col(column));
    let values: Vec<Expr> = match position {
        Position::Number(id, _) if key == SortKey::Id => vec![Expr::val(*id)],
        Position::Number(number, id) => vec![Expr::val(*number), Expr::val(*id)],
        Position::Name(name, id) => {
            let name_key = ProductName::key_of(name);
            vec![
                Expr::val(name_key),
                Expr::val(name.as_str()),
                Expr::val(*id),
            ]
        }
    };
    let (row, bound) = (Expr::tuple(columns), Expr::tuple(values));
    if reversed {
        row.lt(bound)
    } else {
        row.gt(bound)
    }
}

impl SortKey {
    fn columns(self) -> &'static [Column] {
        match self {
            Self::Id => &[Column::Id],
            Self::Name => &[Column::NameKey, Column::Name, Column::Id],
            Self::Price => &[Column::PriceMinor, Column::Id],
            Self::Amount => &[Column::Amount, Column::Id],
            Self::CreatedAt => &[Column::CreatedAtUs, Column::Id],
        }
    }

    fn position(self, product: &Product) -> Position {
        let id = product.id.value();
        match self {
            Self::Id => Position::Number(id, id),
            Self::Name => Position::Name(product.name.as_str().to_owned(), id),
            Self::Price => Position::Number(product.price.minor_units(), id),
            Self::Amount => Position::Number(product.amount.value().into(), id),
            Self::CreatedAt => Position::Number(product.created_at.0, id),
        }
    }
}

impl Filter {
    fn condition(&self, sort: SortKey) -> Condition {
        let name = self.name.as_deref().map(begins_with);
        let min_price = self
            .min_price
            .map(|price| Column::PriceMinor.gte(price.minor_units()));
        let max_price = self
            .max_price
            .map(|price| Column::PriceMinor.lte(price.minor_units()));
        let in_stock = self.in_stock.map(|wanted| match (wanted, sort) {
            (true, _) => Column::Amount.gt(0),
            // An equality would keep a cursor's row value from the index that both bound.
            (false, SortKey::Amount) => Column::Amount.lt(1),
            (false, _) => Column::Amount.eq(0),
        });
        let name = name.unwrap_or_else(Condition::all);
        name.add_option(min_price)
            .add_option(max_price)
            .add_option(in_stock)
    }
}

/// A range instead of LIKE: it uses the index on both databases and has no wildcards to escape.
fn begins_with(prefix: &str) -> Condition {
    let key = ProductName::key_of(prefix);
    let end = end_of_prefix(&key).map(|end| Column::NameKey.lt(end));
    Condition::all()
        .add(Column::NameKey.gte(key))
        .add_option(end)
}

/// The smallest text, by code point, above everything that begins with `prefix`.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // Skips the surrogates, which are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::end_of_prefix;

    #[test]
    fn the_end_of_a_prefix_lies_above_all_that_begin_with_it() {
        assert_eq!(end_of_prefix("ab"), Some("ac".into()));
        assert_eq!(end_of_prefix("a\u{d7ff}"), Some("a\u{e000}".into()));
        assert_eq!(end_of_prefix("a\u{10ffff}"), Some("b".into()));
        assert_eq!(end_of_prefix("\u{10ffff}"), None);
        assert_eq!(end_of_prefix(""), None);
    }
}
