//! Where tiles lie along an axis, and which part of each one's output is good.
//!
//! A tile's output is good where it does not look beyond the tile, or where the tile ends where the image itself ends:
//! there the network pads by its own rule, as it would on the whole image. Tiles begin at multiples of the network's
//! stride, since anywhere else its pooling would fall differently. Neighbouring tiles meet in the middle of what both
//! have right; where exactness is impossible they are blended over their overlap.

/// What a network does along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Extents that it takes.
    pub sizes: Sizes,
    /// Distance at which it repeats itself.
    pub stride: usize,
    /// Output samples for an input sample.
    pub scale: f64,
    /// Output samples that are missing to `scale` times the input, rounded down, for networks without padding; below 0
    /// for those that round up.
    pub deficit: i64,
    /// Output samples at the start of a tile that are not those of the whole image, where the image goes on there.
    pub lead: usize,
    /// The same at its end.
    pub trail: usize,
    /// Whether tiles by this rule are exact.
    pub exact: bool,
}

/// Extents that a network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// One only.
    Fixed(usize),
    /// `minimum` and every `step` above it.
    Steps {
        /// Least.
        minimum: usize,
        /// From one to the next.
        step: usize,
    },
}

/// A tile along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First input sample.
    pub start: usize,
    /// First output sample, of the whole output, that this tile gives.
    pub from: usize,
    /// One behind the last.
    pub to: usize,
    /// Output samples, before `from` and behind it, over which the tile takes over from the one before.
    pub fade_in: usize,
    /// The same at `to`.
    pub fade_out: usize,
    /// First sample of the tile's own output in the whole output.
    pub origin: usize,
}

/// The tiles of one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Input samples, with what is added by reflection.
    pub extent: usize,
    /// Input samples added before the image.
    pub before: usize,
    /// Input samples per tile.
    pub tile: usize,
    /// Output samples of all tiles together.
    pub output: usize,
    /// The tiles, in order.
    pub spans: Vec<Span>,
}

impl Sizes {
    /// The least allowed extent from `extent` on; for one fixed extent, that one.
    pub fn at_least(self, extent: usize) -> usize {
        match self {
            Self::Fixed(size) => size,
            Self::Steps { minimum, .. } if extent <= minimum => minimum.max(1),
            Self::Steps { minimum, step } => minimum + (extent - minimum).div_ceil(step.max(1)) * step.max(1),
        }
    }

    /// The greatest allowed extent up to `extent`.
    pub fn at_most(self, extent: usize) -> Option<usize> {
        match self {
            Self::Fixed(size) => Some(size).filter(|&size| size <= extent),
            Self::Steps { minimum, step } => {
                Some(minimum + extent.checked_sub(minimum)? / step.max(1) * step.max(1)).filter(|&size| size > 0)
            }
        }
    }

    /// From one allowed extent to the next.
    pub fn step(self) -> usize {
        match self {
            Self::Fixed(_) => 1,
            Self::Steps { step, .. } => step.max(1),
        }
    }
}

impl Rule {
    /// An axis that the network does not have: every sample by itself.
    pub fn absent() -> Self {
        let sizes = Sizes::Steps { minimum: 1, step: 1 };
        Self { sizes, stride: 1, scale: 1.0, deficit: 0, lead: 0, trail: 0, exact: true }
    }

    /// Output samples of `extent` input samples.
    pub fn output(&self, extent: usize) -> usize {
        let full = (extent as f64 * self.scale + ROUNDING).floor() as i64;
        (full - self.deficit).max(0) as usize
    }

    /// Input samples that a tile needs at its start and at its end beyond what it gives.
    pub fn halo(&self) -> (usize, usize) {
        let input = |output: usize| (output as f64 / self.scale - ROUNDING).ceil().max(0.0) as usize;
        (input(self.lead), input(self.trail + self.deficit.max(0) as usize))
    }

    /// The same rule with a halo of so many input samples.
    pub fn with_halo(&self, [before, behind]: [usize; 2]) -> Self {
        let output = |input: usize| (input as f64 * self.scale).ceil() as usize;
        Self { lead: output(before), trail: output(behind), ..self.clone() }
    }

    /// The same rule with no more context than a tile of so many input samples can spare: a quarter at either end.
    pub fn narrowed(&self, tile: usize) -> Self {
        let quarter = self.output(tile) / 4;
        Self { lead: self.lead.min(quarter), trail: self.trail.min(quarter), ..self.clone() }
    }

    /// The least tile that gives something between two neighbours.
    pub fn least(&self) -> usize {
        self.sizes.at_least(self.least_of(self.stride))
    }

    /// Samples of a tile that gives those of `new` samples of the image between two neighbours.
    pub fn least_of(&self, new: usize) -> usize {
        let (lead, trail) = self.halo();
        lead + trail + new.max(1)
    }

