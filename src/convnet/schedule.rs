//! In which order rows are made, so that a network runs over an image of any height with a few rows of each tensor.
//!
//! Rows of the input come in groups; after each, every layer makes the rows for which it has all that it reads. Each row
//! is made once, and kept until the last layer that reads it has done so.

use std::ops::Range;

use super::graph::Graph;

/// What is done for one group of rows.
pub(super) struct Step {
    /// Rows of the input that come.
    pub fed: Range<usize>,
    /// Rows that each layer makes.
    pub made: Vec<Range<usize>>,
    /// Rows by which each slope goes on.
    pub summed: Vec<Range<usize>>,
}

/// Steps for an image, and what they need.
pub(super) struct Schedule {
    pub steps: Vec<Step>,
    /// Height and width of each tensor.
    pub extents: Vec<[usize; 2]>,
    /// Rows of each tensor that are held at a time.
    pub held: Vec<usize>,
}

impl Schedule {
    /// For an input of `extents` (y, x), of which `group` rows come at a time.
    pub(super) fn new(graph: &Graph, extents: [usize; 2], group: usize) -> Self {
        let mut all = vec![extents];
        for layer in &graph.layers {
            let input = all[layer.input.0];
            all.push(input.map(|extent| layer.extent(extent)));
        }
        let mut schedule =
            Self { steps: Vec::with_capacity(extents[0].div_ceil(group)), held: vec![0; all.len()], extents: all };
        let mut done = vec![0; schedule.extents.len()];
        let mut summed = vec![0; graph.slopes.len()];
        while done[0] < extents[0] {
            let fed = done[0]..extents[0].min(done[0] + group);
            done[0] = fed.end;
            schedule.hold(graph, 0, &done, &summed);
            let mut made = Vec::with_capacity(graph.layers.len());
            for (at, layer) in graph.layers.iter().enumerate() {
                let height = schedule.extents[at + 1][0];
                let start = done[at + 1];
                let mut end = start;
                let ready = |y: usize| {
                    let mut reads = layer.reads();
                    reads.all(|(read, reach)| reach.end(y).min(schedule.extents[read.0][0]) <= done[read.0])
                };
                while end < height && ready(end) {
                    end += 1;
                }
                done[at + 1] = end;
                made.push(start..end);
                schedule.hold(graph, at + 1, &done, &summed);
            }
            let slopes = graph.slopes.iter().zip(&mut summed).map(|(slope, summed)| {
                let start = *summed;
                let height = schedule.extents[slope.course().0][0];
                let is_done = |read: usize, end: usize| end.min(schedule.extents[read][0]) <= done[read];
                while *summed < height && slope.reads().iter().all(|&(read, reach)| is_done(read.0, reach.end(*summed)))
                {
                    *summed += 1;
                }
                start..*summed
            });
            let summed = slopes.collect();
            schedule.steps.push(Step { fed, made, summed });
        }
        schedule
    }

    /// Notes how many rows of a tensor there are from the first that somebody will still read.
    fn hold(&mut self, graph: &Graph, tensor: usize, done: &[usize], summed: &[usize]) {
        let mut first = done[tensor];
        for (at, layer) in graph.layers.iter().enumerate() {
            for (_, reach) in layer.reads().filter(|(read, _)| read.0 == tensor) {
                if done[at + 1] < self.extents[at + 1][0] {
                    first = first.min(reach.first(done[at + 1]));
                }
            }
        }
        for (slope, &summed) in graph.slopes.iter().zip(summed) {
            for (_, reach) in slope.reads().into_iter().filter(|(read, _)| read.0 == tensor) {
                if summed < self.extents[slope.course().0][0] {
                    first = first.min(reach.first(summed));
                }
            }
        }
        // The result is read by whoever runs the network, after each step.
        if tensor == graph.layers.len() {
            let last = self.steps.last().map_or(0, |step| step.made.last().map_or(0, |made| made.end));
            first = first.min(last);
        }
        self.held[tensor] = self.held[tensor].max(done[tensor] - first);
    }
}
