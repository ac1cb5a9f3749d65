//! A TCP proxy that misbehaves when told to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Stands between clients and a server and forwards bytes both ways.
///
/// It cuts, delays, strands and heals all its connections at once. Dropping it cuts them for good.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    switch: Arc<Switch>,
}

/// What the threads of a proxy share.
#[derive(Debug)]
struct Switch {
    upstream: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    cut: bool,
    closed: bool,
    delay: Duration,
    open: Vec<TcpStream>,
    /// How many connections there were.
    joined: usize,
    /// The connections before this one are stranded.
    stranded: usize,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and forwards to `upstream`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), upstream)
    }

    /// Listens at `address` and forwards to `upstream`.
    ///
    /// # Errors
    /// When somebody else listens there.
    pub fn start_at(address: SocketAddr, upstream: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address).context("bind the proxy")?;
        let address = listener.local_addr().context("read the proxy's port")?;
        let switch = Arc::new(Switch {
            upstream,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let shared = Arc::clone(&switch);
        thread::spawn(move || shared.accept(&listener));
        Ok(Self { address, switch })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the open connections and every new one as soon as it is made.
    pub fn cut(&self) {
        self.switch.change(|state| state.cut = true);
        self.switch.end_connections();
    }

    /// Holds back each piece of data for this long, in both directions, until [`Proxy::heal`].
    pub fn delay(&self, delay: Duration) {
        self.switch.change(|state| state.delay = delay);
    }

    /// Swallows what comes on the connections that are open now, for ever and without ending them,
    /// as when the machine behind them is gone. New ones are served.
    pub fn strand(&self) {
        self.switch.change(|state| state.stranded = state.joined);
    }

    /// Forwards again as if nothing had been; data that is held back goes at once. What is stranded
    /// stays so.
    pub fn heal(&self) {
        self.switch.change(|state| {
            state.cut = false;
            state.delay = Duration::ZERO;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.switch.change(|state| {
            state.cut = true;
            state.closed = true;
        });
        self.switch.end_connections();
        // Wakes the accepting thread, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl Switch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the lock panics")
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn end_connections(&self) {
        for stream in self.state().open.drain(..) {
            // A connection that is gone already is what is wanted.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            let State { closed, cut, .. } = *self.state();
            if closed {
                return;
            }
            if cut {
                continue;
            }
            // A client that cannot be served sees its connection end.
            let _ = client.and_then(|client| self.join(client));
        }
    }

    /// Connects a client with the server and starts a thread for each direction.
    fn join(self: &Arc<Self>, client: TcpStream) -> std::io::Result<()> {
        let server = TcpStream::connect(self.upstream)?;
        for stream in [&client, &server] {
            stream.set_nodelay(true)?;
        }
        let ends = [client.try_clone()?, server.try_clone()?];
        let pairs = [(client.try_clone()?, server.try_clone()?), (server, client)];
        let number = {
            let mut state = self.state();
            if state.cut {
                return Ok(());
            }
            state.open.extend(ends);
            state.joined += 1;
            state.joined - 1
        };
        for (from, to) in pairs {
            let switch = Arc::clone(self);
            thread::spawn(move || switch.forward(number, from, to));
        }
        Ok(())
    }

    fn forward(&self, number: usize, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            self.hold_back();
            if number < self.state().stranded {
                continue;
            }
            if to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        // The other side learns of an end as it would without a proxy.
        let _ = to.shutdown(Shutdown::Write);
    }

    fn hold_back(&self) {
        let arrived = Instant::now();
        let mut state = self.state();
        while let Some(left) = state
            .delay
            .checked_sub(arrived.elapsed())
            .filter(|left| !left.is_zero())
        {
            let woken = self.changed.wait_timeout(state, left);
            state = woken.expect("no holder of the lock panics").0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that sends back what it receives.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    let mut back = stream.try_clone().unwrap();
                    let _ = std::io::copy(&mut stream, &mut back);
                });
            }
        });
        address
    }

    fn connect(proxy: &Proxy) -> TcpStream {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    fn round_trip(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        let mut answer = [0; 4];
        stream.write_all(b"ping")?;
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn bytes_pass_both_ways() {
        let proxy = Proxy::start(echo()).unwrap();

        let answer = round_trip(&mut connect(&proxy)).unwrap();

        assert_eq!(&answer, b"ping");
    }

    #[test]
    fn a_cut_ends_old_and_new_connections_until_healed() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut old = connect(&proxy);
        round_trip(&mut old).unwrap();

        proxy.cut();

        assert!(round_trip(&mut old).is_err(), "an old connection survived");
        assert!(
            round_trip(&mut connect(&proxy)).is_err(),
            "a new connection was served"
        );
        proxy.heal();
        assert_eq!(&round_trip(&mut connect(&proxy)).unwrap(), b"ping");
    }

    #[test]
    fn a_stranded_connection_stays_mute_while_a_new_one_is_served() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut old = connect(&proxy);
        round_trip(&mut old).unwrap();

        proxy.strand();
        proxy.heal();

        old.set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        let kind = round_trip(&mut old).unwrap_err().kind();
        assert_eq!(kind, std::io::ErrorKind::WouldBlock, "it is open");
        assert_eq!(&round_trip(&mut connect(&proxy)).unwrap(), b"ping");
    }

    #[test]
    fn delayed_data_arrives_when_healed() {
        let proxy = Proxy::start(echo()).unwrap();
        let mut stream = connect(&proxy);
        stream
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();

        proxy.delay(Duration::from_secs(3600));

        assert!(round_trip(&mut stream).is_err(), "data was not held back");
        proxy.heal();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"ping");
    }
}
