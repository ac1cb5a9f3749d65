//! How it goes, while it goes: one line that is painted over on a terminal, else a line now and then.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{format::time, record::Live};

/// How often the line on a terminal is painted.
const FRAME: Duration = Duration::from_millis(500);
/// How often a line is written elsewhere.
const PAUSE: Duration = Duration::from_secs(5);

/// Where progress is told.
pub(crate) struct Progress {
    place: Place,
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
            users: 0,
            length: None,
            last: (0, Duration::ZERO),
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
            let style = ProgressStyle::with_template("{spinner} {wide_msg}");
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

    fn line(&self, live: &Live, elapsed: Duration) -> String {
        let (total, before) = self.last;
        let seconds = elapsed.saturating_sub(before).as_secs_f64().max(1e-9);
        let rate = (live.total - total) as f64 / seconds;
        let left = self.length.map(|length| length.saturating_sub(elapsed));
        let left = left.map_or_else(String::new, |left| format!("  {} s left", left.as_secs()));
        format!(
            "{} users  {rate:.0}/s  in flight {}  p50 {}  p95 {}  p99 {}  errors {}{left}",
            self.users,
            live.in_flight,
            time(live.p50),
            time(live.p95),
            time(live.p99),
            live.failed,
        )
    }
}