    /// The extent that the network is run over for an image of `image` samples, of which it covers all when `full`.
    fn padded(&self, image: usize, full: bool) -> (usize, usize) {
        let missing = if full { (self.deficit.max(0) as f64 / self.scale - ROUNDING).ceil() as usize } else { 0 };
        (image + missing, missing / 2)
    }

    /// Output samples that the caller gets for an image of `image` samples.
    pub fn given(&self, image: usize, full: bool) -> usize {
        if full { (image as f64 * self.scale + ROUNDING).floor() as usize } else { self.output(image) }
    }

    /// The whole image as one tile, padded to an extent that the network takes; `None` for one fixed extent that is
    /// too small.
    pub fn whole(&self, image: usize, full: bool) -> Option<Line> {
        let (wanted, before) = self.padded(image, full);
        let tile = self.sizes.at_least(wanted);
        (tile >= wanted).then(|| {
            let output = self.output(tile);
            let span = Span { start: 0, from: 0, to: output, fade_in: 0, fade_out: 0, origin: 0 };
            Line { extent: tile, before, tile, output, spans: vec![span] }
        })
    }

    /// Tiles of at most `tile` samples; `None` when that is too small.
    pub fn cut(&self, image: usize, full: bool, tile: usize) -> Option<Line> {
        if let Some(line) = self.whole(image, full).filter(|line| line.tile <= tile) {
            return Some(line);
        }
        if let Sizes::Fixed(size) = self.sizes {
            return if size <= tile { self.cut_to(image, full, size) } else { None };
        }
        let (least, step) = (self.least(), self.sizes.step());
        let largest = self.cut_to(image, full, self.sizes.at_most(tile).filter(|&tile| tile >= least)?)?;
        // The same number of tiles may do with smaller ones: all equal, least overlap.
        let (mut low, mut high) = (0, (largest.tile - least) / step);
        let mut best = largest;
        while low < high {
            let middle = low.midpoint(high);
            match self.cut_to(image, full, least + middle * step) {
                Some(line) if line.spans.len() <= best.spans.len() && line.tile <= best.tile => {
                    high = middle;
                    best = line;
                }
                _ => low = middle + 1,
            }
        }
        Some(best)
    }

    /// A tile across the middle seam of a line, with all that it has right; the only tile where there is no seam.
    pub fn across(&self, line: &Line) -> Span {
        let middle = line.spans[line.spans.len() / 2];
        let centre = (middle.from as f64 / self.scale) as usize;
        self.span(centre.saturating_sub(line.tile / 2), line.tile, line.extent)
    }

    /// A tile that begins at `start` or, where tiles do not begin there, ahead of it, with all that it has right.
    pub fn span(&self, start: usize, tile: usize, extent: usize) -> Span {
        let stride = self.stride.max(1);
        let mut start = start.min(extent - tile) / stride * stride;
        while start > 0 && !self.lands(start) {
            start -= stride;
        }
        let (from, to) = self.right(start, tile, extent);
        let origin = (start as f64 * self.scale).round() as usize;
        Span { start, from, to, fade_in: 0, fade_out: 0, origin }
    }

    fn cut_to(&self, image: usize, full: bool, tile: usize) -> Option<Line> {
        let (wanted, before) = self.padded(image, full);
        let stride = self.stride.max(1);
        // The last tile ends where the padded image ends, and begins at a multiple of the stride.
        let extent = tile + wanted.saturating_sub(tile).div_ceil(stride) * stride;
        let output = self.output(extent);
        let last = extent - tile;
        let (mut starts, mut start) = (vec![0], 0);
        while start < last {
            // The farthest start at which no output is left out.
            let reached = self.right(start, tile, extent).1;
            let farthest = ((reached.saturating_sub(self.lead)) as f64 / self.scale + ROUNDING) as usize;
            let mut next = farthest.min(last) / stride * stride;
            while next > start && !self.lands(next) {
                next -= stride;
            }
            if next <= start {
                return None;
            }
            starts.push(next);
            start = next;
        }
        let mut spans: Vec<Span> = Vec::new();
        for (order, &start) in starts.iter().enumerate() {
            let (low, high) = self.right(start, tile, extent);
            let (mut from, mut fade) = (low, 0);
            if let Some(previous) = spans.last_mut().filter(|_| order > 0) {
                // Meet in the middle of what both have right.
                from = low.midpoint(previous.to.max(low));
                fade = if self.exact { 0 } else { (from - low).min(previous.to - from).min(from - previous.from) };
                (previous.to, previous.fade_out) = (from, fade);
            }
            let origin = (start as f64 * self.scale).round() as usize;
            spans.push(Span { start, from, to: high, fade_in: fade, fade_out: 0, origin });
        }
        // A tile that is wholly inside its neighbours' fades would be counted wrongly.
        for span in &mut spans {
            let half = (span.to - span.from) / 2;
            (span.fade_in, span.fade_out) = (span.fade_in.min(half), span.fade_out.min(half));
        }
        for at in 1..spans.len() {
            let fade = spans[at - 1].fade_out.min(spans[at].fade_in);
            (spans[at - 1].fade_out, spans[at].fade_in) = (fade, fade);
        }
        Some(Line { extent, before, tile, output, spans })
    }

