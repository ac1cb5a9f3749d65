//! Redis' programs, and what one run of the server is told.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::certificate::Certificate;

/// Where `tests/setup/redis.sh` puts the server's name.
const LINKED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/tools/redis/redis-server"
);

const OLDEST: u32 = 7;

const MISSING: &str = "Redis 7.0 or newer is not installed; \
    run tests/setup/redis.sh, or put its `redis-server` and `redis-cli` on the PATH";

/// The name of the snapshot in the server's directory.
pub(super) const SNAPSHOT: &str = "dump.rdb";

/// The name of the file with the server's process id in its directory.
pub(super) const PROCESS: &str = "pid";

/// How a server is run each time.
#[derive(Debug)]
pub(super) struct Program {
    server: &'static str,
    pub(super) settings: Vec<(String, String)>,
    pub(super) password: Option<&'static str>,
    pub(super) certificate: Option<Certificate>,
}

impl Program {
    /// A server with these settings of `redis.conf`, and Redis' defaults for others but that it
    /// writes no snapshots of its own accord.
    pub(super) fn find(settings: &[(&str, &str)]) -> Result<Self> {
        let server = if Path::new(LINKED).exists() {
            LINKED
        } else {
            "redis-server"
        };
        let version = Command::new(server).arg("--version").output();
        let version = String::from_utf8(version.context(MISSING)?.stdout)?;
        let major = major_version(&version);
        ensure!(major >= Some(OLDEST), "{MISSING}\n(found {version})");
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Self {
            server,
            settings: settings.iter().map(owned).collect(),
            password: None,
            certificate: None,
        })
    }

    /// The words that run the server on this port with its files in this directory.
    pub(super) fn argv(&self, directory: &Path, port: u16) -> Result<Vec<String>> {
        let mut settings = vec![
            ("bind", "127.0.0.1".to_owned()),
            ("dir", directory.display().to_string()),
            ("pidfile", directory.join(PROCESS).display().to_string()),
            ("save", String::new()),
        ];
        settings.extend(self.listening(directory, port)?);
        settings.extend(self.password.map(|word| ("requirepass", word.to_owned())));
        let chosen = self.settings.iter();
        settings.extend(chosen.map(|(name, value)| (name.as_str(), value.clone())));
        let mut argv = vec![self.server.to_owned()];
        for (name, value) in settings {
            argv.extend([format!("--{name}"), value]);
        }
        Ok(argv)
    }

    /// Where and how it listens; writes the certificate that it shows.
    fn listening(&self, directory: &Path, port: u16) -> Result<Vec<(&'static str, String)>> {
        let Some(issued) = &self.certificate else {
            return Ok(vec![("port", port.to_string())]);
        };
        let mut settings = vec![
            ("port", "0".to_owned()),
            ("tls-port", port.to_string()),
            ("tls-auth-clients", "no".to_owned()),
        ];
        for (name, pem) in [
            ("tls-cert-file", &issued.certificate),
            ("tls-key-file", &issued.key),
            ("tls-ca-cert-file", &issued.authority),
        ] {
            let path = directory.join(name);
            fs::write(&path, pem).context("write a certificate")?;
            settings.push((name, path.display().to_string()));
        }
        Ok(settings)
    }

    /// Runs one command, and gives its answer as `redis-cli` prints it.
    pub(super) fn command(
        &self,
        address: SocketAddr,
        directory: &Path,
        words: &[&str],
    ) -> Result<String> {
        let mut cli = Command::new("redis-cli");
        cli.args(["-e", "-h", "127.0.0.1", "-p"])
            .arg(address.port().to_string());
        if self.certificate.is_some() {
            cli.args(["--tls", "--cacert"])
                .arg(directory.join("tls-ca-cert-file"));
        }
        if let Some(password) = self.password {
            cli.env("REDISCLI_AUTH", password);
        }
        let output = cli.args(words).output().context(MISSING)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{words:?}: {text}{complaint}");
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }
}

/// The `7` of `Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64`.
fn major_version(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("v=")?;
    number.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let debian = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        let rows = [
            (debian, Some(7)),
            ("Redis server v=255.255.255", Some(255)),
            ("", None),
        ];

        for (text, major) in rows {
            assert_eq!(major_version(text), major, "{text}");
        }
    }
}
