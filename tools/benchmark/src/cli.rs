//! The command line.

use std::{ffi::OsString, path::PathBuf, str::FromStr, time::Duration};

use clap::{Arg, Args, Parser, Subcommand};

use crate::{
    arguments::{Header, Seconds, UrlParser, Users},
    comparison,
    crud::{DEFAULT_RESOURCE, Weights},
    output::Format,
    target::BaseUrl,
    threshold::Threshold,
};

/// Puts load on an HTTP service and says what it did.
#[derive(Debug, Parser)]
#[command(name = "benchmark", version, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_STATUS: &str = "\
Exit status: 0 when all went well, 1 when the service could not be measured, 64 for a wrong command
line, 99 when a threshold was crossed, 130 or 143 when it was ended by Ctrl-C or SIGTERM.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Asks for one or more endpoints for some time.
    LoadTest(LoadTest),
    /// Asks for each endpoint so many times, one after the other.
    Profile(Profile),
    /// Creates, lists, reads, changes and deletes objects, and checks every answer.
    Crud(Crud),
    /// Says whether two runs, or two servers, differ.
    Compare(Box<Compare>),
}

/// What every command that sends requests takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Scheme, host, port and perhaps a path that all endpoints are below.
    #[arg(long, value_name = "URL", default_value = "http://localhost:8000", value_parser = UrlParser)]
    pub(crate) base_url: BaseUrl,
    /// How long an answer may take: seconds, or a number with a unit.
    #[arg(long, value_name = "TIME", default_value = "10", value_parser = timeout)]
    pub(crate) timeout: Seconds,
    /// A header of every request; may be given several times.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<Header>,
    /// Where to write the results: .json, .csv or .html.
    #[arg(long, value_name = "FILE", value_parser = output_file)]
    pub(crate) output: Option<PathBuf>,
    /// The service's metrics, to be compared with what is measured here.
    #[arg(long, value_name = "URL", value_parser = UrlParser)]
    pub(crate) metrics_url: Option<BaseUrl>,
    /// A condition such as `p95<50ms` or `error_rate<1%`; may be given several times.
    #[arg(long = "threshold", value_name = "CONDITION")]
    pub(crate) thresholds: Vec<Threshold>,
    /// The certificates to trust, as PEM, instead of the public authorities.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_certificate: Option<PathBuf>,
    /// Says nothing but what went wrong.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Args)]
pub(crate) struct Requests {
    /// Paths, separated by spaces, such as /things /things/7?full=true.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true, value_parser = path)]
    pub(crate) endpoints: Vec<String>,
    /// The method; POST where there is a payload, else GET.
    #[arg(long, value_parser = method)]
    pub(crate) method: Option<hyper::Method>,
    /// What to send: JSON, or @FILE for the contents of a file.
    #[arg(long, value_name = "JSON")]
    pub(crate) payload: Option<String>,
}

/// How much is asked for.
#[derive(Debug, Clone, Args)]
pub(crate) struct Amount {
    /// Users, each with a connection of its own; several numbers are levels, one after the other.
    #[arg(
        long,
        visible_alias = "users",
        value_name = "N,...",
        default_value = "10"
    )]
    pub(crate) concurrent_users: Users,
    /// How long to ask, ramp-up included: seconds, or a number with a unit.
    #[arg(long, value_name = "TIME", default_value = "30")]
    pub(crate) duration: Seconds,
    /// How long it takes until all users, or the whole rate, are there.
    #[arg(long, value_name = "TIME", default_value = "0")]
    pub(crate) ramp_up: Seconds,
    /// Sends so many requests a second by the clock, whatever becomes of them (open model).
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(crate) rate: Option<f64>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct LoadTest {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) requests: Requests,
    #[command(flatten)]
    pub(crate) amount: Amount,
    /// How often each endpoint is asked, in proportion to the others: as many numbers as endpoints.
    #[arg(long, value_name = "N,...", value_delimiter = ',', value_parser = at_least_one::<u32>)]
    pub(crate) weights: Vec<u32>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Profile {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) requests: Requests,
    /// Requests to each endpoint.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one::<u64>)]
    pub(crate) iterations: u64,
}

