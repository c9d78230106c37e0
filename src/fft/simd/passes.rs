//! Passes over a volume: rows and columns shared out among workers.

use super::columns::Extent;
use super::kernels::{Kernels, kernels};
use super::line::Line;
use super::rows::RealLine;
use super::tile::{Buffers, Located, Response};
use crate::fft::gain::Stored;
use crate::fft::{Otf, Support};
use crate::runtime::{Shared, Workers};
use crate::simd::Lanes;

/// What is done to a real row (z, y).
pub(in crate::fft) type Op<'a> = &'a (dyn Fn(usize, usize, &mut [f32]) + Sync);

/// What a pass over the inner axes does, in this order.
#[derive(Clone, Copy)]
pub(in crate::fft) struct Work<'a> {
    pub inverse: bool,
    pub op: Option<Op<'a>>,
    pub forward: bool,
}

/// The shape of a volume in memory, and the plans of its axes.
pub(in crate::fft) struct Passes {
    pub shape: [usize; 3],
    pub row_pitch: usize,
    pub plane_pitch: usize,
    pub lanes: Lanes,
    x: RealLine,
    y: Line,
    z: Line,
}

impl Passes {
    /// Plans for a shape whose padded size the caller has checked.
    pub(in crate::fft) fn new(shape: [usize; 3], lanes: Lanes) -> Self {
        let [nz, ny, nx] = shape;
        let line = LINE.max(2 * lanes.width());
        let row_pitch = odd_lines(2 * (nx / 2 + 1), line);
        let plane_pitch = if nz > 1 { odd_lines(ny * row_pitch, line) } else { ny * row_pitch };
        Self { shape, row_pitch, plane_pitch, lanes, x: RealLine::new(nx), y: Line::new(ny), z: Line::new(nz) }
    }

    /// Floats of a volume.
    pub(in crate::fft) fn len(&self) -> usize {
        self.shape[0] * self.plane_pitch
    }

    /// Floats of scratch for `workers` workers.
    pub(in crate::fft) fn scratch_len(&self, workers: usize) -> usize {
        workers * self.worker_len()
    }

    /// Blocks of a row's spectrum.
    pub(in crate::fft) fn tiles(&self) -> usize {
        self.x.spectrum().div_ceil(self.block() / 2)
    }

    /// Floats of a block: real parts, then imaginary parts, of as many points as there are lanes.
    pub(in crate::fft) fn block(&self) -> usize {
        2 * self.kernels().lanes
    }

    /// Runs `work` on the inner axes: x and y of volumes, x of planes. Rows and planes outside `support` are taken as
    /// zero before a forward transform, and not made by an inverse one.
    pub(in crate::fft) fn inner(
        &self,
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
        support: Support,
        work: Work,
    ) {
        let run = Run::new(self, volume, scratch, workers);
        let [nz, ny, _] = self.shape;
        let (planes, rows) = (support.planes.min(nz), support.rows.min(ny));
        let blocks = rows.div_ceil(self.kernels().lanes);
        // A plane stays in cache between its rows and its columns, where there are enough planes to share out.
        if planes >= PLANES_PER_WORKER * workers.threads() {
            workers.run(planes, &|worker, z| {
                if work.inverse {
                    run.columns(worker, z, 0..self.tiles(), true, Extent { filled: ny, wanted: rows });
                }
                (0..blocks).for_each(|block| run.rows(worker, z, block, rows, work));
                if work.forward {
                    run.columns(worker, z, 0..self.tiles(), false, Extent { filled: rows, wanted: ny });
                }
            });
            return;
        }
        let groups = self.tiles().div_ceil(TILES_PER_TASK);
        let columns = |inverse, extent| {
            workers.run(planes * groups, &|worker, task| {
                run.columns(worker, task / groups, self.group(task % groups), inverse, extent);
            });
        };
        if work.inverse && nz > 1 {
            columns(true, Extent { filled: ny, wanted: rows });
        }
        workers.run(planes * blocks, &|worker, task| run.rows(worker, task / blocks, task % blocks, rows, work));
        if work.forward && nz > 1 {
            columns(false, Extent { filled: rows, wanted: ny });
        }
    }

