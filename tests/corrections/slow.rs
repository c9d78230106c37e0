//! Filters as their definitions say, one sample after the other, in f64.

/// A volume with extents (z, y, x) that goes on beyond its border as in a mirror.
pub struct Volume<'a> {
    pub samples: &'a [f32],
    pub shape: [usize; 3],
}

impl Volume<'_> {
    pub fn at(&self, place: [i64; 3]) -> f64 {
        let [z, y, x] = std::array::from_fn(|axis| {
            let (extent, mut at) = (self.shape[axis] as i64, place[axis]);
            while !(0..extent).contains(&at) {
                at = if at < 0 { -1 - at } else { 2 * extent - 1 - at };
            }
            at as usize
        });
        f64::from(self.samples[(z * self.shape[1] + y) * self.shape[2] + x])
    }

    /// `work` of every place.
    pub fn map(&self, work: impl Fn([i64; 3]) -> f64) -> Vec<f64> {
        let [nz, ny, nx] = self.shape.map(|extent| extent as i64);
        (0..nz * ny * nx).map(|at| work([at / (ny * nx), at / nx % ny, at % nx])).collect()
    }

    /// The samples around a place.
    pub fn around<'a>(&'a self, place: [i64; 3], footprint: &'a [[i64; 3]]) -> impl Iterator<Item = f64> + 'a {
        footprint.iter().map(move |by| self.at(std::array::from_fn(|axis| place[axis] + by[axis])))
    }

    /// The Gaussian, not axis by axis.
    pub fn gaussian(&self, sigma: [f64; 3]) -> Vec<f64> {
        let reach = sigma.map(|sigma| (4.0 * sigma + 0.5).floor() as i64);
        let exponent = |by: i64, sigma: f64| if by == 0 { 0.0 } else { (by as f64 / sigma).powi(2) / 2.0 };
        let mut weights = Vec::new();
        for z in -reach[0]..=reach[0] {
            for y in -reach[1]..=reach[1] {
                for x in -reach[2]..=reach[2] {
                    let power = exponent(z, sigma[0]) + exponent(y, sigma[1]) + exponent(x, sigma[2]);
                    weights.push(([z, y, x], (-power).exp()));
                }
            }
        }
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        self.map(|[z, y, x]| {
            weights.iter().map(|([dz, dy, dx], weight)| weight * self.at([z + dz, y + dy, x + dx])).sum::<f64>() / all
        })
    }

    pub fn median(&self, footprint: &[[i64; 3]]) -> Vec<f64> {
        self.map(|place| {
            let mut samples: Vec<_> = self.around(place, footprint).collect();
            samples.sort_by(f64::total_cmp);
            samples[samples.len() / 2]
        })
    }

    /// The lowest that is the highest around: what is left of an image where only what is as wide as the footprint is kept.
    pub fn opening(&self, footprint: &[[i64; 3]]) -> Vec<f64> {
        let eroded = self.map(|place| self.around(place, footprint).fold(f64::INFINITY, f64::min));
        let eroded: Vec<_> = eroded.iter().map(|sample| *sample as f32).collect();
        let eroded = Volume { samples: &eroded, shape: self.shape };
        eroded.map(|place| eroded.around(place, footprint).fold(f64::NEG_INFINITY, f64::max))
    }

    /// The highest that a ball below the samples, of a radius in samples and in intensity, reaches; each plane by itself.
    pub fn rolling_ball(&self, radius: f64) -> Vec<f64> {
        let reach = radius as i64;
        let mut ball = Vec::new();
        for y in -reach..=reach {
            for x in -reach..=reach {
                let square = radius * radius - (y * y + x * x) as f64;
                if square >= 0.0 {
                    ball.push(([0, y, x], square.sqrt()));
                }
            }
        }
        let [nz, ny, nx] = self.shape.map(|extent| extent as i64);
        let mut highest = vec![f64::NEG_INFINITY; self.samples.len()];
        // Wherever its middle lies, in the image or beyond, it rises until it touches a sample.
        for z in 0..nz {
            for y in -reach..ny + reach {
                for x in -reach..nx + reach {
                    let below = || {
                        let moved = ball.iter().map(|([_, dy, dx], height)| ([z, y + dy, x + dx], height));
                        moved.filter(|([_, y, x], _)| (0..ny).contains(y) && (0..nx).contains(x))
                    };
                    let middle = below().map(|(at, height)| self.at(at) - height).fold(f64::INFINITY, f64::min);
                    for ([z, y, x], height) in below() {
                        let highest = &mut highest[((z * ny + y) * nx + x) as usize];
                        *highest = highest.max(middle + height);
                    }
                }
            }
        }
        highest
    }
}

