//! hyper as one of the clients of the comparison, or the h2 crate alone (RAW_H2=1), on a tokio
//! runtime of one thread. Events are decoded by serde_json into a typed chunk.
//! The command line is that of ../common/command_line.hpp.

mod chunks;
mod tls;
mod window;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use window::{Counts, Window};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;

struct Arguments {
    events: bool,
    base: String,
    connections: usize,
    streams: usize,
    total: u64,
    path: String,
    warm: u64,
    raw: bool,
    body: Bytes,
}

impl Arguments {
    fn read() -> Self {
        let given: Vec<String> = std::env::args().collect();
        if given.len() < 8 {
            eprintln!("usage: {} unary|sse BASE_URL CONNECTIONS STREAMS REQUESTS PATH WARM", given[0]);
            std::process::exit(2);
        }
        let file = std::env::var("BODY").expect("name the file to post in BODY");
        Arguments {
            events: given[1] == "sse",
            base: given[2].clone(),
            connections: given[3].parse().expect("CONNECTIONS"),
            streams: given[4].parse().expect("STREAMS"),
            total: given[5].parse().expect("REQUESTS"),
            path: given[6].clone(),
            warm: given[7].parse().expect("WARM"),
            raw: std::env::var("RAW_H2").is_ok(),
            body: Bytes::from(std::fs::read(file).expect("the file that BODY names")),
        }
    }

    fn warm_path(&self) -> &str {
        if self.events { "/sse?n=200&rate=0" } else { &self.path }
    }
}

/// What sends requests over one connection.
#[derive(Clone)]
enum Sender {
    Hyper(hyper::client::conn::http2::SendRequest<Full<Bytes>>),
    H2(h2::client::SendRequest<Bytes>),
}

async fn begin<T>(transport: T, raw: bool) -> Result<Sender, Failure>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if raw {
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(transport)
            .await?;
        tokio::spawn(connection);
        return Ok(Sender::H2(sender));
    }
    let executor = hyper_util::rt::TokioExecutor::new();
    let (sender, connection) = hyper::client::conn::http2::Builder::new(executor)
        .handshake(hyper_util::rt::TokioIo::new(transport))
        .await?;
    tokio::spawn(connection);
    Ok(Sender::Hyper(sender))
}

async fn connect(base: &http::Uri, raw: bool) -> Result<Sender, Failure> {
    let address = (base.host().ok_or("no host")?, base.port_u16().ok_or("no port")?);
    let socket = tokio::net::TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    if base.scheme_str() != Some("https") {
        return begin(socket, raw).await;
    }
    let connector = tokio_rustls::TlsConnector::from(tls::configuration());
    begin(connector.connect("localhost".try_into()?, socket).await?, raw).await
}

/// The closed loop of all tasks: each asks again as soon as it was answered.
struct Load {
    limit: u64,
    started: AtomicU64,
    done: Counts,
}

async fn ask(
    sender: &mut Sender,
    url: &http::Uri,
    given: &Arguments,
    load: &Load,
) -> Result<(), Failure> {
    let head = http::Request::post(url.clone())
        .header("content-type", "application/json")
        .header("accept", if given.events { "text/event-stream" } else { "application/json" });
    let mut rest = BytesMut::new();
    let mut take = |data: &[u8]| {
        if given.events {
            chunks::feed(&mut rest, data, &load.done);
        }
    };
    match sender {
        Sender::Hyper(sender) => {
            sender.ready().await?;
            let response = sender.send_request(head.body(Full::new(given.body.clone()))?).await?;
            let mut body = response.into_body();
            while let Some(frame) = body.frame().await {
                if let Ok(data) = frame?.into_data() {
                    take(&data);
                }
            }
        }
        Sender::H2(sender) => {
            let mut ready = sender.clone().ready().await?;
            let head = head.header("content-length", given.body.len()).body(())?;
            let (response, mut body) = ready.send_request(head, false)?;
            body.send_data(given.body.clone(), true)?;
            let mut body = response.await?.into_body();
            while let Some(data) = body.data().await {
                let data = data?;
                body.flow_control().release_capacity(data.len())?;
                take(&data);
            }
        }
    }
    Ok(())
}

async fn keep_asking(mut sender: Sender, url: http::Uri, given: Arc<Arguments>, load: Arc<Load>) {
    while load.started.fetch_add(1, Relaxed) < load.limit {
        match ask(&mut sender, &url, &given, &load).await {
            Ok(()) => Counts::add(&load.done.requests),
            Err(why) => {
                if load.done.errors.load(Relaxed) == 0 {
                    eprintln!("{why}");
                }
                Counts::add(&load.done.errors);
            }
        }
    }
}

async fn drive(senders: &[Sender], given: &Arc<Arguments>, limit: u64, path: &str) -> Arc<Load> {
    let url: http::Uri = format!("{}{}", given.base, path).parse().expect("URL");
    let load = Arc::new(Load { limit, started: AtomicU64::new(0), done: Counts::default() });
    let tasks: Vec<_> = (0..given.connections * given.streams)
        .map(|i| {
            let sender = senders[i % senders.len()].clone();
            tokio::spawn(keep_asking(sender, url.clone(), given.clone(), load.clone()))
        })
        .collect();
    for task in tasks {
        task.await.expect("a task that panicked");
    }
    load
}

async fn measure(given: Arc<Arguments>) -> Result<(), Failure> {
    let base: http::Uri = given.base.parse()?;
    let mut senders = vec![];
    for _ in 0..given.connections {
        senders.push(connect(&base, given.raw).await?);
    }
    if given.warm > 0 {
        drive(&senders, &given, given.warm, given.warm_path()).await;
    }
    let window = Window::open();
    let load = drive(&senders, &given, given.total, &given.path).await;
    window.report(&load.done);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    measure(Arc::new(Arguments::read())).await
}
