//! The operations on products.

mod answers;
mod create;
mod read;

use poem::{
    Request,
    http::{HeaderName, StatusCode, header},
};
use poem_openapi::{OpenApi, Tags, param::Path};

use self::answers::{Create, Delete, List, Read, Write};
pub(super) use self::read::{Straight, known};
use super::{
    answer::{Reply, render, render_all},
    body::{JsonBody, PatchBody},
    conditional::{etag, if_match, lacks},
    list,
    outcome::problem,
    path::PathId,
    payload,
};
use crate::{
    catalogue::Catalogue,
    domain::{Changes, ProductId},
};

const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// Serves products from a catalogue.
pub(super) struct Products {
    catalogue: Catalogue,
}

#[derive(Tags)]
enum Tag {
    /// Create, read, change and delete products.
    Products,
}

impl Products {
    pub(super) fn new(catalogue: Catalogue) -> Self {
        Self { catalogue }
    }

    async fn change(
        &self,
        request: &Request,
        id: ProductId,
        changes: Changes,
    ) -> poem::Result<Reply<Write>> {
        let precondition = if_match(request)?;
        let product = self
            .catalogue
            .update(id, changes, precondition)
            .await
            .map_err(problem)?;
        Ok(Reply::json(StatusCode::OK, render(&product))
            .header(header::ETAG, etag(product.version)))
    }
}

#[OpenApi(tag = "Tag::Products")]
impl Products {
    /// Create one product, or up to 1,000 in an array
    ///
    /// An array is all or nothing: one bad item and none is created. With an Idempotency-Key a
    /// retry gets the first answer and creates nothing, for 24 hours.
    #[oai(path = "/products", method = "post", operation_id = "createProducts")]
    async fn create(&self, request: &Request, body: JsonBody) -> poem::Result<Reply<Create>> {
        create::create(&self.catalogue, request, body.0).await
    }

    /// List products, page by page
    ///
    /// Follow Link rel="next" to the end: its cost does not grow with depth, and products that come
    /// and go in between neither hide nor repeat the others.
    #[oai(path = "/products", method = "get", operation_id = "listProducts")]
    async fn list(&self, request: &Request) -> poem::Result<Reply<List>> {
        let list = list::List::parse(request)?;
        let page = self.catalogue.list(&list.query).await.map_err(problem)?;
        let reply = Reply::json(StatusCode::OK, render_all(&page.products))
            .header(header::LINK, list.links(&page));
        Ok(match page.total {
            Some(total) => reply.header(X_TOTAL_COUNT, total.to_string()),
            None => reply,
        })
    }

    /// Read a product
    #[oai(
        path = "/products/:product_id",
        method = "get",
        operation_id = "readProduct"
    )]
    async fn read(&self, request: &Request, product_id: Path<PathId>) -> poem::Result<Reply<Read>> {
        let id = product_id.0.0;
        let read = self.catalogue.read(id, lacks(request)).await;
        Ok(read::reply(read.map_err(problem)?))
    }

    /// Replace a product
    ///
    /// Never creates one. What a read gave can be sent back: `id` must be the path's, `created_at`
    /// and `updated_at` are ignored.
    #[oai(
        path = "/products/:product_id",
        method = "put",
        operation_id = "replaceProduct"
    )]
    async fn replace(
        &self,
        request: &Request,
        product_id: Path<PathId>,
        body: JsonBody,
    ) -> poem::Result<Reply<Write>> {
        let id = product_id.0.0;
        self.change(request, id, payload::replacement(&body.0, id)?)
            .await
    }

    /// Change some fields of a product
    ///
    /// A merge patch (RFC 7396). Fields that are not sent stay as they are.
    #[oai(
        path = "/products/:product_id",
        method = "patch",
        operation_id = "patchProduct"
    )]
    async fn patch(
        &self,
        request: &Request,
        product_id: Path<PathId>,
        body: PatchBody,
    ) -> poem::Result<Reply<Write>> {
        let id = product_id.0.0;
        self.change(request, id, payload::patch(&body.0, id)?).await
    }

    /// Delete a product
    #[oai(
        path = "/products/:product_id",
        method = "delete",
        operation_id = "deleteProduct"
    )]
    async fn delete(
        &self,
        request: &Request,
        product_id: Path<PathId>,
    ) -> poem::Result<Reply<Delete>> {
        let id = product_id.0.0;
        let precondition = if_match(request)?;
        self.catalogue
            .delete(id, precondition)
            .await
            .map_err(problem)?;
        Ok(Reply::empty(StatusCode::NO_CONTENT))
    }
}