/// Places of an ellipsoid.
pub fn ellipsoid(planes: f64, radius: f64) -> Vec<[i64; 3]> {
    let square = |by: i64, radius: f64| if by == 0 { 0.0 } else { (by as f64 / radius).powi(2) };
    let (reach, deep) = (radius as i64, planes as i64);
    let mut places = Vec::new();
    for z in -deep..=deep {
        for y in -reach..=reach {
            for x in -reach..=reach {
                if square(z, planes) + square(y, radius) + square(x, radius) <= 1.0 + 1e-9 {
                    places.push([z, y, x]);
                }
            }
        }
    }
    places
}

/// A plane (y, x) filtered as waves of a mirrored plane are, each by 1 / √(1 + r⁸), r² the sum of (frequency / cutoff)²: the frequency of
/// cosine k is k / 2n cycles per sample.
pub fn low_pass(plane: &[f64], [ny, nx]: [usize; 2], cutoff: [f64; 2]) -> Vec<f64> {
    let wave = |k: usize, at: usize, n: usize| (std::f64::consts::PI * k as f64 * (at as f64 + 0.5) / n as f64).cos();
    let weight = |k: usize, n: usize| if k == 0 { 1.0 } else { 2.0 } / n as f64;
    let mut result = vec![0.0; ny * nx];
    for (ky, kx) in (0..ny).flat_map(|ky| (0..nx).map(move |kx| (ky, kx))) {
        let square =
            (ky as f64 / (2 * ny) as f64 / cutoff[0]).powi(2) + (kx as f64 / (2 * nx) as f64 / cutoff[1]).powi(2);
        let waves: Vec<f64> = (0..ny * nx).map(|at| wave(ky, at / nx, ny) * wave(kx, at % nx, nx)).collect();
        let part: f64 = plane.iter().zip(&waves).map(|(sample, wave)| sample * wave).sum();
        let factor = part * weight(ky, ny) * weight(kx, nx) / (1.0 + square.powi(4)).sqrt();
        result.iter_mut().zip(&waves).for_each(|(result, wave)| *result += factor * wave);
    }
    result
}

/// A plane, between whose samples runs a cubic spline through them.
pub struct Plane<'a> {
    pub samples: &'a [f64],
    pub shape: [usize; 2],
}

impl Plane<'_> {
    pub fn at(&self, y: i64, x: i64) -> f64 {
        let [y, x] = [(y, self.shape[0]), (x, self.shape[1])].map(|(mut at, extent)| {
            while !(0..extent as i64).contains(&at) {
                at = if at < 0 { -1 - at } else { 2 * extent as i64 - 1 - at };
            }
            at as usize
        });
        self.samples[y * self.shape[1] + x]
    }

    /// The cubic convolution of Keys 1981 with a = -1/2, which is Catmull's and Rom's spline.
    pub fn between(&self, y: f64, x: f64) -> f64 {
        let weight = |by: f64| match by.abs() {
            by if by < 1.0 => (1.5 * by - 2.5) * by * by + 1.0,
            by if by < 2.0 => ((-0.5 * by + 2.5) * by - 4.0) * by + 2.0,
            _ => 0.0,
        };
        let around = |at: f64| {
            (at.floor() as i64 - 2..=at.floor() as i64 + 3).map(move |whole| (whole, weight(at - whole as f64)))
        };
        around(y)
            .map(|(row, weight)| weight * around(x).map(|(column, weight)| weight * self.at(row, column)).sum::<f64>())
            .sum()
    }

    /// The plane on pixels of 1 / m.
    pub fn magnified(&self, m: usize) -> Vec<f64> {
        let place = |at: usize| (at as f64 + 0.5) / m as f64 - 0.5;
        let [ny, nx] = self.shape.map(|extent| extent * m);
        (0..ny * nx).map(|at| self.between(place(at / nx), place(at % nx))).collect()
    }
}
