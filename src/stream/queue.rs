//! Which frames wait, run and are dropped, and the count of all of them. No threads, no clocks: whoever calls says what time
//! it is, in ns.

use std::collections::VecDeque;

use crate::error::{Error, Result};
use crate::params::StreamMode;

/// What is known of a frame when it is submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// Counts the frames that were taken, from 0.
    pub sequence: u64,
    /// The host's number.
    pub number: i64,
    /// When it was submitted.
    pub submitted_ns: u64,
    /// Numbers of the host that were left out before it.
    pub missing: u64,
}

/// What is known of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Of its frame.
    pub tag: Tag,
    /// When its turn came.
    pub started_ns: u64,
    /// When it was ready.
    pub done_ns: u64,
    /// The plan that made it, from 0.
    pub level: usize,
    /// A sum of [`ResultFlag`](crate::codes::ResultFlag)s.
    pub flags: i64,
}

/// What has become of the frames: `submitted` is always the sum of the others up to `pending`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that were taken.
    pub submitted: u64,
    /// Results that have reached the host.
    pub delivered: u64,
    /// Frames and results that newer ones took the place of.
    pub dropped_overflow: u64,
    /// Frames that were older than the deadline when their turn came.
    pub dropped_deadline: u64,
    /// Frames that the host gave up.
    pub dropped_by_host: u64,
    /// Frames whose execute failed.
    pub failed: u64,
    /// Frames that wait or are in work, and results that wait to be taken.
    pub pending: u64,
    /// Frames that were not taken, since no place was free.
    pub refused: u64,
    /// Numbers of the host that were left out.
    pub missing: u64,
}

/// What became of a frame that was offered.
#[derive(Debug)]
pub enum Offer<F> {
    /// It waits for its turn.
    Accepted,
    /// It does, in the place of this one.
    Replaced(F),
    /// No place is free for it.
    Full(F),
}

/// What is to be done next.
pub enum Next<F> {
    /// Nothing.
    Idle,
    /// This frame is too old, and to be let go.
    Dropped(F),
    /// This frame is to run, into that buffer.
    Run(F, Tag, Vec<u8>),
}

/// Frames that wait, the one in work, and results that wait to be taken.
pub struct Queue<F> {
    mode: StreamMode,
    capacity: usize,
    waiting: VecDeque<(F, Tag)>,
    is_in_work: bool,
    /// The most results that wait; `None`: none do, they are given to a function.
    most_results: Option<usize>,
    results: VecDeque<(Done, Vec<u8>)>,
    spare: Vec<Vec<u8>>,
    deadline_ns: Option<u64>,
    last_number: Option<i64>,
    /// All but `pending`.
    counts: Counts,
}

