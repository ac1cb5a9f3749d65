//! How it goes, while it goes: one line that is painted over on a terminal, else a line now and then.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{format::short_time as time, record::Live};

/// How often the line on a terminal is painted.
const FRAME: Duration = Duration::from_millis(500);
/// How often a line is written elsewhere.
const PAUSE: Duration = Duration::from_secs(5);

/// Where progress is told.
pub(crate) struct Progress {
    place: Place,
    /// Whom it is about, where there are several.
    whom: Option<&'static str>,
    users: u32,
    length: Option<Duration>,
    /// Requests and time at the last look.
    last: (u64, Duration),
}

enum Place {
    Terminal(ProgressBar),
    Lines,
    Nowhere,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let place = match () {
            () if quiet => Place::Nowhere,
            () if io::stderr().is_terminal() => Place::Terminal(ProgressBar::hidden()),
            () => Place::Lines,
        };
        Self {
            place,
            whom: None,
            users: 0,
            length: None,
            last: (0, Duration::ZERO),
        }
    }

    /// The same, saying whom it is about.
    pub(crate) fn about(self, whom: &'static str) -> Self {
        Self {
            whom: Some(whom),
            ..self
        }
    }

    /// How often it wants to be shown something.
    pub(crate) fn interval(&self) -> Duration {
        match self.place {
            Place::Terminal(_) => FRAME,
            // A short run has some lines, too.
            _ => self
                .length
                .map_or(PAUSE, |length| (length / 4).clamp(FRAME, PAUSE)),
        }
    }

    /// Begins a level, which will take `length`, if that is known.
    pub(crate) fn begin(&mut self, users: u32, length: Option<Duration>) {
        (self.users, self.length, self.last) = (users, length, (0, Duration::ZERO));
        if let Place::Terminal(bar) = &mut self.place {
            let style = ProgressStyle::with_template("{wide_msg}");
            *bar = ProgressBar::new_spinner().with_style(style.expect("the template is valid"));
        }
    }

    /// Tells how it stands.
    pub(crate) fn show(&mut self, live: &Live, elapsed: Duration) {
        let line = self.line(live, elapsed);
        self.last = (live.total, elapsed);
        match &self.place {
            Place::Terminal(bar) => {
                bar.set_message(line);
                bar.tick();
            }
            Place::Lines => {
                // Without a standard error there is nobody to tell.
                let _ = writeln!(io::stderr(), "{line}");
            }
            _ => {}
        }
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        if let Place::Terminal(bar) = &self.place {
            bar.finish_and_clear();
        }
    }

    /// It fits into the 80 columns of a usual terminal, unless numbers are very large.
    fn line(&self, live: &Live, elapsed: Duration) -> String {
        let (total, before) = self.last;
        let seconds = elapsed.saturating_sub(before).as_secs_f64().max(1e-9);
        let rate = (live.total - total) as f64 / seconds;
        let left = self.length.map(|length| length.saturating_sub(elapsed));
        let left = left.map_or_else(String::new, |left| format!("  {}s left", left.as_secs()));
        let whom = self
            .whom
            .map_or_else(String::new, |whom| format!("{whom} "));
        format!(
            "{whom}in flight {}/{}  {rate:.0}/s  p50 {} p95 {} p99 {}  errors {}{left}",
            live.in_flight,
            self.users,
            time(live.p50),
            time(live.p95),
            time(live.p99),
            live.failed,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of the first two seconds.
    fn line(progress: Progress, users: u32, requests: u64, length: u64) -> String {
        let mut progress = progress;
        progress.begin(users, Some(Duration::from_secs(length)));
        let live = Live {
            total: requests,
            failed: 12,
            in_flight: users.into(),
            p50: 0.001_234,
            p95: 0.0567,
            p99: 0.789,
        };
        progress.line(&live, Duration::from_secs(2))
    }

    #[test]
    fn a_line_says_how_it_stands() {
        let line = line(Progress::new(true).about("new"), 50, 2468, 62);

        let parts =
            "new in flight 50/50  1234/s  p50 1.2ms p95 57ms p99 789ms  errors 12  60s left";
        assert_eq!(line, parts);
    }

    #[test]
    fn a_line_fits_into_80_columns() {
        let one = || Progress::new(true);
        for (progress, users, requests, length, why) in [
            (one(), 1000, 24_690, 62, "many users"),
            (one(), 64, 246_900, 3602, "an hour, and many requests"),
            (one().about("old"), 100, 24_690, 8, "a turn of a comparison"),
        ] {
            let line = line(progress, users, requests, length);

            assert!(line.chars().count() <= 80, "{why}: {line}");
        }
    }
}
