//! An OpenTelemetry collector for traces: takes them over OTLP/gRPC and shows what it was sent.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status};

use crate::span::Span;
use crate::{certificate, poll_until_blocking};

/// Takes traces until it is dropped, on a thread of its own.
#[derive(Debug)]
pub struct Collector {
    scheme: &'static str,
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Dropping it stops the server.
    _running: oneshot::Sender<()>,
}

/// How a collector meets an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    #[default]
    Kind,
    /// Never answers.
    Silent,
    /// Answers that it cannot take it now.
    Unavailable,
    /// Answers that it will never take it.
    Unwilling,
}

#[derive(Debug, Default)]
struct Shared {
    manner: Mutex<Manner>,
    spans: Mutex<Vec<Span>>,
    /// All that came, headers included, as text.
    heard: Mutex<String>,
    calls: Mutex<usize>,
}

impl Collector {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound or the thread cannot be started.
    pub fn start() -> Result<Self> {
        Self::serve(Server::builder(), "http")
    }

    /// As [`Collector::start`], but with TLS; gives the certificate of the authority that vouches
    /// for it, as PEM.
    ///
    /// # Errors
    /// As [`Collector::start`].
    pub fn start_encrypted() -> Result<(Self, String)> {
        let issued = certificate::issue()?;
        let identity = Identity::from_pem(issued.certificate, issued.key);
        let tls = ServerTlsConfig::new().identity(identity);
        let server = Server::builder().tls_config(tls)?;
        Ok((Self::serve(server, "https")?, issued.authority))
    }

    fn serve(mut server: Server, scheme: &'static str) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let incoming = {
            let _within = runtime.enter();
            TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into()).context("bind the collector")?
        };
        let address = incoming.local_addr()?;
        let shared = Arc::<Shared>::default();
        let service = TraceServiceServer::new(Receiver(Arc::clone(&shared)));
        let (running, stopped) = oneshot::channel::<()>();
        let server = server.add_service(service);
        thread::Builder::new()
            .name("collector".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = server.serve_with_incoming(incoming) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            scheme,
            address,
            shared,
            _running: running,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint to configure.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Meets exports in another manner from now on.
    pub fn be(&self, manner: Manner) {
        *lock(&self.shared.manner) = manner;
    }

    /// The spans taken so far.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.shared.spans).clone()
    }

    /// How many exports were tried so far, taken or not.
    pub fn calls(&self) -> usize {
        *lock(&self.shared.calls)
    }

    /// All that came, headers included, as text to search in.
    pub fn heard(&self) -> String {
        lock(&self.shared.heard).clone()
    }

    /// Waits until a span of this name has come, and gives the first.
    ///
    /// # Panics
    /// When `deadline` has passed, with the names of the spans that came.
    #[track_caller]
    pub fn await_span(&self, name: &str, deadline: Duration) -> Span {
        poll_until_blocking(&format!("the span {name:?}"), deadline, || {
            let spans = self.spans();
            let found = spans.iter().find(|span| span.name == name).cloned();
            found.ok_or_else(|| spans.into_iter().map(|span| span.name).collect::<Vec<_>>())
        })
    }
}

/// The service behind the server.
struct Receiver(Arc<Shared>);

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        *lock(&self.0.calls) += 1;
        let manner = *lock(&self.0.manner);
        match manner {
            Manner::Kind => {}
            Manner::Silent => std::future::pending().await,
            Manner::Unavailable => return Err(Status::new(Code::Unavailable, "not now")),
            Manner::Unwilling => return Err(Status::new(Code::InvalidArgument, "never")),
        }
        let heard = format!("{:?} {:?}\n", request.metadata(), request.get_ref());
        lock(&self.0.heard).push_str(&heard);
        lock(&self.0.spans).extend(Span::all_of(request.into_inner()));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of the lock panics")
}

/// The attributes of a span or of its sender, as text by key.
pub(crate) type Attributes = BTreeMap<String, String>;