impl<F> Queue<F> {
    /// Nothing yet, with room for so many frames and results; what is late in the latest mode is dropped.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(
        mode: StreamMode,
        capacity: usize,
        most_results: Option<usize>,
        deadline_ns: Option<u64>,
    ) -> Result<Self> {
        let mut queue = Self {
            mode,
            capacity,
            waiting: VecDeque::new(),
            is_in_work: false,
            most_results,
            results: VecDeque::new(),
            spare: Vec::new(),
            deadline_ns,
            last_number: None,
            counts: Counts::default(),
        };
        let buffers = queue.buffers();
        let room = queue.waiting.try_reserve_exact(capacity).and_then(|()| queue.results.try_reserve_exact(buffers));
        room.and_then(|()| queue.spare.try_reserve_exact(buffers)).map_err(|_| {
            Error::Memory(format!("a ring of {capacity} frames does not fit into this machine's memory"))
        })?;
        Ok(queue)
    }

    /// Buffers of results that it works with: those that wait, one in work, one that is being taken.
    pub fn buffers(&self) -> usize {
        self.most_results.map_or(1, |results| results + 2)
    }

    /// Offers a frame.
    pub fn submit(&mut self, frame: F, number: i64, now: u64) -> Offer<F> {
        let is_full = self.waiting.len() == self.capacity;
        if is_full && self.mode == StreamMode::Lossless {
            self.counts.refused += 1;
            return Offer::Full(frame);
        }
        let replaced = if is_full { self.waiting.pop_front() } else { None };
        let missing = self.last_number.map_or(0, |last| i128::from(number) - i128::from(last) - 1);
        // A number that does not go on begins another count.
        let missing = u64::try_from(missing).unwrap_or(0);
        self.last_number = Some(number);
        let tag = Tag { sequence: self.counts.submitted, number, submitted_ns: now, missing };
        self.counts.submitted += 1;
        self.counts.missing = self.counts.missing.saturating_add(missing);
        self.waiting.push_back((frame, tag));
        match replaced {
            Some((frame, _)) => {
                self.counts.dropped_overflow += 1;
                Offer::Replaced(frame)
            }
            None => Offer::Accepted,
        }
    }

    /// Takes the next frame into work, where it has its turn.
    pub fn next(&mut self, now: u64) -> Next<F> {
        let results_are_full =
            self.mode == StreamMode::Lossless && self.most_results.is_some_and(|most| self.results.len() >= most);
        if self.is_in_work || results_are_full || self.spare.is_empty() {
            return Next::Idle;
        }
        let Some((frame, tag)) = self.waiting.pop_front() else { return Next::Idle };
        if self.mode == StreamMode::Latest && self.is_late(tag.submitted_ns, now) {
            self.counts.dropped_deadline += 1;
            return Next::Dropped(frame);
        }
        let Some(buffer) = self.spare.pop() else { return Next::Idle };
        self.is_in_work = true;
        Next::Run(frame, tag, buffer)
    }

    /// Whether a frame that was submitted then is past its deadline.
    pub fn is_late(&self, submitted_ns: u64, now: u64) -> bool {
        self.deadline_ns.is_some_and(|deadline| now.saturating_sub(submitted_ns) > deadline)
    }

    /// The frame in work has a result, which waits to be taken; where too many do, the oldest is dropped.
    pub fn keep(&mut self, done: Done, buffer: Vec<u8>) {
        self.is_in_work = false;
        self.results.push_back((done, buffer));
        if self.most_results.is_some_and(|most| self.results.len() > most) {
            self.counts.dropped_overflow += 1;
            self.spare.extend(self.results.pop_front().map(|(_, buffer)| buffer));
        }
    }

    /// The frame in work has a result, which is given to a function now.
    pub fn deliver(&mut self) {
        self.is_in_work = false;
        self.counts.delivered += 1;
    }

    /// The frame in work was given up.
    pub fn give_up(&mut self, buffer: Vec<u8>) {
        self.is_in_work = false;
        self.counts.dropped_by_host += 1;
        self.spare.push(buffer);
    }

    /// The frame in work has failed.
    pub fn fail(&mut self, buffer: Vec<u8>) {
        self.is_in_work = false;
        self.counts.failed += 1;
        self.spare.push(buffer);
    }

    /// The oldest result, which is with the host from now on; its buffer is to be given back.
    pub fn take(&mut self) -> Option<(Done, Vec<u8>)> {
        let taken = self.results.pop_front();
        self.counts.delivered += u64::from(taken.is_some());
        taken
    }

    /// A buffer for a result.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        self.spare.push(buffer);
    }

    /// Drops the oldest frame that waits, since the host does not want it any more.
    pub fn drop_oldest(&mut self) -> Option<F> {
        let (frame, _) = self.waiting.pop_front()?;
        self.counts.dropped_by_host += 1;
        Some(frame)
    }

    /// Frames that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a frame is in work.
    pub fn is_in_work(&self) -> bool {
        self.is_in_work
    }

    /// Whether frames wait or are in work, or a function has not returned that a result was given to.
    pub fn is_at_work(&self) -> bool {
        let is_with_function = self.most_results.is_none() && self.spare.is_empty();
        self.is_in_work || is_with_function || !self.waiting.is_empty()
    }

    /// What has become of all frames.
    pub fn counts(&self) -> Counts {
        let pending = self.waiting.len() + usize::from(self.is_in_work) + self.results.len();
        Counts { pending: pending as u64, ..self.counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(mode: StreamMode, capacity: usize, results: Option<usize>, deadline: Option<u64>) -> Queue<u32> {
        let mut queue = Queue::new(mode, capacity, results, deadline).unwrap();
        (0..queue.buffers()).for_each(|_| queue.give_back(Vec::new()));
        queue
    }

    fn adds_up(counts: Counts) -> bool {
        let Counts {
            submitted, delivered, dropped_overflow, dropped_deadline, dropped_by_host, failed, pending, ..
        } = counts;
        submitted == delivered + dropped_overflow + dropped_deadline + dropped_by_host + failed + pending
    }

    /// Any order of calls leaves counts that add up, and no frame is lost: each is in one place, or was given back.
    #[test]
    fn counts_add_up_after_every_call() {
        for (mode, results) in [(StreamMode::Lossless, None), (StreamMode::Latest, None)]
            .into_iter()
            .chain([(StreamMode::Lossless, Some(2)), (StreamMode::Latest, Some(2))])
        {
            let mut queue = queue(mode, 3, results, Some(40));
            let (mut seed, mut now, mut given, mut back) = (7_u64, 0, 0_u32, 0_u32);
            let (mut in_work, mut taken) = (None, Vec::new());
            for _ in 0..100_000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                now += seed >> 59;
                match (seed >> 40) % 9 {
                    0..3 => {
                        given += 1;
                        back += u32::from(!matches!(queue.submit(given, i64::from(given), now), Offer::Accepted));
                    }
                    3 | 4 => match queue.next(now) {
                        Next::Run(_, tag, buffer) => in_work = Some((tag, buffer)),
                        Next::Dropped(_) => back += 1,
                        Next::Idle => {}
                    },
                    5 | 6 => {
                        if let Some((tag, buffer)) = in_work.take() {
                            back += 1;
                            match (seed >> 33) % 4 {
                                0 => queue.fail(buffer),
                                1 => queue.give_up(buffer),
                                _ if results.is_none() => {
                                    queue.deliver();
                                    queue.give_back(buffer);
                                }
                                _ => queue.keep(Done { tag, ..Done::default() }, buffer),
                            }
                        }
                    }
                    7 => {
                        taken.extend(queue.take().map(|(_, buffer)| buffer));
                        taken.drain(..).for_each(|buffer| queue.give_back(buffer));
                    }
                    _ => back += u32::from((seed >> 30) % 5 == 0 && queue.drop_oldest().is_some()),
                }
                let counts = queue.counts();
                assert!(adds_up(counts), "{counts:?}");
                assert_eq!(u64::from(given), counts.submitted + counts.refused);
                assert_eq!(given - back, (queue.waiting() + usize::from(queue.is_in_work())) as u32);
            }
            let counts = queue.counts();
            let happened = [counts.delivered, counts.dropped_by_host, counts.failed];
            assert!(happened.iter().all(|count| *count > 100), "{counts:?}");
            assert_eq!(counts.refused > 0, mode == StreamMode::Lossless);
            assert_eq!(counts.dropped_overflow > 0 && counts.dropped_deadline > 0, mode == StreamMode::Latest);
        }
    }

    #[test]
    fn the_latest_frames_are_kept_and_lossless_ones_refused() {
        let mut latest = queue(StreamMode::Latest, 2, None, None);
        let offers: Vec<_> = (0..4).map(|frame| latest.submit(frame, 0, 0)).collect();
        assert!(matches!(offers[..], [Offer::Accepted, Offer::Accepted, Offer::Replaced(0), Offer::Replaced(1)]));
        assert!(matches!(latest.next(0), Next::Run(2, Tag { sequence: 2, .. }, _)));
        assert!(matches!(latest.next(0), Next::Idle)); // One at a time.
        let mut lossless = queue(StreamMode::Lossless, 2, Some(1), None);
        let offers: Vec<_> = (0..3).map(|frame| lossless.submit(frame, 0, 0)).collect();
        assert!(matches!(offers[..], [Offer::Accepted, Offer::Accepted, Offer::Full(2)]));
        let Next::Run(0, tag, buffer) = lossless.next(0) else { panic!("no frame") };
        lossless.keep(Done { tag, ..Done::default() }, buffer);
        assert!(matches!(lossless.next(0), Next::Idle)); // Nobody takes its results.
        assert_eq!(lossless.take().map(|(done, _)| done.tag.sequence), Some(0));
        assert!(matches!(lossless.next(0), Next::Run(1, ..)));
    }

    #[test]
    fn numbers_that_were_left_out_are_counted() {
        let mut queue = queue(StreamMode::Latest, 9, None, None);
        for (number, missing) in [(5, 0), (6, 0), (9, 2), (2, 2), (3, 2), (i64::MIN, 2), (i64::MAX, u64::MAX)] {
            queue.submit(0, number, 0);
            assert_eq!(queue.counts().missing, missing, "{number}");
        }
    }
}
