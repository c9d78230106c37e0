//! With which of several plans a frame runs, so that its result is there in time: down at once where the time that is predicted
//! passes the deadline, up after some frames with time to spare. No clocks: whoever calls says how long things took.

/// Levels from the fastest to the best, and how long each takes.
pub struct Ladder {
    fixed: Option<usize>,
    deadline_ns: Option<u64>,
    level: usize,
    /// Mean time of each, where it has run.
    times_ns: Vec<Option<f64>>,
    /// Frames in a row that left time for the level above.
    calm: u32,
}

impl Ladder {
    /// Begins at the lowest of so many levels, or keeps to the best without a deadline, or to a fixed one.
    pub fn new(levels: usize, fixed: Option<usize>, deadline_ns: Option<u64>) -> Self {
        let level = fixed.unwrap_or(if deadline_ns.is_some() { 0 } else { levels - 1 });
        Self { fixed, deadline_ns, level, times_ns: vec![None; levels], calm: 0 }
    }

    /// The level for a frame that has waited so long.
    pub fn choose(&mut self, age_ns: u64) -> usize {
        let Some(deadline) = self.deadline_ns.filter(|_| self.fixed.is_none()) else { return self.level };
        let left = deadline.saturating_sub(age_ns) as f64;
        while self.level > 0 && self.times_ns[self.level].is_some_and(|time| time > left) {
            self.level -= 1;
            self.calm = 0;
        }
        if self.calm >= CALM && self.level + 1 < self.times_ns.len() {
            self.level += 1;
            self.calm = 0;
        }
        self.level
    }

    /// Notes that a frame that had waited so long took that time at the level that was chosen.
    pub fn done(&mut self, age_ns: u64, work_ns: u64) {
        let (level, work) = (self.level, work_ns as f64);
        let before = self.times_ns[level].unwrap_or(work);
        // What takes longer is believed at once, what is faster little by little.
        self.times_ns[level] = Some(if work > before { work } else { before + NEWS * (work - before) });
        let Some(deadline) = self.deadline_ns else { return };
        let Some(above) = self.times_ns.get_mut(level + 1) else { return };
        // A level that was too slow is tried again one day.
        *above = above.map(|time| time * FORGETTING);
        let spare = above.unwrap_or(GUESS * work) + (age_ns as f64) < SPARE * deadline as f64;
        self.calm = if spare { self.calm + 1 } else { 0 };
    }
}

/// Frames with time to spare before the next level is tried.
const CALM: u32 = 8;
/// The weight of a new time in the mean.
const NEWS: f64 = 0.25;
/// What becomes of the time of the level above with each frame: half after 140.
const FORGETTING: f64 = 0.995;
/// How much longer than this one a level that has never run may take.
const GUESS: f64 = 1.5;
/// The share of the deadline within which the level above is worth a try.
const SPARE: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels of so many frames in a row, each of the level's time, that had all waited so long.
    fn run(ladder: &mut Ladder, times: &[u64], age: u64, frames: usize) -> Vec<usize> {
        let mut levels = Vec::new();
        for _ in 0..frames {
            let level = ladder.choose(age);
            ladder.done(age, times[level]);
            levels.push(level);
        }
        levels
    }

    #[test]
    fn it_goes_up_with_time_to_spare_and_down_at_once() {
        let mut ladder = Ladder::new(3, None, Some(100));
        let levels = run(&mut ladder, &[5, 20, 60], 10, 40);
        assert_eq!(levels[0], 0);
        assert_eq!(levels[39], 2);
        assert!(levels.is_sorted(), "{levels:?}");
        // Frames wait longer: 70 of work does not fit into the rest.
        assert_eq!(run(&mut ladder, &[5, 20, 60], 50, 1), [1]);
        assert_eq!(run(&mut ladder, &[5, 20, 60], 90, 1), [0]);
        // One frame that takes long takes its level down.
        let mut ladder = Ladder::new(2, None, Some(100));
        run(&mut ladder, &[5, 50], 0, 20);
        assert_eq!(run(&mut ladder, &[5, 300], 0, 2), [1, 0]);
    }

    /// A level that is too slow is tried seldom: no flicker between two.
    #[test]
    fn it_does_not_swing() {
        let mut ladder = Ladder::new(2, None, Some(100));
        let levels = run(&mut ladder, &[40, 150], 0, 1000);
        let tried = levels.iter().filter(|level| **level == 1).count();
        assert!((1..12).contains(&tried), "{tried}");
        // And kept once it is fast enough.
        let levels = run(&mut ladder, &[40, 60], 0, 1000);
        assert!(levels[500..].iter().all(|level| *level == 1));
    }

    #[test]
    fn it_stays_where_it_is_told_to() {
        let mut fixed = Ladder::new(3, Some(1), Some(100));
        assert_eq!(run(&mut fixed, &[500, 500, 500], 90, 20), [1; 20]);
        let mut without = Ladder::new(3, None, None);
        assert_eq!(run(&mut without, &[500, 500, 500], 90, 20), [2; 20]);
    }
}
