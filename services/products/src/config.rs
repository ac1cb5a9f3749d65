//! What the service is told: one table of keys, read from defaults, a file, `.env`, the
//! environment and flags, each winning over the one before.
//!
//! [`Config::load`] reads everything, checks everything and tells all mistakes at once. It touches
//! nothing outside its [`Sources`], so that tests run side by side. Only the value that wins is
//! checked; unknown keys are mistakes wherever they stand.

mod dotenv;
mod endpoint;
mod errors;
mod file;
mod keys;
mod kind;
mod lists;
mod mask;
mod reading;
mod redis_url;
mod render;
mod sections;
mod settings;
mod sources;
mod token_file;
mod units;
mod url;
mod value;
mod variables;

pub use errors::{ConfigErrors, Mistake};
pub use render::{example_toml, markdown_table};
pub use sections::{Auth, Cache, Database, Health, Log, Metrics, Policies, Server, Tracing};
pub use sources::{AssignmentError, Sources, parse_assignment};
pub(crate) use units::parse_duration;

use errors::Mistakes;
use settings::Settings;

/// The whole configuration, checked. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the service listens and what it bears.
    pub server: Server,
    /// Where products are kept.
    pub database: Database,
    /// What is kept of reads.
    pub cache: Cache,
    /// How health is watched.
    pub health: Health,
    /// What is measured.
    pub metrics: Metrics,
    /// What is logged.
    pub log: Log,
    /// Where traces go.
    pub tracing: Tracing,
    /// Who may do what.
    pub auth: Auth,
    settings: Settings,
}

impl Config {
    /// Reads the sources.
    ///
    /// # Errors
    ///
    /// All mistakes in all sources, an unreadable file among them.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut mistakes = Mistakes::default();
        let layer = sources::merge(sources, &mut mistakes);
        let settings = Settings::parse(&layer, &mut mistakes);
        let auth = Auth::read(&settings, &sources.working_dir, &mut mistakes);
        mistakes.into_result()?;
        Ok(Self {
            server: Server::from(&settings),
            database: Database::from(&settings),
            cache: Cache::from(&settings),
            health: Health::from(&settings),
            metrics: Metrics::from(&settings),
            log: Log::from(&settings),
            tracing: Tracing::from(&settings),
            auth,
            settings,
        })
    }

    /// The effective values as TOML, passwords masked, each that is not a default with its origin
    /// as a comment. But for what is masked, it can serve as a configuration file.
    pub fn effective(&self) -> String {
        render::effective(&self.settings)
    }
}
