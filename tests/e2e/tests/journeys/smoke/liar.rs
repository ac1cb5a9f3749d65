//! A server that passes requests on to a service, and changes what is asked and what is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard};

use e2e::{Answer, Client};
use poem::http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::listener::TcpAcceptor;
use poem::{Endpoint, Request, Response, Server};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// With the query.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What was asked and truly answered before.
pub(super) type History = [(Asked, Answer)];

/// How a server lies.
#[derive(Clone, Copy)]
pub(super) struct Lie {
    /// Changes what the service is asked.
    pub(super) ask: fn(&mut Asked, &History),
    /// Changes what is answered to what was asked.
    pub(super) tell: fn(&Asked, &mut Answer, &History),
}

/// A running one. Dropping it ends it.
pub(super) struct Liar {
    address: SocketAddr,
    server: JoinHandle<std::io::Result<()>>,
}

struct Between {
    service: Client,
    lie: Lie,
    history: Mutex<Vec<(Asked, Answer)>>,
}

impl Asked {
    /// Whether it is this method on a single product.
    pub(super) fn product(&self, method: &Method) -> bool {
        self.method == *method && self.path.starts_with("/products/")
    }
}

impl Lie {
    /// The plain truth.
    pub(super) const NONE: Self = Self {
        ask: |_, _| (),
        tell: |_, _, _| (),
    };
}

impl Liar {
    /// Starts one in front of a service.
    pub(super) async fn start(service: Client, lie: Lie) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has one");
        let acceptor = TcpAcceptor::from_tokio(listener).expect("an acceptor");
        let between = Between {
            service,
            lie,
            history: Mutex::default(),
        };
        let server = tokio::spawn(Server::new_with_acceptor(acceptor).run(between));
        Self { address, server }
    }

    /// Where it begins.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Between {
    fn history(&self) -> MutexGuard<'_, Vec<(Asked, Answer)>> {
        self.history.lock().expect("no holder of the lock panics")
    }

    async fn pass_on(&self, asked: &Asked) -> Answer {
        let request = self.service.request(asked.method.clone(), &asked.path);
        let request = request.headers(asked.headers.clone());
        self.service.send(request.body(asked.body.clone())).await
    }
}

impl Endpoint for Between {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let mut headers = request.headers().clone();
        for own in [HOST, CONNECTION, CONTENT_LENGTH] {
            headers.remove(own);
        }
        let mut asked = Asked {
            method: request.method().clone(),
            path: request.uri().to_string(),
            headers,
            body: request.take_body().into_vec().await?,
        };
        let history = self.history().clone();
        let as_asked = asked.clone();
        (self.lie.ask)(&mut asked, &history);
        let truth = self.pass_on(&asked).await;
        let mut told = truth.clone();
        (self.lie.tell)(&as_asked, &mut told, &history);
        self.history().push((as_asked, truth));

        told.headers.remove(CONTENT_LENGTH);
        let mut response = Response::builder()
            .status(StatusCode::from_u16(told.status).expect("a status"))
            .body(told.body);
        response.headers_mut().extend(told.headers);
        Ok(response)
    }
}
