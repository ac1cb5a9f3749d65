//! The thread that samples, for as long as somebody wants it to.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use super::sample::{Sample, Sampler};

/// The latest sample, or nothing when nobody samples.
#[derive(Debug, Clone, Default)]
pub(super) struct Latest(Arc<Mutex<Sample>>);

impl Latest {
    pub(super) fn read(&self) -> Sample {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, sample: Sample) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sample;
    }
}

/// Keeps sampling until it is dropped.
#[derive(Debug)]
pub(super) struct Sampling {
    _until_dropped: Sender<()>,
}

impl Sampling {
    /// Takes the first sample now, and further ones on a thread of their own: reading blocks.
    pub(super) fn start(
        mut sampler: Sampler,
        interval: Duration,
        latest: Latest,
    ) -> io::Result<Self> {
        latest.write(sampler.sample());
        let (sender, dropped) = mpsc::channel();
        thread::Builder::new()
            .name("resource-sampler".to_owned())
            .spawn(move || {
                while !ended_within(&dropped, interval) {
                    latest.write(sampler.sample());
                }
                // An old sample would be taken for a new one.
                latest.write(Sample::default());
            })?;
        Ok(Self {
            _until_dropped: sender,
        })
    }
}

fn ended_within(dropped: &Receiver<()>, interval: Duration) -> bool {
    dropped.recv_timeout(interval) == Err(RecvTimeoutError::Disconnected)
}
