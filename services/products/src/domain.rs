//! What a product is: types that cannot hold an invalid value.
//!
//! Nothing here knows HTTP or SQL. Every type is made by `parse`, which says in one sentence what is wrong with a value
//! that it refuses.

mod decimal;
mod name;
mod number;
mod price;
mod product;

pub use name::{NameError, ProductName};
pub use number::{Amount, ProductId, RangeError};
pub use price::{Price, PriceError};
pub use product::{Changes, NewProduct, Product, Timestamp, Version};
