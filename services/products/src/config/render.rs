//! The table of keys as text: effective values, example file, documentation.

use std::fmt::Write as _;

use super::keys::{KEYS, Key};
use super::settings::Settings;

/// Head of the example file. Prose has a space after `#`, a default has none.
const EXAMPLE_HEAD: &str = "\
# Configuration of the products service. Every key is here with its default: to change one,
# remove the # in front of it. YAML with the same keys will do as well.
#
# Name this file with `--config FILE` or PRODUCTS_CONFIG. What it says yields to `.env` in the
# working directory, that to the environment (PRODUCTS__SERVER__PORT=8000, or the short names PORT,
# DATABASE_URL and LOG_LEVEL), and that to flags (`--host`, `--port`, `--set server.port=8000`).
# A variable with _FILE at its end names a file that holds the value: DATABASE_URL_FILE. In `.env`,
# single quotes keep spaces, # and $ as they are.
#
# Durations are written 250ms, 30s or 24h, sizes 16MiB, 500kB or 65536, ratios 0.1 or \"10%\", lists
# as arrays (in variables and flags with commas). An empty text is a value only where the default is
# empty. For any other key it is a mistake, or, in a variable, the same as no variable.
#
# `products config` prints the effective values and where they come from.
";

/// The effective values as TOML, each that is not a default with its origin as a comment.
pub(super) fn effective(settings: &Settings) -> String {
    sections(|key, name| {
        let setting = settings.setting(key.name);
        let value = setting.value.to_toml();
        match &setting.origin {
            Some(origin) => format!("{name} = {value} # {}\n", one_line(origin)),
            None => format!("{name} = {value}\n"),
        }
    })
}

/// The text of `products.example.toml`: every key, its meaning, and its default commented out.
pub fn example_toml() -> String {
    let defaults = Settings::defaults();
    let body = sections(|key, name| {
        let value = defaults.setting(key.name).value.to_toml();
        format!("# {}\n#{name} = {value}\n", key.meaning)
    });
    format!("{EXAMPLE_HEAD}\n{body}")
}

/// The README's table of keys: name, default and meaning.
pub fn markdown_table() -> String {
    let mut table = "| key | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for key in &KEYS {
        let default = match key.default {
            "" => "unset".to_owned(),
            text => format!("`{}`", text.replace(',', ", ")),
        };
        writeln!(table, "| `{}` | {default} | {} |", key.name, key.meaning)
            .expect("writing to a string cannot fail");
    }
    table
}

/// TOML sections, parted by empty lines, with what `line` makes of each key.
fn sections(line: impl Fn(&Key, &str) -> String) -> String {
    let mut text = String::new();
    let mut current = "";
    for key in &KEYS {
        let (section, name) = key.path();
        if section != current {
            let gap = if current.is_empty() { "" } else { "\n" };
            writeln!(text, "{gap}[{section}]").expect("writing to a string cannot fail");
            current = section;
        }
        text.push_str(&line(key, name));
    }
    text
}

/// An origin holds paths, which may hold anything; a comment ends with its line.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, "?")
}