/// `--mode load-test …` as another way to write `load-test …`.
pub(crate) fn with_mode(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let Some(place) = arguments.iter().position(|argument| {
        let text = argument.to_str().unwrap_or_default();
        text == "--mode" || text.starts_with("--mode=")
    }) else {
        return arguments;
    };
    let flag = arguments.remove(place);
    let mode = match flag.to_str().and_then(|flag| flag.strip_prefix("--mode=")) {
        Some(mode) => mode.into(),
        None if place < arguments.len() => arguments.remove(place),
        None => OsString::new(),
    };
    arguments.insert(arguments.len().min(1), mode);
    arguments
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Crud {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) amount: Amount,
    /// The path of the collection; its objects are below it.
    #[arg(long, value_name = "PATH", default_value = DEFAULT_RESOURCE)]
    pub(crate) resource: String,
    /// What an object looks like. An n in double braces in its texts is a number, new each time.
    // Braces around an n would be a line break here.
    #[arg(long, value_name = "JSON")]
    pub(crate) template: Option<String>,
    /// How often each operation is done: OPERATION=WEIGHT of create, list, get, update, delete.
    #[arg(long, value_name = "NAME=N,...", default_value_t)]
    pub(crate) weights: Weights,
    /// Leaves the objects that are there at the end.
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Files, or two servers and the load to put on them.
#[derive(Debug, Clone, Args)]
#[command(mut_args(apart_from_files))]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) what: comparison::Arguments,
    #[command(flatten)]
    pub(crate) load: LoadTest,
}

/// What is said of a load means nothing beside files.
fn apart_from_files(argument: Arg) -> Arg {
    match argument.get_id().as_str() {
        "files" | "against" | "rounds" | "fail_if_slower" | "quiet" | "help" => argument,
        "output" => argument.help("Where to write the comparison: .json"),
        "endpoints" => argument.required(false).required_unless_present("files"),
        // They are refused, with what to do instead.
        "thresholds" | "metrics_url" => argument.conflicts_with("files").hide(true),
        _ => argument.conflicts_with("files"),
    }
}

fn output_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    Format::of(&path).map_err(|error| error.to_string())?;
    Ok(path)
}

fn path(text: &str) -> Result<String, String> {
    if !text.starts_with('/') {
        return Err(format!("a path begins with a slash: /{text}"));
    }
    if text.contains(",/") {
        return Err(
            "endpoints are separated by spaces, /a /b; a comma before a slash is written %2C"
                .to_owned(),
        );
    }
    text.parse::<hyper::Uri>()
        .map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

fn method(text: &str) -> Result<hyper::Method, String> {
    text.to_uppercase()
        .parse()
        .map_err(|_| "not a method".to_owned())
}

fn timeout(text: &str) -> Result<Seconds, String> {
    match text.parse::<Seconds>()? {
        Seconds(Duration::ZERO) => Err("nothing is answered in no time".to_owned()),
        timeout => Ok(timeout),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= 1e6 => Ok(rate),
        _ => Err("requests a second, more than 0 and at most 1000000".to_owned()),
    }
}

fn at_least_one<N: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<N, String> {
    match text.parse() {
        Ok(number) if number >= N::from(1) => Ok(number),
        _ => Err("a whole number of at least 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The words of a line as a shell takes them, where quotes stand around whole words.
    fn words(line: &str) -> Vec<&str> {
        let parts = line.split('\'').enumerate();
        let words = parts.flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        });
        words.collect()
    }

    #[test]
    fn what_the_readme_shows_is_understood() {
        let readme = include_str!("../README.md");
        let shown: Vec<&str> = readme
            .lines()
            .filter(|line| line.starts_with("benchmark "))
            .collect();

        assert!(shown.len() >= 6, "{shown:?}");
        for line in shown {
            let understood = Cli::try_parse_from(words(line));

            assert!(understood.is_ok(), "{line}: {}", understood.unwrap_err());
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_comma_is_a_part_of_a_path_and_separates_none() {
        for (text, accepted, why) in [
            ("/things?ids=1,2", true, "in a query"),
            ("/things,old", true, "in a path"),
            ("/things%2C/old", true, "written in another way"),
            ("/things,/old", false, "two paths"),
            ("/things?a=b,/old", false, "two paths, one with a query"),
        ] {
            assert_eq!(path(text).is_ok(), accepted, "{why}: {text}");
        }
    }

    #[test]
    fn a_mode_is_a_command_in_another_place() {
        for (given, understood) in [
            (vec!["benchmark", "profile"], vec!["benchmark", "profile"]),
            (
                vec!["benchmark", "--mode", "profile", "--quiet"],
                vec!["benchmark", "profile", "--quiet"],
            ),
            (
                vec!["benchmark", "--quiet", "--mode=load-test"],
                vec!["benchmark", "load-test", "--quiet"],
            ),
            (vec!["benchmark", "--mode"], vec!["benchmark", ""]),
        ] {
            let arguments = with_mode(given.iter().map(OsString::from));

            assert_eq!(arguments, understood, "{given:?}");
        }
    }
}
