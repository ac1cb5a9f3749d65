//! All keys with their checked values and where these came from.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use super::errors::{Flaw, Mistakes};
use super::keys::{KEYS, Key};
use super::reading;
use super::sources::Layer;
use super::value::Value;

/// The values of all keys, but for those with a mistake.
#[derive(Debug, Clone)]
pub(super) struct Settings(BTreeMap<&'static str, Setting>);

/// The value of a key.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) value: Value,
    /// Who gave it, for people; nobody for a default.
    pub(super) origin: Option<String>,
}

impl Settings {
    /// Checks what was given, key by key and then the keys against each other.
    pub(super) fn parse(layer: &Layer, mistakes: &mut Mistakes) -> Self {
        let mut settings = Self::defaults();
        for key in &KEYS {
            let Some(given) = layer.get(key.name) else {
                continue;
            };
            match reading::parse(key, given) {
                Ok(value) => {
                    let origin = Some(given.origin.clone());
                    settings.0.insert(key.name, Setting { value, origin });
                }
                Err(flaw) => {
                    settings.0.remove(key.name);
                    mistakes.add(key.name, &given.origin, flaw);
                }
            }
        }
        settings.compare_pool_bounds(mistakes);
        settings.compare_ports(mistakes);
        settings
    }

    /// The defaults of all keys.
    pub(super) fn defaults() -> Self {
        let setting = |key: &'static Key| {
            let value = key.kind.parse(key.default).unwrap_or_else(|flaw| {
                unreachable!("the default of {} {}", key.name, flaw.problem)
            });
            let origin = None;
            (key.name, Setting { value, origin })
        };
        Self(KEYS.iter().map(setting).collect())
    }

    fn compare_pool_bounds(&self, mistakes: &mut Mistakes) {
        let (least, most) = ("database.min_connections", "database.max_connections");
        if let (Some(Value::Count(min)), Some(Value::Count(max))) =
            (self.value(least), self.value(most))
            && min > max
        {
            let flaw = Flaw::new(
                format!("{min} is more than {most}, which is {max}"),
                format!("write at most {max}, or raise {most}"),
            );
            mistakes.add(least, self.origin(least), flaw);
        }
    }

    fn compare_ports(&self, mistakes: &mut Mistakes) {
        let (api, management) = ("server.port", "server.management_port");
        if let (Some(Value::Port(Some(port))), Some(Value::Port(Some(other)))) =
            (self.value(api), self.value(management))
            && port == other
            && *port != 0
        {
            let flaw = Flaw::new(
                format!("{port} is {api} too"),
                format!("write another port, or leave it unset to share {api}"),
            );
            mistakes.add(management, self.origin(management), flaw);
        }
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key).map(|setting| &setting.value)
    }

    fn origin(&self, key: &str) -> &str {
        let setting = self.0.get(key);
        setting
            .and_then(|setting| setting.origin.as_deref())
            .unwrap_or("default")
    }

    /// The path that was given for a key without a mistake, and who gave it.
    pub(super) fn given_path(&self, key: &str) -> Option<(&Path, &str)> {
        match self.value(key)? {
            Value::Path(path) => Some((path.as_deref()?, self.origin(key))),
            other => mismatch(key, other),
        }
    }

    /// The setting of a key; there is one for every key once no mistake was found.
    pub(super) fn setting(&self, key: &str) -> &Setting {
        self.0
            .get(key)
            .unwrap_or_else(|| unreachable!("{key} is in the table and without mistakes"))
    }
}

/// Typed reads, for the keys whose kind in the table is the one asked for.
impl Settings {
    pub(super) fn address(&self, key: &str) -> IpAddr {
        match self.setting(key).value {
            Value::Address(address) => address,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn port(&self, key: &str) -> Option<u16> {
        match self.setting(key).value {
            Value::Port(port) => port,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn count(&self, key: &str) -> u32 {
        match self.setting(key).value {
            Value::Count(count) => count,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn switch(&self, key: &str) -> bool {
        match self.setting(key).value {
            Value::Switch(on) => on,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn duration(&self, key: &str) -> Duration {
        match self.setting(key).value {
            Value::Duration(duration) => duration,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn size(&self, key: &str) -> u64 {
        match self.setting(key).value {
            Value::Size(bytes) => bytes,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn choice(&self, key: &str) -> &'static str {
        match self.setting(key).value {
            Value::Choice(name) => name,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn secret(&self, key: &str) -> SecretString {
        match &self.setting(key).value {
            Value::Secret(secret) => secret.clone(),
            other => mismatch(key, other),
        }
    }

    pub(super) fn optional_secret(&self, key: &str) -> Option<SecretString> {
        match &self.setting(key).value {
            Value::OptionalSecret(secret) => secret.clone(),
            other => mismatch(key, other),
        }
    }

    pub(super) fn ratio(&self, key: &str) -> f64 {
        match self.setting(key).value {
            Value::Ratio(share) => share,
            ref other => mismatch(key, other),
        }
    }

    pub(super) fn text(&self, key: &str) -> String {
        match &self.setting(key).value {
            Value::Text(text) => text.clone(),
            other => mismatch(key, other),
        }
    }

    pub(super) fn networks(&self, key: &str) -> Vec<IpNet> {
        match &self.setting(key).value {
            Value::Networks(networks) => networks.clone(),
            other => mismatch(key, other),
        }
    }

    pub(super) fn origins(&self, key: &str) -> Vec<String> {
        match &self.setting(key).value {
            Value::Origins(origins) => origins.clone(),
            other => mismatch(key, other),
        }
    }

    pub(super) fn buckets(&self, key: &str) -> Vec<f64> {
        match &self.setting(key).value {
            Value::Buckets(bounds) => bounds.clone(),
            other => mismatch(key, other),
        }
    }
}

fn mismatch(key: &str, value: &Value) -> ! {
    unreachable!("the table gives {key} another kind: {value:?}")
}