    /// Transforms the outer axis: z of volumes, y of planes.
    pub(in crate::fft) fn outer(&self, volume: &mut [f32], scratch: &mut [f32], workers: &Workers, inverse: bool) {
        let run = Run::new(self, volume, scratch, workers);
        let (line, step) = self.outer_line();
        let extent = Extent { filled: line.len(), wanted: line.len() };
        self.each_outer_tile(workers, &|worker, y, tile| {
            // SAFETY: the tile's columns lie within the volume, and no other task has them.
            unsafe {
                let start = run.block_at(0, y, tile);
                (self.kernels().transform)(line, inverse, start, step, extent, &run.buffers(worker));
            }
        });
    }

    /// Transforms the outer axis, multiplies by `otf`, and transforms back. Along it points outside `from` are taken as
    /// zero and points outside `to` are not made. `gain` is a factor besides.
    #[allow(clippy::too_many_arguments)]
    pub(in crate::fft) fn filter(
        &self,
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
        otf: &Otf,
        conjugate: bool,
        gain: Option<Stored>,
        [from, to]: [Support; 2],
    ) {
        let run = Run::new(self, volume, scratch, workers);
        let (line, step) = self.outer_line();
        let along = |support: Support| if self.shape[0] > 1 { support.planes } else { support.rows };
        let extent = Extent { filled: along(from).min(line.len()), wanted: along(to).min(line.len()) };
        self.each_outer_tile(workers, &|worker, y, tile| {
            let column = otf.column(self, y, tile);
            let response = Response {
                values: column.values.into(),
                step: column.step,
                real: column.real,
                folded: column.folded,
                conjugate: column.conjugate.map(|stored| stored != conjugate),
                gain: gain.map(|gain| self.located(gain, y, tile)),
            };
            // SAFETY: the tile's columns lie within the volume, no other task has them, and `column` has checked that
            // the values reach the last point.
            unsafe {
                let start = run.block_at(0, y, tile);
                (self.kernels().filter)(line, start, step, extent, response, &run.buffers(worker));
            }
        });
    }

    /// The gain of a tile's columns.
    fn located(&self, gain: Stored, y: usize, tile: usize) -> Located {
        let [z_step, y_step, x_step] = gain.steps;
        let lanes = self.kernels().lanes;
        // Planes have no row of their own: their outer axis is y.
        let (along, across) = if self.shape[0] > 1 { (z_step, y_step) } else { (y_step, 0.0) };
        let y = y.min(self.shape[1] - y.min(self.shape[1])) as f32;
        Located { gain, along, across: y * y * across, x_step, first: tile * lanes }
    }

    fn each_outer_tile(&self, workers: &Workers, body: &(dyn Fn(usize, usize, usize) + Sync)) {
        let rows = if self.shape[0] > 1 { self.shape[1] } else { 1 };
        let groups = self.tiles().div_ceil(TILES_PER_TASK);
        workers.run(rows * groups, &|worker, task| {
            self.group(task % groups).for_each(|tile| body(worker, task / groups, tile));
        });
    }

    fn group(&self, group: usize) -> std::ops::Range<usize> {
        group * TILES_PER_TASK..((group + 1) * TILES_PER_TASK).min(self.tiles())
    }

    fn outer_line(&self) -> (&Line, usize) {
        if self.shape[0] > 1 { (&self.z, self.plane_pitch) } else { (&self.y, self.row_pitch) }
    }

    fn kernels(&self) -> &'static Kernels {
        kernels(self.lanes)
    }

    /// Floats of one of a worker's two tiles.
    fn tile_len(&self) -> usize {
        self.x.points(self.kernels().lanes).max(self.y.len()).max(self.z.len()) * self.block()
    }

    fn worker_len(&self) -> usize {
        let work = self.x.scratch_len().max(self.y.scratch_len()).max(self.z.scratch_len());
        (2 * self.tile_len() + work).next_multiple_of(LINE) + LINE
    }
}

