//! A world of its own for each test.

use std::path::PathBuf;

use products::config::{Config, Sources};
use tempfile::TempDir;

/// A working directory of its own, and an environment and command line that only it sees.
pub(crate) struct Setup {
    dir: TempDir,
    pub(crate) sources: Sources,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let sources = Sources {
            working_dir: dir.path().to_path_buf(),
            ..Sources::default()
        };
        Self { dir, sources }
    }

    /// Writes a file into the working directory.
    pub(crate) fn write(self, name: &str, text: &str) -> Self {
        std::fs::write(self.dir.path().join(name), text).expect("the file is written");
        self
    }

    /// Writes a configuration file and names it as `--config` does.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        self.sources.file = Some(PathBuf::from(name));
        self.write(name, text)
    }

    pub(crate) fn dotenv(self, text: &str) -> Self {
        self.write(".env", text)
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources
            .environment
            .insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn flag(mut self, name: &str, value: &str) -> Self {
        self.sources.flags.push((name.to_owned(), value.to_owned()));
        self
    }

    #[track_caller]
    pub(crate) fn load(&self) -> Config {
        Config::load(&self.sources).unwrap_or_else(|errors| panic!("no mistakes, but\n{errors}"))
    }

    /// The mistakes, one a line.
    #[track_caller]
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let errors = Config::load(&self.sources).expect_err("mistakes");
        errors.to_string().lines().map(str::to_owned).collect()
    }

    /// The only mistake.
    #[track_caller]
    pub(crate) fn mistake(&self) -> String {
        let mistakes = self.mistakes();
        assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
        mistakes.concat()
    }
}
