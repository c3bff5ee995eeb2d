//! What is measured: opened after warm-up, and reported when the last request was answered.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

#[derive(Default)]
pub struct Counts {
    pub requests: AtomicU64,
    pub events: AtomicU64,
    pub errors: AtomicU64,
}

impl Counts {
    /// There is one thread: no need for an atomic addition, which would cost more.
    pub fn add(count: &AtomicU64) {
        count.store(count.load(Relaxed) + 1, Relaxed);
    }
}

pub struct Window {
    resident: u64,
    user: f64,
    system: f64,
    begun: Instant,
}

fn status_kilobytes(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn cpu() -> (f64, f64) {
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    // SAFETY: an all-zero rusage is a valid one, and getrusage only writes to it.
    let used = unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut used);
        used
    };
    (seconds(used.ru_utime), seconds(used.ru_stime))
}

impl Window {
    pub fn open() -> Self {
        let resident = status_kilobytes("VmRSS:");
        let (user, system) = cpu();
        Window { resident, user, system, begun: Instant::now() }
    }

    pub fn report(&self, done: &Counts) {
        let wall = self.begun.elapsed().as_secs_f64();
        let (user, system) = cpu();
        println!(
            "{{\"requests\":{},\"events\":{},\"errors\":{},\"wall\":{:.6},\"user\":{:.6},\
             \"system\":{:.6},\"resident_kb\":{},\"peak_kb\":{}}}",
            done.requests.load(Relaxed),
            done.events.load(Relaxed),
            done.errors.load(Relaxed),
            wall,
            user - self.user,
            system - self.system,
            self.resident,
            status_kilobytes("VmHWM:")
        );
    }
}