/// A pass that is running: the volume and the scratch that its tasks share.
struct Run<'a> {
    passes: &'a Passes,
    volume: Shared<'a, f32>,
    scratch: Shared<'a, f32>,
}

impl<'a> Run<'a> {
    fn new(passes: &'a Passes, volume: &'a mut [f32], scratch: &'a mut [f32], workers: &Workers) -> Self {
        assert!(volume.len() >= passes.len(), "the volume has fewer than len() floats");
        assert!(scratch.len() >= passes.scratch_len(workers.threads()), "the scratch has fewer than scratch_len()");
        Self { passes, volume: Shared::new(volume), scratch: Shared::new(scratch) }
    }

    /// Transforms the tiles `tiles` of plane `z` along y.
    fn columns(&self, worker: usize, z: usize, tiles: std::ops::Range<usize>, inverse: bool, extent: Extent) {
        let passes = self.passes;
        for tile in tiles {
            // SAFETY: the tile's columns lie within the volume, and no other task has them.
            unsafe {
                let start = self.block_at(z, 0, tile);
                let buffers = self.buffers(worker);
                (passes.kernels().transform)(&passes.y, inverse, start, passes.row_pitch, extent, &buffers);
            }
        }
    }

    /// Does `work` on a block of as many rows of plane `z` as there are lanes, or on those of them below `rows`.
    fn rows(&self, worker: usize, z: usize, block: usize, rows: usize, work: Work) {
        let (passes, kernels) = (self.passes, self.passes.kernels());
        let first = block * kernels.lanes;
        let count = kernels.lanes.min(rows - first);
        let start = z * passes.plane_pitch + first * passes.row_pitch;
        // SAFETY: these rows lie within the volume, and no other task has them.
        unsafe {
            let buffers = self.buffers(worker);
            let at = self.volume.as_mut_ptr().add(start);
            if work.inverse {
                (kernels.rows_inverse)(&passes.x, at, passes.row_pitch, count, &buffers);
            }
            if let Some(op) = work.op {
                for row in 0..count {
                    let start = start + row * passes.row_pitch;
                    op(z, first + row, self.volume.slice(start..start + passes.shape[2]));
                }
            }
            if work.forward {
                (kernels.rows_forward)(&passes.x, at, passes.row_pitch, count, &buffers);
            }
        }
    }

    /// The first float of a block of the spectrum.
    fn block_at(&self, z: usize, y: usize, tile: usize) -> *mut f32 {
        let passes = self.passes;
        let offset = z * passes.plane_pitch + y * passes.row_pitch + tile * passes.block();
        assert!(offset < self.volume.len());
        self.volume.as_mut_ptr().wrapping_add(offset)
    }

    /// The scratch of `worker`, which starts on a cache line.
    fn buffers(&self, worker: usize) -> Buffers {
        let passes = self.passes;
        let start = self.scratch.as_mut_ptr().wrapping_add(worker * passes.worker_len());
        let start = start.wrapping_add(start.align_offset(LINE * size_of::<f32>()).min(LINE));
        Buffers {
            first: start,
            second: start.wrapping_add(passes.tile_len()),
            work: start.wrapping_add(2 * passes.tile_len()),
        }
    }
}

/// At least `len` floats, an odd multiple of `line`: strides of a large power of two would put all points of a column
/// into the same few sets of a cache.
fn odd_lines(len: usize, line: usize) -> usize {
    (len.div_ceil(line) | 1) * line
}

/// Floats of a cache line.
const LINE: usize = 16;
/// Neighbouring tiles share pages, so a task takes several.
const TILES_PER_TASK: usize = 4;
/// Planes are tasks of their own from this many a worker on; below, the last ones would leave workers idle.
const PLANES_PER_WORKER: usize = 4;