    /// Which samples of the whole output a tile has right.
    pub fn right(&self, start: usize, tile: usize, extent: usize) -> (usize, usize) {
        let origin = (start as f64 * self.scale).round() as usize;
        let low = if start == 0 { 0 } else { origin + self.lead };
        let high = if start + tile >= extent {
            self.output(extent)
        } else {
            origin + self.output(tile).saturating_sub(self.trail)
        };
        (low, high.max(low))
    }

    /// Whether a tile that begins there begins at an output sample too.
    fn lands(&self, start: usize) -> bool {
        let place = start as f64 * self.scale;
        (place - place.round()).abs() < ROUNDING
    }
}

impl Span {
    /// The share of this tile in an output sample; the shares of all tiles of a line add up to 1.
    pub fn share(&self, at: usize) -> f32 {
        let ramp = |behind: i64, fade: usize| {
            if fade == 0 {
                if behind >= 0 { 1.0 } else { 0.0 }
            } else {
                ((behind as f64 + 0.5 + fade as f64) / (2 * fade) as f64).clamp(0.0, 1.0)
            }
        };
        let rising = ramp(at as i64 - self.from as i64, self.fade_in);
        let falling = 1.0 - ramp(at as i64 - self.to as i64, self.fade_out);
        (rising * falling) as f32
    }

    /// The output samples in which the tile has a share.
    pub fn reach(&self) -> std::ops::Range<usize> {
        self.from - self.fade_in..self.to + self.fade_out
    }
}

/// Products of extents and scales are whole numbers up to this.
const ROUNDING: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(stride: usize, scale: f64, deficit: i64, lead: usize, trail: usize, exact: bool) -> Rule {
        let sizes = Sizes::Steps { minimum: stride, step: stride };
        Rule { sizes, stride, scale, deficit, lead, trail, exact }
    }

    #[test]
    fn tiles_cover_everything_once_with_enough_around() {
        let any = |rule: Rule, image: usize| Rule {
            sizes: Sizes::Steps { minimum: (image - 1) % rule.stride + 1, step: rule.stride },
            ..rule
        };
        for (rule, full) in [
            (rule(1, 1.0, 0, 17, 17, true), true),
            (rule(16, 1.0, 0, 92, 100, true), true),
            (any(rule(16, 1.0, 0, 92, 100, true), 300), true),
            (rule(16, 1.0, 0, 32, 32, false), true),
            (rule(1, 2.0, 28, 0, 0, true), true),
            (rule(1, 2.0, 28, 0, 0, true), false),
            (rule(4, 3.0, 0, 27, 27, true), true),
            (rule(2, 0.5, 0, 2, 2, true), true),
            (any(rule(2, 0.5, -1, 2, 2, true), 1021), false),
            (rule(2, 1.5, 0, 3, 4, true), true),
        ] {
            for image in [1, 7, 63, 300, 1021] {
                if !full && rule.output(image) == 0 || image < rule.sizes.at_least(1) && rule.deficit < 0 {
                    continue;
                }
                for tile in [rule.least(), rule.least() + 33, 256, 700, 4096] {
                    let Some(line) = rule.cut(image, full, tile) else {
                        assert!(tile < rule.least(), "{rule:?} {image} {tile}");
                        continue;
                    };
                    assert!(line.tile <= tile || line.spans.len() == 1);
                    assert!(rule.given(image, full) <= line.output, "{rule:?} {image} {tile} {line:?}");
                    for at in 0..line.output {
                        let shares: f32 = line
                            .spans
                            .iter()
                            .map(|span| if span.reach().contains(&at) { span.share(at) } else { 0.0 })
                            .sum();
                        assert!((shares - 1.0).abs() < 1e-5, "{rule:?} {image} {tile} at {at}: {shares} {line:?}");
                    }
                    for span in &line.spans {
                        assert_eq!(span.start % rule.stride, 0);
                        assert!(span.start + line.tile <= line.extent);
                        assert!(span.reach().end - span.origin <= rule.output(line.tile), "{rule:?} {line:?}");
                        let (first, behind) = (span.reach().start - span.origin, span.reach().end - span.origin);
                        assert!(first >= rule.lead || span.start == 0, "{rule:?} {image} {tile} {span:?}");
                        let right = rule.output(line.tile) - rule.trail.min(rule.output(line.tile));
                        assert!(behind <= right || span.start + line.tile == line.extent, "{rule:?} {image} {span:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_fixed_extent_is_tiled_or_padded() {
        let fixed = Rule { sizes: Sizes::Fixed(64), ..rule(8, 1.0, 0, 12, 12, true) };
        assert_eq!(fixed.cut(10, true, 4096).unwrap().spans.len(), 1);
        let line = fixed.cut(200, true, 4096).unwrap();
        assert!(line.tile == 64 && line.spans.len() > 3);
    }
}
