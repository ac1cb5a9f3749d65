//! What each operation answers.

use crate::api::answer::{Answer, Header, Operation, failure};

const ETAG: Header = Header("ETag", "The product's version, a strong entity tag.");
const BAD_BODY: Answer = failure(400, "The body is not JSON, or a header cannot be read.");
const NOT_FOUND: Answer = failure(404, "There is no product with this id.");
const CHANGED: Answer = failure(412, "The product is not in a version that If-Match names.");
const TOO_LARGE: Answer = failure(413, "The body is larger than server.max_request_size.");
const MEDIA_TYPE: Answer = failure(415, "The body is not sent as JSON, or is compressed.");
const INVALID: Answer = failure(
    422,
    "The body breaks a rule; errors has a pointer and a message for each.",
);

/// `createProducts`.
pub(super) struct Create;

impl Operation for Create {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            status: 201,
            when: "Created: the product, or the array of products in the order of the request.",
            schema: "CreatedProducts",
            headers: &[
                Header("Location", "Where the product is; only for a single one."),
                Header("ETag", "The product's version; only for a single one."),
                Header(
                    "Idempotency-Replayed",
                    "`true` if an earlier request with this Idempotency-Key was answered so.",
                ),
            ],
        },
        BAD_BODY,
        Answer {
            headers: &[Header(
                "Retry-After",
                "Seconds to wait; only where the first request is still running.",
            )],
            ..failure(
                409,
                "A chosen id is taken, or the first request with this Idempotency-Key is still running.",
            )
        },
        TOO_LARGE,
        MEDIA_TYPE,
        INVALID,
    ];
}

/// `listProducts`.
pub(super) struct List;

impl Operation for List {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            status: 200,
            when: "A page of products.",
            schema: "ProductList",
            headers: &[
                Header(
                    "Link",
                    "RFC 8288: `first`, and `prev` and `next` where there are such pages.",
                ),
                Header(
                    "X-Total-Count",
                    "How many products match; only with `count=true`.",
                ),
            ],
        },
        failure(400, "A query parameter breaks its rule; detail names both."),
    ];
}

/// `readProduct`.
pub(super) struct Read;

impl Operation for Read {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            status: 200,
            when: "The product.",
            schema: "Product",
            headers: READ_HEADERS,
        },
        Answer {
            status: 304,
            when: "The client has it already: If-None-Match names its version.",
            schema: "",
            headers: READ_HEADERS,
        },
        NOT_FOUND,
    ];
}

const READ_HEADERS: &[Header] = &[
    ETAG,
    Header(
        "Cache-Control",
        "`private, no-cache`: to be kept by the client only, and asked for again.",
    ),
    Header(
        "X-Cache",
        "Where the answer came from: `hit`, `miss` or `bypass`.",
    ),
];

/// `replaceProduct` and `patchProduct`.
pub(super) struct Write;

impl Operation for Write {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            status: 200,
            when: "The product as it is now.",
            schema: "Product",
            headers: &[ETAG],
        },
        BAD_BODY,
        NOT_FOUND,
        CHANGED,
        TOO_LARGE,
        MEDIA_TYPE,
        INVALID,
    ];
}

/// `deleteProduct`.
pub(super) struct Delete;

impl Operation for Delete {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            status: 204,
            when: "Deleted.",
            schema: "",
            headers: &[],
        },
        failure(400, "If-Match cannot be read."),
        NOT_FOUND,
        CHANGED,
    ];
}
