//! PostgreSQL's programs, and the user they run as.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// Where Debian and Ubuntu put each major version's programs; `initdb` is on no PATH there.
const DEBIAN: &str = "/usr/lib/postgresql";

const OLDEST: u32 = 15;

const MISSING: &str = "PostgreSQL 15 or newer is not installed; \
    run tests/setup/postgresql.sh, or put its `initdb` and `postgres` on the PATH";

/// Who runs the server when the tests run as root, which `initdb` and `postgres` refuse.
const USER: &str = "postgres";

/// The programs of one PostgreSQL installation.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    directory: PathBuf,
    drop_to_user: bool,
}

impl Binaries {
    /// Finds the newest installation, Debian's directories first, then the PATH.
    pub(super) fn find() -> Result<Self> {
        let directory = debian().or_else(on_path).context(MISSING)?;
        let version = run_text(Command::new(directory.join("postgres")).arg("--version"))?;
        let major =
            major_version(&version).with_context(|| format!("read the version in {version:?}"))?;
        ensure!(major >= OLDEST, "{MISSING}\n(found {version})");
        Ok(Self {
            directory,
            drop_to_user: is_root()?,
        })
    }

    /// A new directory that the server's user owns.
    pub(super) fn directory(&self) -> Result<TempDir> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("postgres-");
        if !self.drop_to_user {
            return builder
                .tempdir()
                .context("create a directory for PostgreSQL");
        }
        // Root's own TMPDIR may be closed to others.
        let directory = builder
            .tempdir_in("/tmp")
            .context("create a directory in /tmp")?;
        run_text(Command::new("chown").arg(USER).arg(directory.path()))?;
        Ok(directory)
    }

    /// The words that run `program` as the server's user.
    pub(super) fn argv(&self, program: &str) -> Vec<String> {
        let path = self.directory.join(program).display().to_string();
        if !self.drop_to_user {
            return vec![path];
        }
        let user = format!("--reuid={USER}");
        let group = format!("--regid={USER}");
        ["setpriv", &user, &group, "--init-groups", &path]
            .map(str::to_owned)
            .to_vec()
    }

    /// [`Binaries::argv`] as a command, run from a directory that every user may enter.
    pub(super) fn command(&self, program: &str) -> Command {
        let argv = self.argv(program);
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).current_dir("/");
        command
    }

    /// Runs SQL as the superuser; rows come one a line, their columns separated by `|`.
    pub(super) fn query(&self, port: u16, database: &str, sql: &str) -> Result<String> {
        run_text(self.psql(port, database).args(["--command", sql]))
    }

    /// `psql` as the superuser, which prints rows and nothing else.
    pub(super) fn psql(&self, port: u16, database: &str) -> Command {
        let mut psql = Command::new(self.directory.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]);
        psql.args([
            "--set=ON_ERROR_STOP=1",
            "--host=127.0.0.1",
            "--username=postgres",
        ]);
        psql.arg(format!("--port={port}"))
            .arg(format!("--dbname={database}"));
        psql
    }
}

/// Runs a command to its end; an unsuccessful one is an error with what it printed.
pub(super) fn run(mut command: Command) -> Result<()> {
    run_text(&mut command).map(drop)
}

fn run_text(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("run {}", command.get_program().display()))?;
    let text = String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} failed ({}): {text}{complaint}", output.status);
    }
    Ok(text)
}

fn debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.filter_map(Result::ok);
    versions
        .filter_map(|entry| {
            let major: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .filter(|(_, directory)| has_server(directory))
        .max()
        .map(|(_, directory)| directory)
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|directory| has_server(directory))
}

fn has_server(directory: &Path) -> bool {
    ["initdb", "postgres", "psql"]
        .iter()
        .all(|program| directory.join(program).exists())
}

/// The `15` of `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major_version(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    number
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// Whether this process runs as root: its directory in `/proc` belongs to its effective user.
fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").context("read /proc/self")?.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_releases_and_of_previews_are_read() {
        let rows = [
            (
                "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)",
                Some(15),
            ),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("postgres", None),
        ];

        for (text, major) in rows {
            assert_eq!(major_version(text), major, "{text}");
        }
    }
}
